"""The headline of a page, without the name of the site that stands behind it in most titles."""

import re
from collections.abc import Mapping
from typing import Any

from index.extraction.head import Head
from index.extraction.json_ld import Statement
from index.extraction.plain import plain

_APART = re.compile(r"\s+[|–—•·»«:/-]+\s+|\s*[|»«]\s*")
_LABEL = re.compile(
    r"^(?:opinion|analysis|exclusive|video|watch|live|comment|meinung|kommentar|opinión|opinione) \| ", re.IGNORECASE
)
LONGEST = 400
LONGEST_NAME = 60


def find_title(node: Mapping[str, Any], head: Head, said: Statement) -> str:
    """The headline; empty where the page has none.

    What the page says in schema.org and Open Graph, then its one `<h1>`, then `<title>`; an ending that is the site's
    name is cut off."""
    sites = _site_names(head, said)
    stated = [plain(value) for value in (node.get("headline"), node.get("name")) if isinstance(value, str)]
    heading = next((one for one in head.headings if one), "") if len([one for one in head.headings if one]) == 1 else ""
    for value in (
        *(one for one in stated if 0 < len(one) <= LONGEST and not _is_cut(one)),
        head.first("og:title"),
        *head.properties.get("headline", ())[:1],
        heading,
        head.first("parsely-title", "sailthru.title", "citation_title", "dc.title", "dcterms.title", "twitter:title"),
        *stated,
        head.title,
        *head.headings,
    ):
        title = _LABEL.sub("", without_site(plain(value[: 4 * LONGEST])[: 2 * LONGEST], sites))
        if title and _bare(title) not in sites:
            return _with_all_words(title, head)[:LONGEST]
    return ""


def without_site(title: str, sites: frozenset[str]) -> str:
    """A title without the site's name behind or before it."""
    for _ in range(2):
        parts = list(_APART.finditer(title))
        for rest, name in (
            *((title[: one.start()], title[one.end() :]) for one in reversed(parts)),
            *((title[one.end() :], title[: one.start()]) for one in parts[:1]),
        ):
            if rest.strip() and _bare(name) in sites:
                title = rest.strip()
                break
        else:
            break
    return title


def _site_names(head: Head, said: Statement) -> frozenset[str]:
    """Names of the site as they may stand behind a title, in the form of `_bare`."""
    names = [
        *head.all("og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "al:ios:app_name")
    ]
    for node in said.of_type("WebSite", "Organization", "NewsMediaOrganization"):
        names += [str(node.get(word)) for word in ("name", "alternateName") if isinstance(node.get(word), str)]
    publisher = said.resolved(said.article.get("publisher"))
    if isinstance(publisher, Mapping) and isinstance(publisher.get("name"), str):
        names.append(publisher["name"])
    titles = {_bare(plain(title)) for title in (head.title, head.first("og:title"), *head.headings) if title}
    # what is the whole title is no site's name, whatever a tag says
    return frozenset({_bare(name) for name in names if name and len(name) <= LONGEST_NAME} - titles - {""})


def _bare(name: str) -> str:
    """Letters and digits alone, without a domain's ending or an article before it."""
    name = re.sub(r"\.(?:com|org|net|[a-z]{2}|co\.uk)$", "", name.strip().casefold())
    return re.sub(r"[\W_]+", "", re.sub(r"^(?:the|der|die|das|la|le|el|il|o) ", "", name))


def _is_cut(title: str) -> bool:
    return title.endswith(("...", "…"))


def _with_all_words(title: str, head: Head) -> str:
    """The heading on the page where a title is only its beginning, cut off."""
    if not _is_cut(title):
        return title
    start = title.rstrip(".… ")
    return next((one for one in head.headings if one.startswith(start) and len(one) > len(start)), title)
