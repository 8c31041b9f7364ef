"""Rebuilds that are killed while articles are put: nothing that was said to be written is lost, on both engines."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from helpers import CountingEmbedder, Given, article, opened
from test_rebuild_properties import assert_same_answers, built_from_nothing

from index.archive_writer import ArchiveWriter
from index.article_rows import article_of
from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue, Place
from index.errors import CatalogueBusy
from index.rebuild import Options, rebuild
from index.report import Report
from index.schema import articles

RUNNER = """
import sys, time
from pathlib import Path
import index.embedding_chunks
import index.rebuild
from index.embedder import WordHashEmbedder
from index.sources import open_source

class Slow(WordHashEmbedder):
    def embed(self, texts):
        time.sleep(0.02)
        return super().embed(texts)

index.embedding_chunks.EMBED_CHUNK = 8
address = sys.argv[3] if sys.argv[3].startswith("postgresql:") else None
print("began", flush=True)
options = index.rebuild.Options(catalogue=address, force=True)
index.rebuild.rebuild(Path(sys.argv[1]), [open_source(sys.argv[2])], Slow(64), options)
"""


@pytest.fixture
def options(place: Place) -> Options:
    return Options(catalogue=None if isinstance(place, Path) else place, force=True)


@pytest.fixture
def folder(place: Place, data: Path) -> Path:
    """The data folder: on SQLite the one that the catalogue is in."""
    return place.parent if isinstance(place, Path) else data


def run(folder: Path, options: Options, *given: object) -> Report:
    return rebuild(folder, [Given(given)] if given else [], CountingEmbedder(), options)


def test_a_snapshot_after_writes_is_as_one_built_from_nothing(
    catalogue: Catalogue, folder: Path, options: Options
) -> None:
    run(folder, options, *(article(name, "Flood", f"flood {name}") for name in "abcd"))
    put_articles(
        catalogue, [article("b", "Vote", "a vote"), article("e", "New", "new"), article("f", status="unpublished")]
    )
    delete_article(catalogue, "c")
    report = run(folder, options)
    assert (report.published, report.added, report.removed, report.embedded) == (True, 1, 1, 2)
    whole = [article("a", "Flood", "flood a"), article("b", "Vote", "a vote"), article("d", "Flood", "flood d")]
    whole.append(article("e", "New", "new"))
    assert_same_answers(opened(folder), built_from_nothing(folder / "built", whole))
    assert (opened(folder).manifest.seq, opened(folder).manifest.rebuild) == (4, 2)
    assert not run(folder, options).published


def now() -> str:
    return datetime.now(UTC).isoformat()


class Putter(threading.Thread):
    """Puts and removes articles on and on, each newer than any export, and notes what it was told is done."""

    def __init__(self, place: Place, folder: Path) -> None:
        super().__init__(daemon=True)
        self.writer = ArchiveWriter(place, folder)
        self.there: dict[str, str] = {}
        self.gone: set[str] = set()
        self.count = 0
        self.busy = 0
        self.over = threading.Event()

    def run(self) -> None:
        chance = random.Random(8)
        while not self.over.is_set():
            self.count += 1
            name = f"a{chance.randrange(150)}"
            try:
                if chance.random() < 0.2:
                    self.writer.delete(name)
                    self.there.pop(name, None)
                    self.gone.add(name)
                else:
                    self.writer.put([article(name, f"Put {self.count}", f"words {self.count}", updated_at=now())])
                    self.there[name] = f"Put {self.count}"
                    self.gone.discard(name)
            except CatalogueBusy:
                self.busy += 1
                self.there.pop(name, None)
                self.gone.discard(name)
            time.sleep(0.003)


@pytest.mark.server
def test_rebuilds_killed_while_articles_are_put_lose_none_that_was_said_to_be_written(
    catalogue: Catalogue, place: Place, folder: Path, options: Options, tmp_path: Path
) -> None:
    script, source = tmp_path / "runner.py", tmp_path / "archive.jsonl"
    script.write_text(RUNNER, encoding="utf-8")
    folder.mkdir(exist_ok=True)
    run(folder, options, article("z"))
    putter = Putter(place, folder)
    putter.start()
    chance, killed = random.Random(4), 0
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    for edition in range(8):
        titles = {"title": f"Export {edition}", "updated_at": f"2020-01-0{edition + 1}"}
        records = ({"id": f"a{n}", "text": f"text {n} {edition}", **titles} for n in range(150))
        source.write_text("\n".join(json.dumps(one) for one in records), encoding="utf-8")
        command = [sys.executable, str(script), str(folder), str(source), str(place)]
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout.readline() == b"began\n"
        time.sleep(chance.uniform(0, 0.9))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        process.stdout.close()
    before = putter.count
    time.sleep(0.2)
    putter.over.set()
    putter.join(30)
    assert putter.count > before > 50
    assert killed >= 4
    with catalogue.engine.connect() as connection:
        stored = {row.id: article_of(row.record) for row in connection.execute(sa.select(articles))}
    lost = {name for name, title in putter.there.items() if name not in stored or stored[name].title != title}
    assert lost == set()
    assert putter.gone & stored.keys() == set()
    assert run(folder, options).articles == len(stored)
    assert_same_answers(opened(folder), built_from_nothing(folder / "built", list(stored.values())))
    putter.writer.catalogue().close()
