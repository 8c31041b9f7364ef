"""Saved pages in folders and archives: in order, each by its own name, and none that stops the others."""

import gzip
import io
import os
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from pages_of_dunmere import LD, PARAGRAPHS, ld_json, page

from index.article import Article
from index.errors import InvalidArticle, UnreadableSource
from index.extraction.saved import unpacked
from index.sources import Rejected, Skipped
from index.sources.saved import files, pool
from index.sources.saved.pages import SavedPages

STORY = page(title="The ferry bridge")
EMPTY = b"<html><body></body></html>"


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return path


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, raw in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(raw)
            archive.addfile(entry, io.BytesIO(raw))
    return path


def filed(path: Path, files: dict[str, bytes]) -> Path:
    for name, raw in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(raw)
    return path


def told(items: list[Article | Rejected | Skipped]) -> list[str]:
    """Ids of articles, and the last part of other items' place with what they are."""
    return [
        item.id
        if isinstance(item, Article)
        else f"{item.place.split('/')[-1]}: {item.kind if isinstance(item, Skipped) else item.problems[0]}"
        for item in items
    ]


def read(path: Path, workers: int = 0, **more: float) -> list[Article | Rejected | Skipped]:
    return list(SavedPages(path, workers=workers, **more))


WRITERS: dict[str, Callable[[Path, dict[str, bytes]], Path]] = {
    "folder": filed,
    "pages.zip": zipped,
    "pages.tar": tarred,
    "pages.tar.gz": tarred,
    "pages.tgz": tarred,
}
FILES = {
    "2026/a.one.html": STORY,
    "2026/b.HTM": STORY,
    "2026/c.html.gz": gzip.compress(STORY),
    "2026/style.css": b"p {}",
    "d.html": EMPTY,
}


@pytest.mark.parametrize("kind", WRITERS)
def test_pages_are_read_from_a_folder_and_from_archives_alike(tmp_path: Path, kind: str) -> None:
    path = WRITERS[kind](tmp_path / kind, FILES)
    source = SavedPages(path, workers=0)
    items = list(source)
    assert [told([item])[0].split(": ")[-1] for item in items] == [
        "2026/a.one",
        "2026/b",
        "2026/c",
        "other files",
        "pages without an article",
    ]
    assert all(item.text == "\n\n".join(PARAGRAPHS) for item in items if isinstance(item, Article))
    assert items[-1].reason == "expected an article, got a page without a text and without an article's data"
    assert source.position() == source.size > 0


def test_the_order_of_a_folder_and_of_a_zip_archive_is_that_of_names(tmp_path: Path) -> None:
    files = {f"{name}.html": STORY for name in ("c", "a/z", "b", "a/b")}
    for kind in ("folder", "pages.zip"):
        assert told(read(WRITERS[kind](tmp_path / kind, files))) == ["a/b", "a/z", "b", "c"]


def test_the_address_that_a_page_states_is_its_id(tmp_path: Path) -> None:
    address = "https://www.dunmere-gazette.example/council/bridge"
    stated = page(f'<link rel="canonical" href="{address}">')
    saved = b"<!-- saved from url=(0050)https://www.dunmere-gazette.example/council/ferry -->\n" + STORY
    mhtml = (
        b"From: <Saved by a browser>\r\nSnapshot-Content-Location: https://www.dunmere-gazette.example/council/mill\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
        b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + STORY + b"\r\n--x--\r\n"
    )
    filed(
        tmp_path, {"a.html": stated, "b.html": saved, "c.mhtml": mhtml, "d.mht": b"Content-Type: text/plain\r\n\r\nx"}
    )
    assert [item.url for item in read(tmp_path) if isinstance(item, Article)] == [
        address,
        "https://www.dunmere-gazette.example/council/ferry",
        "https://www.dunmere-gazette.example/council/mill",
    ]


def test_one_page_is_a_source_too(tmp_path: Path) -> None:
    assert told(read(filed(tmp_path, {"bridge.html": STORY}) / "bridge.html")) == ["bridge"]


