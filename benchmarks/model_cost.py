"""What needs the real model: how fast it embeds, and the whole command from nothing."""

import importlib.util
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

from benchmarks.machine import CACHE, development_data
from benchmarks.results import Row
from index.sentence_transformer import DEFAULT_MODEL

ARTICLES = 2_076


def measure(_sizes: tuple[int, ...], _quick: bool) -> Iterator[Row]:
    """The whole command over 2,076 long articles: from nothing, and three times with nothing changed."""
    source = str(development_data("digitalgov") / "articles.jsonl.gz")
    data = CACHE / "rebuild"
    shutil.rmtree(data, ignore_errors=True)
    seconds = []
    for _ in range(4):
        started = time.perf_counter()
        command = [sys.executable, "-m", "service", "rebuild", source, "--data", str(data), "--model", DEFAULT_MODEL]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - started)
    yield Row("the command from nothing, with the real model", ARTICLES, {"seconds": seconds[0]})
    yield Row("the same again, nothing changed", ARTICLES, {"seconds": sorted(seconds[1:])[1]})


def embedding(_sizes: tuple[int, ...], quick: bool) -> Iterator[Row]:
    """Ways to run the model, by `benchmarks.embedding`; nothing where that is not there."""
    if importlib.util.find_spec("benchmarks.embedding") is None:
        return
    from benchmarks.embedding import rows

    for found in rows(quick):
        figures = {
            "articles a second of the processor": found.articles,
            "tokens a second": found.tokens,
            "articles a second passed": found.passed,
            "ratio to encode": found.ratio,
            "greatest difference": f"{found.difference:.1e}",
        }
        yield Row(f"{found.texts} · {found.way}", 0, figures)
