"""Seeds that a library packs: gzip, zip, tar and Parquet, with nothing of the clock in them."""

import gzip
import io
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.fuzz.seeds_markup import MHTML, OLD_PAGE, PAGE, WXR

FILES: Mapping[str, bytes] = {
    "a/ferry.html": PAGE.encode(),
    "old.htm": OLD_PAGE.encode("cp1252"),
    "a/ferry.css": b"p {}",
    "packed.html.gz": gzip.compress(PAGE.encode(), mtime=0),
    "b.mhtml": MHTML.encode(),
}


def gzipped(text: str | bytes) -> bytes:
    """As gzip."""
    return gzip.compress(text.encode() if isinstance(text, str) else text, mtime=0)


def zips() -> Sequence[bytes]:
    """Zip archives: packed, as they are, with an export in it."""
    return [
        _zip(FILES, zipfile.ZIP_DEFLATED),
        _zip(FILES, zipfile.ZIP_STORED),
        _zip({"x.xml": WXR.encode()}, zipfile.ZIP_BZIP2),
    ]


def tars() -> Sequence[bytes]:
    """Tar archives in either format, and gzip of one."""
    plain = [_tar(FILES, kind) for kind in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)]
    return [*plain, gzipped(plain[0])]


def parquets() -> Sequence[bytes]:
    """Parquet files of several types, packings and versions; none where the extra is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return []
    rows = [{"id": str(n), "title": f"Title {n * 7919:x}", "text": f"Text {n}\n" * (n % 5), "n": n} for n in range(60)]
    tables: list[tuple[Any, dict[str, Any]]] = [
        (pa.Table.from_pylist(rows), {"compression": "snappy", "row_group_size": 20}),
        (pa.Table.from_pylist(rows), {"compression": "zstd", "use_dictionary": False, "data_page_version": "2.0"}),
        (pa.Table.from_pylist(rows), {"compression": "gzip", "write_page_checksum": True, "data_page_size": 200}),
        (pa.Table.from_pylist(rows), {"compression": "none", "column_encoding": {"id": "DELTA_BYTE_ARRAY"}, "use_dictionary": False}),
        (_typed(pa), {"compression": "none"}),
        (_typed(pa), {"compression": "brotli", "store_schema": False, "write_page_index": True}),
    ]  # fmt: skip
    return [_parquet(pq, table, options) for table, options in tables]


def _typed(pa: Any) -> Any:
    return pa.table(
        {
            "id": pa.array([1.0, 2.0, None]),
            "title": pa.array(["One", "Two", "One"]).dictionary_encode(),
            "tags": pa.array([["a", "b"], None, []]),
            "published_at": pa.array([1773475200123, None, 0], pa.timestamp("ms", "Asia/Tokyo")),
            "other": pa.array([{"x": [1], "y": {"z": "w"}}, None, {"x": None, "y": None}]),
            "map": pa.array([[("k", 1)], [], None], pa.map_(pa.string(), pa.int64())),
            "bytes": pa.array([b"\xff", b"a", None]),
            "sensitive": pa.array([True, None, False]),
        }
    )


def _parquet(pq: Any, table: Any, options: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


def _zip(files: Mapping[str, bytes], method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name), body, method)
    return out.getvalue()


def _tar(files: Mapping[str, bytes], kind: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, body in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return out.getvalue()
