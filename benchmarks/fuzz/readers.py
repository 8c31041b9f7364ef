"""Every reader, with its seeds, the shape of what it reads, and how many items there must be."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.fuzz import counting, seeds_markup, seeds_packed, seeds_text
from benchmarks.fuzz.bundle import unbundle
from benchmarks.fuzz.seeds_packed import gzipped
from benchmarks.fuzz.stub_site import HOME, StubSite
from benchmarks.fuzz.tally import Tally
from index.article_record import FieldNames
from index.errors import InvalidArticle, NotAnArticle
from index.extraction.page import read_page
from index.fetching.address import parse_address
from index.sources import Item, Rejected, Skipped, open_source
from index.sources.opening import FILES
from index.sources.reach import Reach
from index.sources.recognise import Kind

DATA = Path(__file__).parents[3] / "shared" / "data"
"""Real files, which are read where they are there."""
LONGEST_SEED = 300_000

Read = Callable[[bytes, Path, Tally], None]
Seeds = Callable[[], Iterable[bytes | str]]


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read bytes. `read` raises what `index.errors` documents, and nothing else."""

    name: str
    shape: str
    """Which changes beyond those of bytes are made, as `mutate_shape.SHAPES` names them."""
    read: Read
    own: Seeds
    real: str = ""
    """Where real files are, as a pattern below the development data."""


