"""Sitemaps as sites write them: every kind, and every fault that still lets something be read."""

import gzip
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import UnreadableSource
from index.sources.web import sitemap_file
from index.sources.web.sitemap_file import Broken, Entry, read_sitemap

NEWS = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand --><?xml-stylesheet href="x.xsl"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
        xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <image:image><image:loc>https://paper.example/i/ferry.jpg</image:loc><image:title>A ferry</image:title></image:image>
    <image:image><image:loc>https://paper.example/i/other.jpg</image:loc></image:image>
    <loc> https://paper.example/ferry </loc>
    <lastmod>2026-03-14T09:00:00+01:00</lastmod>
    <news:news>
      <news:publication><news:name>The Paper</news:name><news:language>en</news:language></news:publication>
      <news:publication_date>2026-03-14</news:publication_date>
      <news:title>The ferry &amp; the <![CDATA[harbour & sea]]></news:title>
      <news:keywords>ferry, harbour</news:keywords>
    </news:news>
  </url>
  <url><loc>https://paper.example/mill</loc></url>
</urlset>"""
FERRY = Entry(
    "url",
    1,
    "https://paper.example/ferry",
    "2026-03-14T09:00:00+01:00",
    {
        "title": "The ferry & the harbour & sea",
        "published_at": "2026-03-14",
        "tags": "ferry, harbour",
        "lang": "en",
        "image_url": "https://paper.example/i/ferry.jpg",
    },
)
MILL = Entry("url", 2, "https://paper.example/mill")


def urlset(*urls: str, head: str = "<urlset>", tail: str = "</urlset>") -> bytes:
    return (head + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + tail).encode()


def urls(raw: bytes) -> list[str]:
    return [entry.url for entry in read_sitemap(raw) if isinstance(entry, Entry)]


@pytest.mark.parametrize(
    "raw",
    [
        NEWS,
        gzip.compress(NEWS, mtime=0),
        b"\xef\xbb\xbf" + NEWS,
        b"\n\n " + NEWS,
        NEWS.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16"),
        NEWS.replace(b"http://www.google.com/schemas/sitemap-news/0.9", b"wrong").replace(
            b"sitemaps.org", b"elsewhere"
        ),
        NEWS.replace(b'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', b""),
        NEWS.replace(b"<news:name>The Paper", b"<news:name>Paper & Sons"),
    ],
    ids=[
        "plain",
        "gzip",
        "byte-order mark",
        "space before",
        "UTF-16",
        "other namespaces",
        "undeclared",
        "bare ampersand",
    ],
)
def test_a_news_sitemap_is_read_whatever_its_dress(raw: bytes) -> None:
    assert list(read_sitemap(raw)) == [FERRY, MILL]


def test_an_index_names_sitemaps_and_text_names_pages() -> None:
    index = b"<sitemapindex><sitemap><loc>a.xml</loc><lastmod>2026</lastmod></sitemap><sitemap><loc/></sitemap></sitemapindex>"
    assert list(read_sitemap(index)) == [Entry("sitemap", 1, "a.xml", "2026"), Entry("sitemap", 2, "")]
    text = "\ufeffhttps://paper.example/a\r\n\r\n https://paper.example/ü \n".encode()
    assert urls(text) == urls(gzip.compress(text, mtime=0)) == ["https://paper.example/a", "https://paper.example/ü"]


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("<url><loc>c</lo", "the XML is broken"),
        ("<url><loc>c", "the XML is broken"),
        ("", "the XML is broken"),
        ("</url><url><loc>c</loc></url></urlset>", "the XML is broken"),
        ("</urlset><p>", "the XML is broken"),
        ("<url><loc>c\x00</loc></url></urlset>", "the XML is broken"),
    ],
)
def test_what_stands_before_the_damage_counts_and_the_damage_is_told(tail: str, said: str) -> None:
    entries = list(read_sitemap(urlset("a", "b", tail=tail)))
    assert [entry.url for entry in entries[:2]] == ["a", "b"]
    (broken,) = entries[2:]
    assert isinstance(broken, Broken)
    assert broken.after == 2
    assert said in broken.problem


def test_a_bare_ampersand_is_taken_for_one_and_others_stay_as_they_are() -> None:
    raw = urlset("a?x=1&y=2", "b?x=1&amp;y=2", "<![CDATA[c?x=1&y=2]]>", "d?x=1&#38;y=2")
    assert urls(raw) == [f"{name}?x=1&y=2" for name in "abcd"]


def test_a_gzip_file_cut_short_gives_what_could_be_read_and_says_so() -> None:
    raw = gzip.compress(urlset(*(f"https://paper.example/{number * 7919:x}" for number in range(3_000))))
    *entries, broken, _ = read_sitemap(raw[: len(raw) // 2])
    assert 500 < len(entries) < 2_500
    assert isinstance(broken, Broken)
    assert broken.after == len(entries)


BOMB = "<!DOCTYPE x [" + "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9)) + '<!ENTITY e0 "boom">]>'
FILE = '<!DOCTYPE x [<!ENTITY e9 SYSTEM "file:///etc/passwd">]>'
AFAR = '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]>'


@pytest.mark.parametrize("head", [FILE, AFAR])
def test_no_entity_is_expanded_and_nothing_is_loaded(head: str) -> None:
    assert urls(urlset("a&e9;", "b", head=head + "<urlset>")) == ["a&e9;", "b"]


def test_a_bomb_of_entities_is_refused() -> None:
    (broken,) = read_sitemap(urlset("a&e9;", "b", head=BOMB + "<urlset>"))
    assert isinstance(broken, Broken)
    assert "amplification" in broken.problem


@pytest.mark.parametrize("head", [BOMB, FILE])
def test_an_entity_in_an_attribute_is_refused(head: str) -> None:
    with pytest.raises(UnreadableSource, match="cannot be read"):
        list(read_sitemap(urlset("a", head=head + "<urlset q='&e9;'>")))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "got nothing"),
        (b" \n", "got nothing"),
        (b"<html><body>Not found</body></html>", r"got <html> \(an HTML page\)"),
        (b"<!DOCTYPE html><HTML>", "got <html>"),
        (b"<rss><channel/></rss>", r"\(a feed\)"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom"/>', r"\(a feed\)"),
        (b"Not found", "got text: 'Not found'"),
        (b"<", "cannot be read"),
        (b'{"a": 1}', "got text"),
        (gzip.compress(b"", mtime=0), "got nothing"),
    ],
)
def test_what_is_no_sitemap_is_named_for_what_it_is(raw: bytes, said: str) -> None:
    with pytest.raises(UnreadableSource, match=said):
        list(read_sitemap(raw))


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap_file, "MAX_SITEMAP", 10_000)
    with pytest.raises(UnreadableSource, match="at most 10,000 bytes"):
        list(read_sitemap(gzip.compress(bytes(10_001))))


def test_depth_and_junk_are_no_trouble() -> None:
    deep = urlset("a", tail="<x>" * 100_000)
    junk = urlset(
        "a", head="<urlset>" + "<junk><loc>j</loc></junk>" * 9_999, tail="<url>" + "<x/>" * 9_999 + "</url></urlset>"
    )
    assert urls(deep)[0] == "a"
    assert urls(junk) == ["a", ""]


@given(st.binary(max_size=60), st.integers(0, len(NEWS)), st.booleans())
def test_damage_anywhere_is_told_and_never_a_crash(noise: bytes, at: int, packed: bool) -> None:
    raw = gzip.compress(NEWS, mtime=0) if packed else NEWS
    at = at % len(raw)
    try:
        entries = list(read_sitemap(raw[:at] + noise + raw[at + len(noise) :]))
    except UnreadableSource:
        return
    assert entries


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"], exclude_characters="<>&"), min_size=1)))
def test_addresses_come_as_they_were_written(written: list[str]) -> None:
    assert urls(urlset(*written)) == written


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("sitemap.xml", {"url"}),
        ("sitemap.xml.gz", {"url"}),
        ("sitemap2.xml", {"sitemap"}),
        ("sitemap-hreflang.xml", {"url", "sitemap"}),
    ],
)
def test_the_samples_are_read(development_data: Path, name: str, kinds: set[str]) -> None:
    raw = (development_data / "feeds" / "samples" / name).read_bytes()
    entries = list(read_sitemap(raw))
    assert {entry.kind for entry in entries if isinstance(entry, Entry)} == kinds
    assert all(entry.url.startswith("http") and entry.url == entry.url.strip() for entry in entries)
    assert len(entries) == (gzip.decompress(raw) if name.endswith("gz") else raw).count(b"<loc>")


def test_what_begins_again_and_again_and_never_ends_is_looked_through_once() -> None:
    raw = urlset("a", tail="<url><loc>b&c" + "<![CDATA[" * 150_000)
    started = time.process_time()
    *entries, broken = read_sitemap(raw)
    assert [entry.url for entry in entries if isinstance(entry, Entry)] == ["a"]
    assert isinstance(broken, Broken)
    assert time.process_time() - started < 2
