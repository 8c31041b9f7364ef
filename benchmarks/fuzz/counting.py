"""How many items a file holds, counted by other means than the reader's, where these are sure of it; else None."""

import io
import re
import tarfile
import warnings
import zipfile

from lxml import etree

WHOLE_FILE = 40_000
"""Longer feeds are not read twice."""


def lines_of_json(data: bytes) -> int | None:
    """Lines that are not blank."""
    if data.startswith(b"\x1f\x8b"):
        return None
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return sum(bool(line.strip()) for line in lines)


def rows_of_csv(data: bytes) -> int | None:
    """Rows after the header, where no quotation mark makes one row of several lines."""
    if b'"' in data or data.startswith((b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff")) or len(data) > 200_000:
        return None
    lines = re.split(rb"\r\n|\r|\n", data.removeprefix(b"\xef\xbb\xbf"))
    while lines and not lines[0]:
        lines.pop(0)
    if lines and lines[0].lower().startswith(b"sep="):
        return None
    if any(not line.strip(b" \t,;|") and line for line in lines) or re.search(
        rb"[\x80-\xff\x00\x0b\x0c\x1c-\x1f]", data
    ):
        return None  # whether such a line is an empty row hangs on the encoding
    return max(0, sum(bool(line) for line in lines) - 1)


def entries_of_feed(data: bytes) -> int | None:
    """What feedparser sees."""
    import feedparser

    if len(data) > WHOLE_FILE or data.startswith(b"\x1f\x8b") or data.lstrip()[:1] != b"<":
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return len(feedparser.parse(io.BytesIO(data)).entries)
        except Exception:  # noqa: BLE001  # it fails at some itself
            return None


def items_of_export(data: bytes) -> int | None:
    """Items of the channel, where it is XML as it should be."""
    found = _elements(data, "/rss/channel/item", "//item")
    return (
        found if found == len(re.findall(rb"<item[\s>]", data)) else None
    )  # one within another's text is one to the reader


def entries_of_sitemap(data: bytes) -> int | None:
    """Addresses of a sitemap, where it is XML as it should be."""
    return _elements(
        data, "/*[local-name()='urlset']/*[local-name()='url']", "//*[local-name()='url' or local-name()='sitemap']"
    )


def _elements(data: bytes, path: str, anywhere: str) -> int | None:
    """How many elements there are, if all of that name stand where they should."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return None
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None or root.getroottree().docinfo.encoding.upper() not in ("UTF-8", "ASCII", "US-ASCII"):
        return None
    found = root.xpath(f"count({path})")
    return int(found) if found and found == root.xpath(f"count({anywhere})") else None


def addresses_in(data: bytes) -> int | None:
    """Lines that are neither blank nor a comment."""
    text = data.decode("utf-8-sig", "replace")
    if any(len(line) > 1_000 for line in text.splitlines()) or re.search("[\x0b\x0c\x1c-\x1f\x85\u2028\u2029\0]", text):
        return None
    lines = [re.sub(r"(?:^|\s)#.*", "", line).strip() for line in re.split(r"\r\n|\r|\n", text)]
    return sum(bool(line) for line in lines)


def files_in_zip(data: bytes) -> int | None:
    """Files that Python's own reader lists, unless one may be an export, whose items count then."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
            return None if any(".xml" in name.lower() for name in files) else len(files)
    except Exception:  # noqa: BLE001  # a damaged archive has no number of files, whatever it is that says so
        return None


def files_in_tar(data: bytes) -> int | None:
    """Files that Python's own reader lists to the end."""
    if data.startswith(b"\x1f\x8b"):
        return None
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            members = [entry for entry in archive if not entry.isdir()]
            return None if any(entry.size > 1_000_000 for entry in members) else len(members)
    except Exception:  # noqa: BLE001  # as above
        return None
