"""What was fetched is kept over runs, crashes, other versions and damage; and never keeps more than the last whole run saw."""

import logging
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import article

from index.errors import RebuildLocked, UnreadableSource
from index.fetching import Validators
from index.fetching.kept import FILE, OLD_RUN, Kept, KeptItems
from index.sources import Rejected, Skipped

SITE = "https://paper.example/sitemap.xml"
FERRY = Kept(
    article("ferry", "The ferry runs again", "At seven.", section="harbour", published_at="2026-03-14", desk=7),
    Validators('"1"', "Sat, 14 Mar 2026 12:00:00 GMT"),
    note="2026-03-14",
    version=3,
)
ITEMS = {
    "/ferry": FERRY,
    "/bad": Kept(Rejected("/bad", ("no title", "no text"))),
    "/front": Kept(Skipped("/front", "pages without an article", "expected an article, got a front page")),
}


def fill(kept: KeptItems, *keys: str) -> None:
    for key in keys or ITEMS:
        kept.keep(SITE, key, ITEMS[key])


def there(kept: KeptItems) -> list[str]:
    return [key for key in ITEMS if kept.find(SITE, key) is not None]


def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    with KeptItems(tmp_path) as kept:
        kept.begin(SITE)
        fill(kept)
        kept.forget_unseen(SITE)
    with KeptItems(tmp_path) as kept:
        assert {key: kept.find(SITE, key) for key in ITEMS} == ITEMS
        assert kept.find("another", "/ferry") is None
        assert kept.find(SITE, "/other") is None


def test_an_interrupted_run_goes_on_and_knows_what_it_read(tmp_path: Path) -> None:
    with KeptItems(tmp_path) as kept:
        assert not kept.begin(SITE)
        fill(kept)
        kept.forget_unseen(SITE)
        assert not kept.begin(SITE)
        kept.see(SITE, "/bad")
    with KeptItems(tmp_path) as kept:
        assert kept.begin(SITE)
        assert [found.this_run for key in ITEMS if (found := kept.find(SITE, key))] == [False, True, False]


def test_a_run_that_was_interrupted_long_ago_begins_anew(tmp_path: Path) -> None:
    now = 1e9
    with KeptItems(tmp_path, lambda: now) as kept:
        kept.begin(SITE)
        fill(kept)
    now += OLD_RUN + 1
    with KeptItems(tmp_path, lambda: now) as kept:
        assert not kept.begin(SITE)
        assert there(kept) == list(ITEMS)
        assert not any(found.this_run for key in ITEMS if (found := kept.find(SITE, key)))


def test_what_a_whole_run_did_not_see_is_forgotten_and_of_other_sources_nothing(tmp_path: Path) -> None:
    with KeptItems(tmp_path) as kept:
        kept.begin("another")
        kept.keep("another", "/ferry", FERRY)
        kept.end("another")
        kept.begin(SITE)
        fill(kept)
        assert kept.forget_unseen(SITE) == 0
        assert not kept.begin(SITE)
        kept.see(SITE, "/ferry")
        kept.keep(SITE, "/front", ITEMS["/front"])
        assert kept.forget_unseen(SITE) == 1
        assert there(kept) == ["/ferry", "/front"]
        assert kept.find("another", "/ferry") == FERRY


def test_a_run_over_a_part_forgets_nothing(tmp_path: Path) -> None:
    with KeptItems(tmp_path) as kept:
        kept.begin(SITE)
        fill(kept)
        kept.forget_unseen(SITE)
        kept.begin(SITE)
        kept.end(SITE)
        assert not kept.begin(SITE)
        assert there(kept) == list(ITEMS)


def test_after_a_kill_what_was_written_is_there(tmp_path: Path) -> None:
    code = f"""if True:
        import os, signal
        from pathlib import Path
        from index.article import Article
        from index.fetching.kept import Kept, KeptItems
        kept = KeptItems(Path({str(tmp_path)!r}))
        kept.begin({SITE!r})
        for number in range(120):
            kept.keep({SITE!r}, f"/{{number}}", Kept(Article("ferry", "The ferry runs again")))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    ended = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[1], check=False)
    assert ended.returncode == -signal.SIGKILL
    with KeptItems(tmp_path) as kept:
        assert kept.begin(SITE)
        found = [kept.find(SITE, f"/{number}") for number in range(120)]
    assert found[:99] == [Kept(article("ferry", "The ferry runs again"), this_run=True)] * 99
    assert found[-1] is None


def test_one_process_at_a_time_has_it(tmp_path: Path) -> None:
    with KeptItems(tmp_path), pytest.raises(RebuildLocked, match="in use by another process"):
        KeptItems(tmp_path)
    KeptItems(tmp_path).close()


@pytest.mark.parametrize("damage", ["no database at all", "another format", "without its tables", "empty"])
def test_a_damaged_file_is_set_aside_and_begun_anew(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / FILE
    with KeptItems(tmp_path) as kept:
        kept.begin(SITE)
        fill(kept)
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "no database at all":
        path.write_bytes(b"nothing of the kind " * 999)
    else:
        database = sqlite3.connect(path)
        database.execute("DROP TABLE runs" if damage == "without its tables" else "PRAGMA user_version = 99")
        database.commit()
        database.close()
    with KeptItems(tmp_path) as kept, caplog.at_level(logging.WARNING):
        assert not kept.begin(SITE)
        assert there(kept) == []
        fill(kept)
        assert there(kept) == list(ITEMS)
    assert (tmp_path / f"{FILE}.damaged").exists() == (damage != "empty")


def test_damage_in_the_middle_costs_what_was_kept_and_not_the_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with KeptItems(tmp_path) as kept:
        kept.begin(SITE)
        for number in range(500):
            kept.keep(SITE, f"/{number}", FERRY)
        kept.forget_unseen(SITE)
    raw = bytearray((tmp_path / FILE).read_bytes())
    raw[4096 * 3 :] = b"\xa5" * (len(raw) - 4096 * 3)
    (tmp_path / FILE).write_bytes(raw)
    with KeptItems(tmp_path) as kept:
        kept.begin(SITE)
        for number in range(500):
            kept.find(SITE, f"/{number}")
        fill(kept)
        assert there(kept) == list(ITEMS)
    assert "is damaged" in caplog.text
    with KeptItems(tmp_path) as kept:
        assert there(kept) == list(ITEMS)


def test_a_record_that_something_else_wrote_is_as_good_as_none(tmp_path: Path) -> None:
    with KeptItems(tmp_path) as kept:
        kept.begin(SITE)
        fill(kept)
        kept._database.execute("UPDATE items SET item = 'x' WHERE key = '/ferry'")
        assert there(kept) == ["/bad", "/front"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="cannot be written"):
        KeptItems(tmp_path / "missing")
