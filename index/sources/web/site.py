"""What stands at an address: a feed, a sitemap, a file, or a site, which then says itself how its articles can be had.

Of a site the best that it offers is taken: WordPress's own interface, which has every post with all that is known of it; else
its sitemaps, which name every page; else its feed, which has the newest alone.
"""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import urljoin, urlsplit

from index.article import Article
from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.extraction.page import READ_VERSION
from index.fetching import Fetched
from index.fetching.address import shown
from index.sources import Source
from index.sources.feeds.discovery import decoded, find_feeds
from index.sources.feeds.full_text import feed
from index.sources.reach import Reach, nothing_kept
from index.sources.recognise import HEAD, kind_of
from index.sources.saved.pool import read_in_order
from index.sources.web.addresses import Addresses
from index.sources.web.crawl import ReadPages, to_read
from index.sources.web.downloaded import Downloaded
from index.sources.web.found import Found, found_before, remember
from index.sources.web.sitemap import KnowsSitemaps, Sitemap, find_sitemaps
from index.sources.wordpress.api import find_api
from index.sources.wordpress.kept import KeptWordPress
from index.sources.wordpress.site import WordPressSite

ACCEPT = "application/feed+json, application/atom+xml, application/rss+xml, text/html, application/xml;q=0.9, */*;q=0.8"

_API = re.compile(rb"""rel=["']?https://api\.w\.org/""", re.IGNORECASE)


def open_address(url: str, names: FieldNames, reach: Reach) -> Source:
    """The reader of what stands at an address. A poll does not find out again what it found before.

    Raises `FetchFailed` where it cannot be fetched, `UnreadableSource` where no articles are found there: the message says
    what was tried.
    """
    fetches_of(url, reach)
    if reach.polls and (found := found_before(url, reach)) is not None:
        return _open(found, names, reach)
    fetched = fetches_of(url, reach).get(url, accept=ACCEPT)
    name = PurePosixPath(urlsplit(fetched.url).path).name
    kind = kind_of(name, fetched.body[:HEAD], fetched.media_type)
    if kind in ("feed", "json-feed"):
        found = Found("feed", fetched.url)
    elif kind == "sitemap":
        found = Found("sitemap", fetched.url)
    elif kind == "html" or (kind is None and "html" in fetched.media_type):
        found = _of_site(fetched, reach)
    elif kind is None or kind in ("text-page", "markdown"):
        came = fetched.media_type or "something without a type"
        raise UnreadableSource(f"{shown(url)}: expected a site, a feed, a sitemap or an archive, got {came}")
    else:
        return _downloaded(fetched, name, names, reach)
    remember(url, found, reach)
    return _open(found, names, reach)


def _open(found: Found, names: FieldNames, reach: Reach) -> Source:
    if found.kind == "wordpress":
        return wordpress(found.url, names, reach)
    if found.kind == "feed":
        return feed(found.url, names, reach, fetches_of(found.url, reach))
    roots = find_sitemaps(found.url, fetches_of(found.url, reach)) if found.kind == "sitemaps" else ()
    return sitemap(found.url, reach, roots)


def _of_site(front: Fetched, reach: Reach) -> Found:
    """How a site's articles can be had, by what its page says."""
    fetches = fetches_of(front.url, reach)
    tried: list[str] = []
    if _API.search(front.body) or _API.search(front.headers.get("link", "").encode()):
        try:
            find_api(fetches, front.url)
            reach.say(f"{shown(front.url)} is a WordPress site; its posts are read through its REST API")
            return Found("wordpress", front.url)
        except UnreadableSource as error:
            tried.append(_without(error, front.url))
    _refuse_one_article(front, _reading(reach))
    try:
        roots = find_sitemaps(front.url, fetches)
        reach.say(f"{shown(front.url)} names its pages in {_and([shown(one) for one in roots])}")
        return Found("sitemaps", front.url)
    except UnreadableSource as error:
        tried.append(_without(error, front.url))
    feeds = find_feeds(decoded(front.body), front.url)
    if feeds:
        reach.say(f"{shown(front.url)} has a feed, {shown(feeds[0])}, which holds the newest articles alone")
        return Found("feed", feeds[0])
    tried.append("its page names no feed")
    raise UnreadableSource(
        f"{shown(front.url)}: nothing tells where its articles are: {'; '.join(tried)}. Give the address of its feed or its "
        "sitemap, an export of its CMS, or a file with the addresses of its articles"
    )


def _refuse_one_article(front: Fetched, read_pages: ReadPages) -> None:
    """Raises `UnreadableSource` for the address of one article, which is no archive."""
    if urlsplit(front.url).path.strip("/"):
        for article in read_pages([to_read(front)]):
            if isinstance(article, Article):
                raise UnreadableSource(
                    f"{shown(front.url)}: this is one article ({article.title[:80]!r}); for all of the site give "
                    f"{shown(urljoin(front.url, '/'))}, for some of its pages a file with their addresses, one a line"
                )


def wordpress(url: str, names: FieldNames, reach: Reach) -> WordPressSite:
    """A WordPress site's posts."""
    kept = reach.kept()
    known = KeptWordPress(kept, url) if kept is not None else None
    return WordPressSite(fetches_of(url, reach), url, names, known, reach.types)


def sitemap(location: str, reach: Reach, roots: tuple[str, ...] = ()) -> Sitemap:
    """The pages that a sitemap names, or all those of a site."""
    return Sitemap(
        location,
        fetches_of(location, reach),
        _reading(reach),
        roots=roots,
        kept=reach.kept(),
        version=READ_VERSION,
        since=reach.since,
        limit=reach.limit,
    )


def addresses(location: str, reach: Reach) -> Addresses:
    """The pages of a list of addresses."""
    fetches = fetches_of(location, reach)
    return Addresses(Path(location), fetches, _reading(reach), kept=reach.kept(), version=READ_VERSION)


def _reading(reach: Reach) -> ReadPages:
    """By which processes pages are read."""
    return partial(read_in_order, workers=reach.workers)


def _downloaded(fetched: Fetched, name: str, names: FieldNames, reach: Reach) -> Source:
    """A file at an address, read from a copy that goes with its reader."""
    from index.sources.opening import open_file

    folder = TemporaryDirectory(prefix="alsoread-")
    path = Path(folder.name) / (name or "download")
    path.write_bytes(fetched.body)
    reach = replace(reach, kept=nothing_kept)  # by its path, which is another one each time
    return Downloaded(open_file(path, names, reach), shown(fetched.url), folder)


def fetches_of(location: str, reach: Reach) -> KnowsSitemaps:
    """Who fetches. Raises `UnreadableSource` where nobody does."""
    if reach.fetches is None:
        raise UnreadableSource(f"{shown(location)}: expected a file or a folder; nothing is fetched here")
    return reach.fetches


def _without(error: UnreadableSource, url: str) -> str:
    """What an error says, without the address that it begins with."""
    return str(error).removeprefix(f"{url}: ").removeprefix(f"{shown(url)}: ")


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:3])}{' and others' if len(names) > 3 else ''}"
