"""Whatever kills a rebuild, at whatever instant, the last good index serves."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from server_process import running_server

from index.pointer import current_generation
from index.snapshot import open_snapshot

pytestmark = pytest.mark.server

KILLS = 20

RUNNER = """
import sys, time
from pathlib import Path
import index.publishing, index.rebuild
from index.embedder import WordHashEmbedder
from index.sources import open_source

class Slow(WordHashEmbedder):
    def embed(self, texts):
        time.sleep(0.02)
        return super().embed(texts)

stage_file = Path(sys.argv[3])
index.embedding_chunks.EMBED_CHUNK = 8
publishing, rebuild = index.publishing, index.rebuild
steps = [(publishing, name) for name in ("write_fresh", "write_snapshot")]
steps += [(rebuild, name) for name in ("put_in_place", "publish", "keep_newest")]
for owner, name in steps:
    def wrapped(*given, _step=getattr(owner, name), _name=name):
        stage_file.write_text(_name)
        time.sleep(0.03)
        done = _step(*given)
        time.sleep(0.03)
        return done
    setattr(owner, name, wrapped)
tell = lambda stage, done, total: stage_file.write_text(stage.split()[0])
stage_file.write_text("starting")
report = index.rebuild.rebuild(Path(sys.argv[1]), [open_source(sys.argv[2])], Slow(64), progress=tell)
print(report.embedded, report.generation)
"""


def write_archive(path: Path, edition: int) -> None:
    """200 articles, of which every third has other words in each edition."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(200):
            words = (
                f"river wall pump {number} "
                + (f"edition {edition} " if number % 3 == 0 else "")
                + "quay " * (number % 7)
            )
            record = {"id": f"a{number}", "title": f"Piece {number}", "text": words, "section": f"s{number % 4}"}
            file.write(json.dumps(record) + "\n")


class Reader(threading.Thread):
    """Asks on and on, and notes every answer that is not a full list."""

    def __init__(self, base: str) -> None:
        super().__init__(daemon=True)
        self.base = base
        self.bad: list[str] = []
        self.generations: Counter[str] = Counter()
        self.over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            try:
                with urllib.request.urlopen(
                    f"{self.base}/v1/articles/a{number % 200}/also-read", timeout=10
                ) as response:
                    answer = json.load(response)
                self.generations[answer["generation"]] += 1
                if len(answer["items"]) != 5:
                    self.bad.append(f"a{number % 200}: {len(answer['items'])} items")
            except OSError as error:
                self.bad.append(str(error))
            time.sleep(0.005)


@pytest.fixture
def runner(tmp_path: Path) -> list[str]:
    script = tmp_path / "runner.py"
    script.write_text(RUNNER, encoding="utf-8")
    return [
        sys.executable,
        str(script),
        str(tmp_path / "data"),
        str(tmp_path / "archive.jsonl"),
        str(tmp_path / "stage"),
    ]


def started(runner: list[str], environment: dict[str, str], stage: Path) -> "subprocess.Popen[bytes]":
    """A rebuild that is past its imports."""
    stage.unlink(missing_ok=True)
    process = subprocess.Popen(runner, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not stage.exists() and process.poll() is None:
        time.sleep(0.001)
    return process


def test_a_rebuild_killed_at_20_random_instants_leaves_the_last_snapshot_serving(tmp_path: Path, runner: list[str]):
    data, archive, stage = tmp_path / "data", tmp_path / "archive.jsonl", tmp_path / "stage"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    write_archive(archive, 0)
    subprocess.run(runner, check=True, env=environment, capture_output=True)
    write_archive(archive, 1)
    process = started(runner, environment, stage)
    began = time.monotonic()
    assert process.wait(60) == 0
    lasts = time.monotonic() - began
    chance, stages, killed, edition = random.Random(20), Counter[str](), 0, 1
    with running_server(data, workers=2) as base:
        reader = Reader(base)
        reader.start()
        while killed < KILLS and edition < 3 * KILLS:
            edition += 1
            write_archive(archive, edition)
            before = current_generation(data)
            process = started(runner, environment, stage)
            time.sleep(chance.uniform(0, lasts))
            process.send_signal(signal.SIGKILL)
            if process.wait() == -signal.SIGKILL:
                killed += 1
                stages[stage.read_text() or "between"] += 1
            generation = current_generation(data)
            assert generation >= before
            assert len(open_snapshot(data, generation)) == 200
            with sqlite3.connect(data / "catalogue.sqlite") as catalogue:
                assert catalogue.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        undisturbed = subprocess.run(runner, check=True, env=environment, capture_output=True, text=True).stdout.split()
        deadline = time.monotonic() + 5
        while reader.generations[undisturbed[1]] == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        reader.over.set()
        reader.join(15)
    print(
        f"{killed} kills: {dict(stages)}; {sum(reader.generations.values())} answers meanwhile, {len(reader.bad)} bad"
    )
    assert reader.bad == []
    assert reader.generations[undisturbed[1]] > 0
    assert int(undisturbed[0]) <= 67
    assert killed == KILLS
    assert len(stages) >= 3
    leftovers = [path for folder in ("segments", "snapshots") for path in (data / folder).glob(".*")]
    assert leftovers == []
