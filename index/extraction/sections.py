"""The section of an article as one path, `world/europe`, in lower case."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from index.extraction.head import Head
from index.extraction.json_ld import Statement
from index.extraction.plain import plain

LONGEST_NAME = 60

_HOME = re.compile(
    r"home ?(?:page)?|start(?:seite)?|accueil|inicio|início|portada"
    r"|pagina inicial|página inicial|index|main|front[ -]?page|news home|titelseite|(?:à )?la une|prima pagina|voorpagina"
    r"|главная|홈",
    re.IGNORECASE,
)
_NO_SECTION = re.compile(
    r"\d+|articles?|stor(?:y|ies)|posts?|blogs?|p|a|n|archives?|view|content|amp|[a-z]{2}(?:[-_][a-z]{2})?|index(?:\.\w+)?"
    r"|uncategori[sz]ed|node|item|id|detail|web|site|pages?|home ?page|front ?page|default|none|null|general|all"
    r"|[\w-]+\.(?:com|org|net|[a-z]{2})|.*\.(?:html?|php|aspx?|jsp)",
    re.IGNORECASE,
)
"""First steps of addresses, and names, that are no section."""
_STATED = (
    "article:section og:article:section parsely-section sailthru.section"
    " section article.section cxenseparse:section dc.subject.section"
    " page.section prism.section articlesection"
).split()


def find_section(said: Statement, node: Mapping[str, Any], head: Head, title: str, url: str | None) -> str | None:
    """The section that the page states; where its trail of breadcrumbs holds that section, with what stands above it.
    Else the trail, else the first step of the address where that is a word."""
    trail = _trail(said, title) or _clean([*head.crumbs], title)
    stated = [name for name in _stated(node, head) if name.casefold() != title.casefold()]
    for name in stated:
        if name.casefold() in (step.casefold() for step in trail):
            at = [step.casefold() for step in trail].index(name.casefold())
            return _path(trail[: at + 1])
    if stated:
        return _path(stated[:1])
    if trail:
        return _path(trail[:3])
    return _from_address(url)


def _stated(node: Mapping[str, Any], head: Head) -> list[str]:
    value = node.get("articleSection")
    names = [plain(one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    names += [plain(one) for one in (*head.all(*_STATED), *head.properties.get("articlesection", ()))]
    return [one for one in names if len(one) <= LONGEST_NAME and _is_section(one)]


def _is_section(name: str) -> bool:
    return bool(name) and not _NO_SECTION.fullmatch(name) and not _HOME.fullmatch(name)


def _trail(said: Statement, title: str) -> list[str]:
    for node in said.of_type("BreadcrumbList"):
        items = node.get("itemListElement")
        if isinstance(items, Mapping):
            items = [items]
        if not isinstance(items, list):
            continue
        named: list[tuple[int, str]] = []
        for number, item in enumerate(items[:20]):
            if not isinstance(item, Mapping):
                continue
            inside = item.get("item")
            name = item.get("name") or (inside.get("name") if isinstance(inside, Mapping) else None)
            place = item.get("position")
            if isinstance(name, str):
                named.append((int(str(place)) if re.fullmatch(r"\d{1,3}", str(place)) else number, plain(name)))
        if trail := _clean([name for _, name in sorted(named, key=lambda pair: pair[0])], title):
            return trail
    return []


def _clean(names: list[str], title: str) -> list[str]:
    """A trail without the site before it and the article itself behind it."""
    kept = [name.strip(" ›»>/") for name in names]
    kept = [name for name in kept if name and len(name) <= LONGEST_NAME and not _HOME.fullmatch(name)]
    while kept and (
        kept[-1].casefold() == title.casefold()
        or title.casefold().startswith(kept[-1].casefold().rstrip(".…")[:40] or " ")
    ):
        if len(kept[-1]) < 20 and kept[-1].casefold() != title.casefold():
            break
        kept.pop()
    return [name for name in kept if not _NO_SECTION.fullmatch(name)]


def _path(names: list[str]) -> str:
    steps = dict.fromkeys(re.sub(r"\s*/\s*", " - ", name).lower() for name in names)
    return "/".join(steps)


def _from_address(url: str | None) -> str | None:
    """`https://paper.example/world/europe/2026/storm` → `world/europe`."""
    if url is None:
        return None
    steps = [step for step in urlsplit(url).path.split("/") if step]
    found: list[str] = []
    for step in steps[:-1][:3]:
        if (
            _NO_SECTION.fullmatch(step)
            or not re.fullmatch(r"[a-z]+(?:[-_][a-z]+){0,2}", step, re.IGNORECASE)
            or len(step) > 30
        ):
            break
        found.append(step.replace("_", "-").lower())
    if len(found) > 1 and found[1] == "news":
        del found[1]  # `/football/news/` is football
    return "/".join(found[:2]) or None
