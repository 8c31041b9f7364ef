"""A small paper of the tests on a real server, its sitemap, and a reader of its pages that can be read by eye."""

import re
from collections.abc import Iterable, Iterator

from web_server import Answer, WebServer

from index.article import Article
from index.article_record import parse_article
from index.errors import InvalidArticle
from index.extraction.fetched import FetchedPage
from index.sources import Item, Rejected, Skipped


def read_plain(pages: Iterable[FetchedPage | Item]) -> Iterator[Item]:
    """The articles of pages `<h1>title</h1>text`; one without a heading is none, one with an empty heading is a bad one."""
    return (_plain(one) if isinstance(one, FetchedPage) else one for one in pages)


def _plain(page: FetchedPage) -> Item:
    found = re.fullmatch(r"<h1>(.*)</h1>(.*)", page.raw.decode(page.charset or "utf-8"), re.DOTALL)
    if found is None:
        return Skipped(page.place, "pages without an article")
    try:
        return parse_article({"id": page.url, "url": page.url, "title": found[1], "text": found[2]})
    except InvalidArticle as error:
        return Rejected(page.place, error.problems)


def page(title: str, text: str = "Text.", **dress: object) -> Answer:
    return Answer(f"<h1>{title}</h1>{text}", etag=f'"{title}"', **dress)


def sitemap(*pages: str | tuple[str, str], kind: str = "url") -> Answer:
    """A sitemap of these paths, or paths and dates."""
    pairs = [(one, "") if isinstance(one, str) else one for one in pages]
    entries = "".join(
        f"<{kind}><loc>{path}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</{kind}>" for path, date in pairs
    )
    outer = "urlset" if kind == "url" else "sitemapindex"
    return Answer(f"<{outer}>{entries}</{outer}>", type="application/xml")


def paper(web: WebServer, *names: str, dated: str = "") -> None:
    """Write pages and their sitemap onto a server."""
    web.answers |= {f"/{name}": page(name.title()) for name in names}
    web.answers["/sitemap.xml"] = sitemap(*((f"/{name}", dated) for name in names))


def told(items: Iterable[Item]) -> list[str]:
    """Titles of articles; of others the last part of the place, and what is wrong with it."""
    return [_told(item) for item in items]


def _told(item: Item) -> str:
    if isinstance(item, Article):
        return item.title
    last = item.place.rpartition("/")[2]
    assert isinstance(item, (Rejected, Skipped))
    return f"{last}: {item.problems[0] if isinstance(item, Rejected) else item.kind}"
