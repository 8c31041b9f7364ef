"""The whole text of what a feed gives as a summary only: its page, fetched and read."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from index.article import Article
from index.article_record import FieldNames, dump_record, record_hash
from index.extraction.page import READ_VERSION
from index.fetching import Fetches, Validators
from index.fetching.kept import Kept
from index.sources import Item, Skipped, Source
from index.sources.feeds.feed import MAX_PAGES, Feed
from index.sources.reach import Reach
from index.sources.saved.pool import read_in_order
from index.sources.web.crawl import Crawl, Page, ReadPages, Wanted, key_of

ENOUGH = 1_000
"""An item with so many characters is taken for the whole article: summaries rarely reach half of that."""


MAX_SUMMARY = 600
"""Characters: what a feed gave for the text is, beside the whole of it, its summary."""

VALIDATORS = "feeds as they were when they were taken in"

REPEATED = "entries that the feed repeats"
SUMMARY = "articles of which the feed's summary is all that could be had"


def feed(url: str, names: FieldNames, reach: Reach, fetches: Fetches) -> "Feed | FullText":
    """The articles of a feed at an address, with their pages' text unless summaries are enough. A poll asks for the newest
    page alone, with the validators of the last one."""
    validators = known_validators(url, reach) if reach.polls else None
    source = Feed.over(url, fetches, names, validators, 1 if reach.polls else MAX_PAGES)
    if not reach.full_text:
        return source
    crawl = Crawl(f"pages of {url}", fetches, reach.kept(), READ_VERSION)
    return FullText(source, crawl, partial(read_in_order, workers=reach.workers))


def known_validators(url: str, reach: Reach) -> Validators | None:
    """Of the last answer whose articles were taken in."""
    kept = reach.kept()
    one = kept.find(VALIDATORS, key_of(url)) if kept is not None else None
    return one.validators if one is not None else None


def taken_in(feed: "Feed | FullText", reach: Reach) -> None:
    """A feed's articles are written: the next poll need not see them again."""
    source = feed.feed if isinstance(feed, FullText) else feed
    if (kept := reach.kept()) is not None and isinstance(source, Feed) and not source.unchanged:
        kept.keep(VALIDATORS, key_of(source.name), Kept(Skipped(source.name, VALIDATORS), source.validators))


class FullText:
    """A feed's articles, with the text of their pages where the feed's own is short.

    What the feed says of an article (id, headline, dates) counts before what its page says. A page is asked for once, and
    again when the feed's item changed; one that cannot be had leaves the feed's own text, and is counted as `Skipped`.
    """

    def __init__(self, feed: Source, crawl: Crawl, read_pages: ReadPages) -> None:
        self.name = feed.name
        self.size = feed.size
        self.names = feed.names
        self.whole = feed.whole
        self.feed = feed
        self._crawl = crawl
        self._read_pages = read_pages

    def position(self) -> int:
        return self.feed.position()

    def __iter__(self) -> Iterator[Item]:
        short: deque[Article | None] = deque()  # for each item below, the article whose page it is
        for item in self._crawl.read(self._found(short), self._read_pages):
            article = short.popleft()
            if article is None:
                yield item
            elif isinstance(item, Article):
                yield merged(article, item)
            else:
                yield article
                yield Skipped(article.url or "", SUMMARY)
        self._crawl.finish(whole=False)

    def _found(self, short: deque[Article | None]) -> Iterator[Page | Item]:
        """The feed's items; in place of an article that is short, its page, or what was found instead."""
        asked: set[str] = set()
        for item in self.feed:
            if not isinstance(item, Article) or item.url is None or len(item.text) >= ENOUGH:
                short.append(None)
                yield item
                continue
            mark = record_hash(dump_record(item)).hex()
            if mark in asked:  # what a feed says twice is asked for once
                short.append(None)
                yield Skipped(item.url, REPEATED)
                continue
            asked.add(mark)
            page, *_ = self._crawl.fetch([Wanted(item.url, mark=mark)])
            short.append(item)
            yield page


def merged(article: Article, page: Article) -> Article:
    """An article of a feed with what its page says besides; as it is, where its page has no longer text."""
    if len(page.text) <= len(article.text):
        return article
    return replace(
        article,
        text=page.text,
        summary=article.summary or (article.text if 0 < len(article.text) <= MAX_SUMMARY else page.summary),
        section=page.section or article.section,
        tags=article.tags or page.tags,
        authors=article.authors or page.authors,
        updated_at=article.updated_at or page.updated_at,
        published_at=article.published_at or page.published_at,
        lang=article.lang or page.lang,
        image_url=article.image_url or page.image_url,
        links=page.links or article.links,
        type=article.type or page.type,
    )