def test_damaged_and_overlong_pages_are_rejected_by_name(tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    files = {
        "a.html": STORY,
        "b.html.gz": gzip.compress(STORY)[:-20],
        "c.html.gz": bomb,
        "d.html": b"x" * 11_000_000,
        "e.html": STORY,
    }
    told_of = told(read(filed(tmp_path / "folder", files)))
    assert [line.split(",")[0] for line in told_of] == [
        "a",
        "b.html.gz: expected gzip",
        "c.html.gz: expected a page of at most 10",
        "d.html: expected a page of at most 10",
        "e",
    ]
    for kind in ("pages.zip", "pages.tgz"):
        assert [line.split(",")[0].split(": ")[-1] for line in told(read(WRITERS[kind](tmp_path / kind, files)))] == [
            line.split(",")[0].split(": ")[-1] for line in told_of
        ]


def test_gzip_of_several_members_is_read_whole_and_bombs_are_refused_early() -> None:
    assert unpacked(gzip.compress(b"one ") + gzip.compress(b"two")) == b"one two"
    assert unpacked(gzip.compress(b"one") + b"\0\0") == b"one"
    with pytest.raises(InvalidArticle, match="at most 1,000 bytes, got more"):
        unpacked(gzip.compress(b" " * 50_000_000), 1_000)


def test_a_damaged_archive_gives_what_could_be_read_and_says_so(tmp_path: Path) -> None:
    whole = tarred(tmp_path / "pages.tgz", {f"{number}.html": STORY + os.urandom(3_000) for number in range(20)})
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    *articles, last = read(whole)
    assert 3 < len(articles) < 17
    assert told(articles) == [str(number) for number in range(len(articles))]
    assert isinstance(last, Rejected)
    assert "cannot be read further" in last.problems[0]
    packed = zipped(tmp_path / "pages.zip", {"a.html": STORY, "b.html": STORY})
    raw = bytearray(packed.read_bytes())
    raw[80:90] = bytes(10)
    packed.write_bytes(raw)
    first, second = read(packed)
    assert isinstance(first, Rejected)
    assert "cannot be unpacked" in first.problems[0]
    assert isinstance(second, Article)


def test_an_archive_that_unpacks_to_far_more_than_pages_do_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FIRST_BYTES", 1_000_000)
    bomb = tarred(tmp_path / "pages.tgz", {"a.html": STORY, "b.bin": b"\0" * 30_000_000, "c.html": STORY})
    items = read(bomb)
    assert isinstance(items[0], Article)
    assert isinstance(items[-1], Rejected)
    assert "300 times its size" in items[-1].problems[0]
    with bomb.open("rb") as raw, files._Wary(raw) as stream:
        with pytest.raises(OSError, match="300 times its size"):
            stream.seek(25_000_000)
        with pytest.raises(OSError, match="claims 90,000,000 bytes"):
            stream.read(90_000_000)


def test_names_in_an_archive_are_labels_and_nothing_is_written(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "pages.zip", {"../../outside.html": STORY, "/etc/absolute.html": STORY})
    before = sorted(tmp_path.parent.rglob("*.html"))
    assert told(read(archive)) == ["../../outside", "/etc/absolute"]
    assert sorted(tmp_path.parent.rglob("*.html")) == before


@pytest.mark.parametrize(
    ("name", "said"), [("pages.zip", "a zip archive"), ("pages.tar", "a tar archive"), ("pages.rar", "a folder")]
)
def test_what_is_no_archive_is_told(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"no archive")
    with pytest.raises(UnreadableSource, match=f"expected {said}"):
        read(tmp_path / name)
    with pytest.raises(UnreadableSource, match="No such file"):
        read(tmp_path / "missing.zip")


@pytest.fixture
def odd_workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Processes that some pages kill, keep or break; none is left afterwards."""
    monkeypatch.setattr(pool, "WORKER", "page_worker_of_tests")
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


def numbered(*words: bytes) -> dict[str, bytes]:
    return {
        f"{number:02}.html": STORY.replace(b"</article>", b"<p>This page " + word + b"</p></article>")
        for number, word in enumerate(words)
    }


@pytest.mark.usefixtures("odd_workers")
def test_a_page_that_kills_breaks_or_keeps_its_reader_costs_itself_alone(tmp_path: Path) -> None:
    words = [
        b"is slow",
        b"is good",
        b"kills its reader",
        b"is good",
        b"breaks its reader",
        b"keeps its reader",
        b"is good",
    ]
    items = read(filed(tmp_path, numbered(*words)), workers=2, time_limit=3.0)
    assert told(items) == [
        "00",
        "01",
        "02.html: the process that read it ended (status -9), twice",
        "03",
        "04.html: its reader failed on it: RecursionError: too deep",
        "05.html: it took longer than 3 seconds to read",
        "06",
    ]


@pytest.mark.usefixtures("odd_workers")
def test_no_process_is_left_when_the_reading_stops_early(tmp_path: Path) -> None:
    items = iter(SavedPages(filed(tmp_path, numbered(*[b"is slow"] * 6)), workers=2))
    assert isinstance(next(items), Article)
    started = time.monotonic()
    items.close()  # type: ignore[attr-defined]  # as Ctrl-C does; the fixture counts the processes
    assert time.monotonic() - started < 2


def test_two_processes_give_what_one_gives(tmp_path: Path) -> None:
    files = {f"{number:02}.html": page(ld_json({**LD, "headline": f"Story {number}"})) for number in range(9)}
    folder = filed(tmp_path, {**files, "03b.css": b"", "05.html": EMPTY})
    assert read(folder, workers=2) == read(folder, workers=0)


@pytest.mark.data
def test_saved_pages_of_the_set_are_articles(development_data: Path, tmp_path: Path) -> None:
    folder = development_data / "pages" / "html_benchmark" / "html"
    for path in sorted(folder.iterdir())[::9]:
        (tmp_path / path.name).symlink_to(path)
    items = read(tmp_path, workers=2)
    assert [item for item in items if not isinstance(item, Article)] == []
    assert len({item.id for item in items if isinstance(item, Article)}) == 21
