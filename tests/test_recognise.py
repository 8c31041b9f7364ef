"""What kind of archive is told from the beginning of a file or an answer."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from index.sources.recognise import kind_of, kind_of_file

XML = b'<?xml version="1.0" encoding="UTF-8"?>\n'


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.html", "<p>Ferry</p>")
    return held.getvalue()


def tarred() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.html"), io.BytesIO())
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.jsonl", b'{"id": "ferry"}\n', "json-lines"),
        ("a.mhtml", b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\n", "html"),
        ("export", b'\xef\xbb\xbf {"id": "ferry"}\n', "json-lines"),
        ("a.json", b'[{"id": "ferry"}]', "json-lines"),
        ("feed.json", b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "json-feed"),
        ("feed", b'{\n "title": "Gull", "version" : "https:\\/\\/jsonfeed.org\\/version\\/1"}', "json-feed"),
        ("feed.xml", XML + b'<rss version="2.0"><channel>', "feed"),
        ("feed.xml", b"\n\n  " + XML + b"<!-- made by hand --> <feed xmlns='http://www.w3.org/2005/Atom'>", "feed"),
        ("feed", XML.decode().encode("utf-16") + '<rss version="2.0">'.encode("utf-16-le"), "feed"),
        ("rss10.xml", XML + b'<rdf:RDF xmlns="http://purl.org/rss/1.0/">', "feed"),
        ("feed.xml", XML + b'<atom:feed xmlns:atom="http://www.w3.org/2005/Atom">', "feed"),
        ("x.xml", XML + b'<!DOCTYPE rss [<!ENTITY a "b">]><rss version="0.91">', "feed"),
        ("gull.xml", XML + b'<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel>', "wordpress-export"),
        ("gull.xml", XML + b"<rss><channel><wp:wxr_version>1.0</wp:wxr_version>", "wordpress-export"),
        ("sitemap.xml", XML + b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', "sitemap"),
        ("sitemap.xml", XML + b"<sitemapindex>", "sitemap"),
        ("page", b"<!DOCTYPE html>\n<html lang=en>", "html"),
        ("page", b"<!doctype html><title>Ferry</title>", "html"),
        ("page.htm", b"<p>Ferry sails", "html"),
        ("page.html", b"Ferry sails", "html"),
        ("a.csv", b"id,title\n", "csv"),
        ("a.csv", b"https://paper.example/1\n", "csv"),
        ("a.tsv", b"id\ttitle\n", "csv"),
        ("a.parquet", b"PAR1\x15\x04", "parquet"),
        ("post.md", b"---\ntitle: Ferry\n---\n", "markdown"),
        ("page.txt", b"Ferry sails again\n\nThe ferry", "text-page"),
        ("list.txt", b"# ours\nhttps://paper.example/1\n\nhttps://paper.example/2\n", "addresses"),
        ("list", b"https://paper.example/1", "addresses"),
        ("list.txt", b"https://paper.example/1\nand a second line", "text-page"),
        ("pages.zip", zipped(), "zip"),
        ("pages.tar", tarred(), "tar"),
        ("mystery.bin", b"\x00\x01\x02", None),
        ("empty", b"", None),
        ("empty.jsonl", b"", "json-lines"),
        ("odd.xml", XML + b"<recipe>", None),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_the_kind_is_told_by_what_stands_there_packed_or_not(
    tmp_path: Path, name: str, head: bytes, kind: str | None, packed: bool
) -> None:
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(head) if packed else head)
    assert kind_of_file(path) == kind


def test_a_long_list_of_addresses_is_told_by_its_beginning() -> None:
    lines = b"".join(b"https://paper.example/news/2026/ferry-%d\n" % number for number in range(2_000))
    assert kind_of("list", lines[:16_384]) == "addresses"


def test_what_the_server_calls_it_helps_where_nothing_else_does() -> None:
    assert kind_of("export", b"id,title\n1,Ferry\n", "text/csv") == "csv"
    assert kind_of("ferry", b"<article><p>The ferry", "text/html") == "html"
    assert kind_of("ferry", b"<article><p>The ferry", "application/xml") is None


def test_a_broken_gzip_is_of_no_kind_but_its_name() -> None:
    assert kind_of("a.jsonl.gz", b"\x1f\x8bnot gzip at all") == "json-lines"
    assert kind_of("a.gz", b"\x1f\x8bnot gzip at all") is None
