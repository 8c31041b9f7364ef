"""Feeds that were made to do harm, and feeds that were damaged on their way: no crash, no hang, no file read, nothing lost."""

import io
import subprocess
import time
import warnings
from contextlib import suppress
from pathlib import Path
from random import Random

import feedparser
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.article_record import dump_record
from index.errors import UnreadableSource
from index.sources import Rejected
from index.sources.feeds import parsing
from index.sources.feeds.document import read_feed

HEAD = b"<rss version='2.0'><channel><item><guid>1</guid><title>A</title><description>"
END = b"</description></item></channel></rss>"


def long(body: bytes) -> bytes:
    """The same feed, too long for this process."""
    return body + b"\n" * parsing.SMALL


@pytest.mark.parametrize("dress", [bytes, long], ids=["here", "in a process of its own"])
def test_no_file_and_no_address_is_ever_opened_for_an_entity(tmp_path: Path, dress: type[bytes]) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    for system in (f"file://{secret}", str(secret), "http://127.0.0.1:9/"):
        document = f"<!DOCTYPE rss [<!ENTITY a SYSTEM '{system}'>]>".encode() + HEAD + b"words &a; more" + END
        (article,) = read_feed(dress(document)).items
        assert isinstance(article, Article)
        assert "secret" not in article.text
        assert article.text.startswith("words")


def test_bytes_are_never_taken_for_the_name_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "<item>").write_bytes(HEAD + END)
    monkeypatch.chdir(tmp_path)
    assert [item.place for item in read_feed(b"<item>").items if isinstance(item, Rejected)] == ["the feed, entry 1"]


@pytest.mark.parametrize("dress", [bytes, long], ids=["here", "in a process of its own"])
def test_entities_of_entities_are_not_multiplied(dress: type[bytes]) -> None:
    levels = "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(12))
    document = f"<!DOCTYPE rss [<!ENTITY a '{'x' * 20}'>{levels}]>".encode() + HEAD + b"&m;" + END
    (article,) = read_feed(dress(document)).items
    assert isinstance(article, Article)
    assert len(article.text) < 1_000


def test_a_feed_that_would_take_minutes_is_ended_and_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A regular expression of feedparser takes quadratic time for such a name: for this one some minutes."""
    monkeypatch.setattr(parsing, "SECONDS", 1)
    monkeypatch.setattr(parsing, "SECONDS_PER_MEGABYTE", 0)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    class Noted(popen):  # type: ignore[type-arg,misc,valid-type]  # its base is a value
        def __init__(self, *parts: object, **options: object) -> None:
            super().__init__(*parts, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    name = b"a." * 60_000
    with pytest.raises(UnreadableSource, match="took more than 1 seconds"):
        read_feed(HEAD.replace(b"<title>", b"<author>" + name + b"@</author><title>") + END)
    assert [process.poll() is not None for process in started] == [True]


@pytest.mark.parametrize(
    "feed",
    [
        HEAD.replace(b"<title>", b"<author>" + b"a." * 1_900 + b"@</author><title>") + END,
        b"\n" * 3_900 + b"<rss><channel><item><guid>1</guid><title>A</title></item></channel></rss>",
        HEAD + b"<![CDATA[" * 400 + END,
        HEAD + b"<a>" * 1_000 + b"</b>" * 200 + END,
        HEAD + b"&#" + b"9" * 3_800 + b";" + END,
        b"<!DOCTYPE [" * 350 + HEAD + END,
    ],
)
def test_what_is_short_enough_for_this_process_is_read_at_once(feed: bytes) -> None:
    assert len(feed) <= parsing.SMALL
    started = time.process_time()
    assert len(read_feed(feed).items) == 1
    assert time.process_time() - started < 1.5


def test_both_ways_of_parsing_give_the_same() -> None:
    document = (
        HEAD + "<p>Café</p>".encode() + END.replace(b"</item>", b"<pubDate>14 Mar 2026 07:30 EST</pubDate></item>")
    )
    here, apart = read_feed(document), read_feed(long(document))
    assert here == apart


def test_a_feed_longer_than_any_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_FEED", 100)
    with pytest.raises(UnreadableSource, match="at most 100 bytes, got 132"):
        read_feed((HEAD + END).ljust(132))


GOOD = [
    HEAD + b"<![CDATA[<p>One &amp; <a href='/b'>two</a></p>]]>" + END,
    b"<?xml version='1.0' encoding='utf-8'?><feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://fernhill.test/'><entry>"
    b"<id>urn:x:1</id><title type='html'>A &amp;lt; b</title><link href='a'/><updated>2026-03-14T07:30:00Z</updated>"
    b"<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>W\xc3\xb6rter</p></div></content></entry></feed>",
    b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><item rdf:about='x'>"
    b"<title>A</title><link>https://fernhill.test/a</link></item></rdf:RDF>",
    orjson.dumps(
        {"version": "https://jsonfeed.org/version/1", "items": [{"id": "1", "content_html": "<p>x", "tags": ["t"]}]}
    ),
]


def damaged(document: bytes, seed: int) -> bytes:
    """Cut, flipped, repeated, and with pieces in other encodings."""
    chance = Random(seed)
    for _ in range(chance.randint(1, 6)):
        at, to = sorted(chance.randrange(len(document) + 1) for _ in range(2))
        piece = document[at:to]
        new = chance.choice(
            [
                b"",
                piece * chance.randint(2, 4),
                bytes(byte ^ 1 << chance.randrange(8) for byte in piece[:20]),
                piece.decode("latin-1").encode("utf-16"),
                chance.choice(
                    [b"\0", b"]]>", b"<![CDATA[", b"&#0;", b"<!--", b"\xff\xfe", b"</item>", b"<item>", b"\xc3"]
                ),
            ]
        )
        document = (document[:at] + new + document[to:])[: parsing.SMALL]
    return document


@given(st.sampled_from(GOOD), st.integers(0, 10**9))
def test_a_damaged_feed_is_read_or_refused_and_no_entry_is_lost(document: bytes, seed: int) -> None:
    body = damaged(document, seed)
    try:
        feed = read_feed(body, "https://fernhill.test/feed")
    except UnreadableSource:
        return
    for item in feed.items:
        if isinstance(item, Article):
            dump_record(item)
    if feed.kind != "json-feed":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seen = len(feedparser.parse(io.BytesIO(body)).entries)
        assert sum(isinstance(item, (Article, Rejected)) for item in feed.items) == seen


@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "utf-16", "no such thing", "\0"]))
def test_any_bytes_are_read_or_refused(body: bytes, charset: str | None) -> None:
    with suppress(UnreadableSource):
        read_feed(body, "https://fernhill.test/feed", charset)
