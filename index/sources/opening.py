"""Which reader reads what was named: a file, a folder, an address, or `-` for standard input.

What stands there decides; the name counts only where that says nothing. A format is added with a reader of the shape of
`Source` and a line in `FILES`.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from index.article_record import FieldNames
from index.errors import UnreadableSource
from index.sources import Source
from index.sources.reach import Reach
from index.sources.recognise import Kind, kind_of_file
from index.urls import is_web_address

Opener = Callable[[Path, FieldNames, Reach], Source]

EXPECTED = (
    "JSON lines, CSV, Parquet, a feed, a WordPress export, a sitemap, a list of addresses, a saved page, or a folder, zip or "
    "tar of pages"
)

PAGES = (".html", ".htm", ".html.gz", ".htm.gz")
MARKDOWN = (".md", ".markdown")


def open_at(location: str, stdin: BinaryIO | None, reach: Reach) -> Source:
    """As `index.sources.open_source`."""
    names = FieldNames(reach.fields)
    if location == "-":
        from index.sources.standard_input import read_stdin

        if stdin is None:
            raise UnreadableSource("'-' means standard input, and there is none here")
        return read_stdin(stdin, names)
    if is_web_address(location):
        from index.sources.web.site import open_address

        return open_address(location, names, reach)
    path = Path(location)
    if not path.exists():
        raise UnreadableSource(f"{location}: no such file or folder{_perhaps_a_site(location)}")
    return _open_folder(path, names, reach) if path.is_dir() else open_file(path, names, reach)


def open_file(path: Path, names: FieldNames, reach: Reach) -> Source:
    """The reader of a file, by what it begins with. Raises `UnreadableSource` for what is of no known kind."""
    try:
        kind = kind_of_file(path)
    except OSError as error:
        raise UnreadableSource(f"{path}: {error.strerror}") from error
    if kind is None:
        raise UnreadableSource(f"{path}: expected {EXPECTED}; this is none of them")
    return FILES[kind](path, names, reach)


def _open_folder(path: Path, names: FieldNames, reach: Reach) -> Source:
    """A folder holds the pages of a site: as Markdown, as HTML, or as the text that someone scraped."""
    from index.sources.saved.kept import kept_pages
    from index.sources.saved.pages import SavedPages
    from index.sources.saved.text_page import TextPages
    from index.sources.static_site.site import MarkdownSite, is_markdown_site

    if is_markdown_site(path):
        return MarkdownSite(path, names, reach.base_url)
    if exports := sorted(one for one in path.iterdir() if one.is_file() and _is_export(one)):
        return _exports(exports, names, reach)
    if _holds(path, PAGES):
        return SavedPages(path, names, workers=reach.workers, kept=kept_pages(path, reach.kept))
    if _holds(path, (".txt",)):
        return TextPages(path, names)
    if _holds(path, MARKDOWN):
        return MarkdownSite(path, names, reach.base_url)
    raise UnreadableSource(
        f"{path}: expected a folder of saved pages (.html), of Markdown with front matter (.md) or of scraped text (.txt); "
        "name files of other kinds themselves"
    )


def _holds(path: Path, endings: tuple[str, ...]) -> bool:
    return any(one.name.lower().endswith(endings) and one.is_file() for one in path.rglob("*"))


def _perhaps_a_site(location: str) -> str:
    """A hint for who wrote a site's name without its scheme, or with another."""
    scheme, mark, _ = location.partition("://")
    if mark:
        known = scheme.lower() in ("http", "https")
        return f"; expected {'a host in that address' if known else 'an address of http:// or https://, or a path'}"
    host = location.split("/")[0]
    is_host = "." in host and " " not in host and is_web_address(f"https://{location}")
    return f"; for a site on the web write https://{location}" if is_host and not host.startswith(".") else ""


def _json_lines(path: Path, names: FieldNames, _reach: Reach) -> Source:
    from index.sources.jsonl import JsonLines

    return JsonLines.at(path, names)


def _text_page(path: Path, names: FieldNames, _reach: Reach) -> Source:
    from index.sources.saved.text_page import TextPages

    return TextPages(path, names)


def _saved_pages(path: Path, names: FieldNames, reach: Reach) -> Source:
    from index.sources.saved.kept import kept_pages
    from index.sources.saved.pages import SavedPages

    return SavedPages(path, names, workers=reach.workers, kept=kept_pages(path, reach.kept))


def _markdown(path: Path, _names: FieldNames, _reach: Reach) -> Source:
    raise UnreadableSource(f"{path}: this is one page of Markdown; give its folder, {path.parent}, or the site's")


def _csv(path: Path, names: FieldNames, _reach: Reach) -> Source:
    from index.sources.tables.csv_table import CsvTable

    return CsvTable.at(path, names)


def _parquet(path: Path, names: FieldNames, _reach: Reach) -> Source:
    from index.sources.tables.parquet_table import ParquetTable

    return ParquetTable.at(path, names)


def _export(path: Path, names: FieldNames, reach: Reach) -> Source:
    return _exports([path], names, reach)


def _exports(paths: Sequence[Path], names: FieldNames, reach: Reach) -> Source:
    """The files of one export, which WordPress parts where it is long: what one refers to may stand in another."""
    from index.sources.wordpress.export import WordPressExport

    return WordPressExport(paths, names, reach.types, reach.base_url)


def _is_export(path: Path) -> bool:
    named = path.name.lower().removesuffix(".gz")
    return named.endswith((".xml", ".wxr")) and kind_of_file(path) == "wordpress-export"


def _zip(path: Path, names: FieldNames, reach: Reach) -> Source:
    """An export as WordPress.com gives it, or saved pages."""
    from index.sources.wordpress.export import looks_like_export
    from index.sources.wordpress.export_files import has_exports

    return (_export if has_exports(path, looks_like_export) else _saved_pages)(path, names, reach)


def _feed(path: Path, names: FieldNames, _reach: Reach) -> Source:
    from index.sources.feeds.feed import Feed

    return Feed.at(path, names)


def _sitemap(path: Path, _names: FieldNames, reach: Reach) -> Source:
    from index.sources.web.site import sitemap

    return sitemap(str(path), reach)


def _addresses(path: Path, _names: FieldNames, reach: Reach) -> Source:
    from index.sources.web.site import addresses

    return addresses(str(path), reach)


FILES: Mapping[Kind, Opener] = {
    "json-lines": _json_lines,
    "json-feed": _feed,
    "feed": _feed,
    "wordpress-export": _export,
    "sitemap": _sitemap,
    "html": _saved_pages,
    "csv": _csv,
    "parquet": _parquet,
    "markdown": _markdown,
    "text-page": _text_page,
    "addresses": _addresses,
    "zip": _zip,
    "tar": _saved_pages,
}
