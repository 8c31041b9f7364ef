"""What stands behind the names in the documentation's commands: real files, and servers of this machine."""

import csv
import gzip
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from web_server import Answer, WebServer, serving
from wordpress_archive import Story
from wordpress_server import WordPressServer, serving_wordpress

EXAMPLE = Path(__file__).parents[1] / "examples" / "newspaper" / "articles.jsonl"
SOME = 12
"""So many articles of the example newspaper, and so many real pages."""


@dataclass(frozen=True)
class Places:
    """What the documentation's names stand for here, and the servers behind them."""

    of: dict[str, str]
    web: WebServer
    blog: WordPressServer


def articles() -> list[dict[str, object]]:
    """Some of the example newspaper."""
    return [json.loads(line) for line in EXAMPLE.read_text(encoding="utf-8").splitlines()[:SOME]]


def pages_of(shared: Path) -> list[tuple[str, bytes]]:
    """Some real news pages."""
    folder = shared / "pages" / "html_benchmark" / "html"
    return [(path.name[:12], gzip.decompress(path.read_bytes())) for path in sorted(folder.iterdir())[:SOME]]


@contextmanager
def documented(shared: Path, folder: Path) -> Iterator[Places]:
    """The files in a folder, and the servers while the block runs."""
    with serving() as web, serving_wordpress(*(Story(number) for number in range(1, 8))) as blog:
        local = {**_files(shared, folder), **_tables(folder), **_site(folder), **_served(shared, folder, web)}
        yield Places({**local, "https://blog.paper.example": blog.url}, web, blog)


def _files(shared: Path, folder: Path) -> dict[str, str]:
    samples, exports = shared / "feeds" / "samples", shared / "wxr" / "contextual-related-posts"
    packed, saved = folder / "paper.WordPress.xml.gz", folder / "saved-pages"
    packed.write_bytes(gzip.compress((exports / "demo-content.xml").read_bytes(), mtime=0))
    saved.mkdir()
    with zipfile.ZipFile(folder / "saved-pages.zip", "w") as archive:
        for name, raw in pages_of(shared):
            (saved / f"{name}.html").write_bytes(raw)
            archive.writestr(f"{name}.html", raw)
    return {
        "feed.xml": str(samples / "feed1.atom"),
        "feed.json": str(samples / "feed.json"),
        "paper.WordPress.xml": str(exports / "demo-content.xml"),
        "paper.WordPress.xml.gz": str(packed),
        "saved-pages/": str(saved),
        "saved-pages.zip": str(folder / "saved-pages.zip"),
        "saved-page.mhtml": str(_mhtml(folder, pages_of(shared)[0][1])),
        "scraped/": str(shared / "pages" / "text_dump"),
    }


def _mhtml(folder: Path, page: bytes) -> Path:
    """One page as browsers save it, with a picture."""
    part = (
        b"--one\r\nContent-Type: text/html; charset=utf-8\r\nContent-Location: https://www.paper.example/saved\r\n\r\n"
    )
    picture = (
        b"\r\n--one\r\nContent-Type: image/gif\r\nContent-Transfer-Encoding: base64\r\n\r\nR0lGODlhAQABAAAAACw=\r\n"
    )
    head = (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://www.paper.example/saved\r\nSubject: A page\r\n"
    )
    kind = b'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="one"\r\n\r\n'
    path = folder / "saved-page.mhtml"
    path.write_bytes(head + kind + part + page + picture + b"--one--\r\n")
    return path


def _tables(folder: Path) -> dict[str, str]:
    rows = [
        {"id": one["id"], "title": one["title"], "text": one["text"], "section": one["section"]} for one in articles()
    ]
    with (folder / "articles.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, [*rows[0], "went_out"])
        table.writeheader()
        table.writerows({**row, "went_out": "2026-03-14"} for row in rows)
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), folder / "articles.parquet")
    lines = b"".join(json.dumps(one).encode() + b"\n" for one in articles())
    (folder / "articles.jsonl").write_bytes(lines)
    (folder / "articles.jsonl.gz").write_bytes(gzip.compress(lines, mtime=0))
    names = ("articles.csv", "articles.parquet", "articles.jsonl", "articles.jsonl.gz")
    return {name: str(folder / name) for name in names}


def _site(folder: Path) -> dict[str, str]:
    site = folder / "hugo-site"
    (site / "content" / "news").mkdir(parents=True)
    (site / "hugo.toml").write_text('baseURL = "https://www.paper.example/"\ntitle = "The Paper"\n')
    for one in articles():
        head = f"+++\ntitle = {json.dumps(one['title'], ensure_ascii=False)}\ndate = 2026-03-14\n+++\n"
        (site / "content" / "news" / f"{one['id']}.md").write_text(f"{head}{one['text']}\n", encoding="utf-8")
    shutil.copy(site / "hugo.toml", folder / "hugo.toml")
    return {"hugo-site/": str(site)}


def _served(shared: Path, folder: Path, web: WebServer) -> dict[str, str]:
    """A site of real pages with robots.txt, a sitemap index, a news sitemap, and a feed whose server fails at first."""
    xml, space = "application/xml", 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    addresses = []
    for name, raw in pages_of(shared):
        web.answers[f"/{name}"] = Answer(_at(raw, f"{web.url}/{name}"), etag=f'"{name}"')
        addresses.append(f"{web.url}/{name}")
    urls = "".join(f"<url><loc>{one}</loc></url>" for one in addresses)
    web.answers["/news-sitemap.xml"] = Answer(f"<urlset {space}>{urls}</urlset>", type=xml, etag='"map"')
    index = f"<sitemapindex {space}><sitemap><loc>{web.url}/news-sitemap.xml</loc></sitemap></sitemapindex>"
    web.answers["/sitemap.xml"] = Answer(index, type=xml)
    web.answers["/robots.txt"] = Answer(f"User-agent: *\nAllow: /\nSitemap: {web.url}/sitemap.xml\n", type="text/plain")
    web.answers["/"] = Answer("<html><head><title>The Paper</title></head><body>Today</body></html>")
    items = "".join(f"<item><title>Story {at}</title><link>{one}</link></item>" for at, one in enumerate(addresses))
    feed = Answer(f'<rss version="2.0"><channel><title>P</title>{items}</channel></rss>', type=xml, etag='"feed"')
    web.answers["/feed.xml"] = [Answer("busy", 503, headers={"Retry-After": "1"}), feed]
    (folder / "addresses.txt").write_text("# the front page's stories\n" + "\n".join(addresses) + "\n")
    return {
        "addresses.txt": str(folder / "addresses.txt"),
        "https://www.paper.example/feed.xml": f"{web.url}/feed.xml",
        "https://www.paper.example/news-sitemap.xml": f"{web.url}/news-sitemap.xml",
        "https://www.paper.example": web.url,
    }


def _at(raw: bytes, address: str) -> bytes:
    """A page as it would be at this address: what it says of another is taken out."""
    return raw.replace(b"canonical", b"was-canonical").replace(b"og:url", b"was:url").replace(
        b"http-equiv", b"was-equiv"
    ) + (f"<!-- {address} -->".encode())