@cache
def seeds_of(name: str, with_real: bool = True) -> tuple[bytes, ...]:
    """A reader's seeds: ours, and with the real ones so often that every third or so is one of them."""
    reader = READERS[name]
    ours = [seed.encode() if isinstance(seed, str) else seed for seed in reader.own()]
    paths = sorted(DATA.glob(reader.real)) if reader.real and with_real else []
    real = [path.read_bytes() for path in paths if path.is_file() and path.stat().st_size <= LONGEST_SEED]
    return tuple(ours * max(1, len(real) // (2 * len(ours) or 1)) + real)


def _file(kind: Kind, name: str, count: Callable[[bytes], int | None] = lambda data: None, page: str = "") -> Read:
    def read(data: bytes, folder: Path, tally: Tally) -> None:
        path = folder / name
        path.write_bytes(data)
        tally.expected = count(data)
        fetches = StubSite(b"", page.encode() or None)
        tally.take(FILES[kind](path, FieldNames(), Reach(fetches=fetches, workers=0)))

    return read


def _folder(data: bytes, folder: Path, tally: Tally) -> None:
    root = folder / "site"
    root.mkdir()
    tally.files = unbundle(data, root)
    source = open_source(str(root), reach=Reach(workers=0))
    tally.take(source)


def _saved_folder(data: bytes, folder: Path, tally: Tally) -> None:
    _folder(data, folder, tally)
    tally.expected = tally.files if (folder / "site").exists() else None


def _parquet(data: bytes, folder: Path, tally: Tally) -> None:
    path = folder / "a.parquet"
    path.write_bytes(data)
    source = FILES["parquet"](path, FieldNames(), Reach())
    tally.take(source)
    if source.position() != source.size:
        tally.fault = f"{source.size} rows, and read to {source.position()}"


def _page(data: bytes, folder: Path, tally: Tally) -> None:
    tally.expected = 1
    try:
        item: Item = read_page(data, f"{HOME}2026/03/ferry", otherwise="ferry")
    except InvalidArticle as error:
        item = Rejected("page", error.problems)
    except NotAnArticle as error:
        item = Skipped("page", str(error))
    tally.take([item])


def _site(data: bytes, folder: Path, tally: Tally) -> None:
    tally.take(open_source(HOME, reach=Reach(fetches=StubSite(data), workers=0)))


def _posts(data: bytes, folder: Path, tally: Tally) -> None:
    _site(S.REST + b"\n=== /wp-json/wp/v2/posts\n" + data, folder, tally)


def _feed_at(data: bytes, folder: Path, tally: Tally) -> None:
    site = StubSite(data, seeds_markup.PAGE.encode())
    tally.take(open_source(f"{HOME}feed", reach=Reach(fetches=site, workers=0)))


def _robots(data: bytes, folder: Path, tally: Tally) -> None:
    site = StubSite(b"=== /robots.txt\n" + data)
    site.asks_robots(parse_address(f"{HOME}2026/03/draft?a=b"))


def _unknown(data: bytes, folder: Path, tally: Tally) -> None:
    names = ("a", "a.xml", "a.json", "a.csv", "a.html", "a.txt", "a.zip", "a.tar.gz", "a.md", "a.parquet", "a.jsonl.gz")
    path = folder / names[sum(data[:64]) % len(names)]
    path.write_bytes(data)
    site = StubSite(b"", seeds_markup.PAGE.encode())
    tally.take(open_source(str(path), reach=Reach(fetches=site, workers=0)))


def _any_seeds() -> Iterable[bytes | str]:
    known = [reader for name, reader in READERS.items() if name != "unknown"]
    return [seed for reader in known for seed in reader.own()] + [b"", b"\0", b"plain words\n", b"{}", b"[]"]


S, M = seeds_text, seeds_markup
FEEDS = (M.RSS, M.ATOM, M.RDF, M.JSON_FEED)
SITEMAPS = (M.SITEMAP, M.SITEMAP_INDEX, "https://marrow.example/a\n")
PAGES = (M.PAGE, M.OLD_PAGE, M.OLD_PAGE.encode("cp1252"))
SITES: Sequence[bytes] = (S.HUGO, S.JEKYLL, S.ELEVENTY, S.ZOLA)

_ALL = (
    Reader("json-lines", "json", _file("json-lines", "a.jsonl", counting.lines_of_json), lambda: (S.JSON_LINES, gzipped(S.JSON_LINES))),
    Reader("csv", "cells", _file("csv", "a.csv", counting.rows_of_csv), lambda: (S.CSV, S.PLAIN_CSV, S.TSV, S.CSV.encode("utf-16"), gzipped(S.CSV))),
    Reader("parquet", "binary", _parquet, seeds_packed.parquets),
    Reader("feed", "markup", _file("feed", "a.xml", counting.entries_of_feed), lambda: (*FEEDS[:3], gzipped(M.RSS)), "feeds/**/*.xml"),
    Reader("json-feed", "json", _file("json-feed", "a.json"), lambda: (M.JSON_FEED,), "feeds/**/*.json"),
    Reader("feed-address", "files", _feed_at, lambda: (S.SITE,)),
    Reader("wordpress-export", "markup", _file("wordpress-export", "a.xml", counting.items_of_export),
           lambda: (M.WXR, gzipped(M.WXR), seeds_packed.zips()[2]), "wxr/**/*.xml"),
    Reader("wordpress-rest", "files", _site, lambda: (S.REST,)),
    Reader("wordpress-json", "json", _posts,
           lambda: (S.POSTS,)),
    Reader("sitemap", "markup", _file("sitemap", "a.xml", counting.entries_of_sitemap, M.PAGE), lambda: (*SITEMAPS, gzipped(M.SITEMAP))),
    Reader("site", "files", _site, lambda: (S.SITE,)),
    Reader("addresses", "lines", _file("addresses", "a.txt", counting.addresses_in, M.PAGE), lambda: (M.ADDRESSES,)),
    Reader("page", "markup", _page, lambda: PAGES, "pages/**/*.html*"),
    Reader("saved-page", "markup", _file("html", "a.html", lambda data: 1), lambda: (*PAGES, gzipped(M.PAGE)), "pages/**/*.html*"),
    Reader("mhtml", "markup", _file("html", "a.mhtml", lambda data: 1), lambda: (M.MHTML, gzipped(M.MHTML))),
    Reader("saved-folder", "files", _saved_folder, lambda: (S.SAVED_FOLDER,)),
    Reader("zip", "binary", _file("zip", "a.zip", counting.files_in_zip), seeds_packed.zips),
    Reader("tar", "binary", _file("tar", "a.tar", counting.files_in_tar), seeds_packed.tars),
    Reader("text-page", "lines", _file("text-page", "a.txt", lambda data: 1), lambda: (S.SCRAPED,), "pages/text_dump/*.txt"),
    Reader("static-site", "files", _folder, lambda: SITES),
    Reader("robots", "lines", _robots, lambda: (S.ROBOTS,)),
    Reader("unknown", "markup", _unknown, _any_seeds),
)  # fmt: skip

READERS: Mapping[str, Reader] = {reader.name: reader for reader in _ALL}
