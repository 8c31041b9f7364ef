"""Real WordPress exports: they are recognised, and nothing in them is lost."""

from collections import Counter
from pathlib import Path

import pytest
from wordpress_archive import Story, wxr

from index.errors import UnreadableSource
from index.sources.wordpress.export import WordPressExport, looks_like_export


@pytest.mark.data
def test_every_item_of_real_exports_is_accounted_for(development_data: Path) -> None:
    from benchmarks.ingest_wordpress import measure

    measured = measure(development_data / "wxr")
    assert measured["files"] == 39
    assert measured["lost"] == []
    assert measured["items_read"] == measured["items_in_files"] == 574
    assert Counter(measured["kinds"]) == Counter(measured["kinds_in_files"])


def test_an_export_is_recognised_by_its_beginning() -> None:
    full = wxr([Story(1)])
    assert looks_like_export(full[:2_000].encode())
    assert looks_like_export(full[:2_000].encode("utf-16"))
    assert not looks_like_export(b"<rss><channel><title>A feed</title><item>")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"<html><item-list></html>", "got a file without any item"), (b"", "got a file without any item")],
)
def test_what_is_no_export_is_said(tmp_path: Path, raw: bytes, reason: str) -> None:
    (tmp_path / "export.xml").write_bytes(raw)
    with pytest.raises(UnreadableSource, match=reason):
        list(WordPressExport(tmp_path / "export.xml"))
    with pytest.raises(UnreadableSource, match="no such file"):
        WordPressExport(Path("/nowhere/export.xml"))
