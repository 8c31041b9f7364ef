"""The performance tables: one command, each row beside what people would use instead, measured in the same run.

    make bench                                                  all of it (the estimate is printed first)
    make bench-quick                                            10,000 and 100,000 articles in about five minutes
    python -m benchmarks.performance --only http,retrieval --sizes 10k,100k

Every row is kept in `.bench` as soon as it is measured: a run that was ended can be gone on with by naming the families
that are missing, and `python -m benchmarks.report` makes the tables, the plots and docs/performance.md's figures anew.
"""

import argparse
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from types import MappingProxyType

from benchmarks import footprint, http_speed, model_cost, rebuild_cost, retrieval_speed, targets
from benchmarks.machine import CACHE, machine
from benchmarks.report import print_family
from benchmarks.results import Row, keep
from benchmarks.rival_services import install, only_loopback

Measure = Callable[[tuple[int, ...], bool], Iterator[Row]]

FAMILIES: Mapping[str, Measure] = MappingProxyType(
    {
        "rebuild": rebuild_cost.measure,
        "http": http_speed.measure,
        "retrieval": retrieval_speed.measure,
        "embedding": model_cost.embedding,
        "footprint": footprint.measure,
        "model": model_cost.measure,
        "inside": lambda _sizes, quick: inside(quick),
    }
)

SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (10_000, 100_000)
QUICK = ("http", "retrieval", "rebuild", "footprint", "embedding")

MINUTES: Mapping[str, Mapping[int, float]] = MappingProxyType(
    {
        "http": {10_000: 12, 100_000: 14, 1_000_000: 7},
        "retrieval": {10_000: 0.5, 100_000: 2, 1_000_000: 8},
        "rebuild": {10_000: 1, 100_000: 5, 1_000_000: 45},
        "footprint": {10_000: 1, 100_000: 2, 1_000_000: 5},
        "embedding": {0: 6},
        "model": {0: 4},
        "inside": {0: 8},
    }
)
"""What each takes here when nothing else runs and its archives are there, in minutes; 0 for what has no size."""


def main(given: Sequence[str]) -> None:
    """Measure, keep, print."""
    options = _parser().parse_args(given)
    sizes = tuple(map(_size, options.sizes.split(","))) if options.sizes else (QUICK_SIZES if options.quick else SIZES)
    families = options.only.split(",") if options.only else list(QUICK if options.quick else FAMILIES)
    unknown = set(families) - set(FAMILIES)
    if unknown:
        raise SystemExit(f"no family is called {sorted(unknown)}; expected some of {', '.join(FAMILIES)}")
    if options.rivals:
        os.environ[http_speed.ASKED_RIVALS] = options.rivals  # which a run in a network of its own inherits
    print(f"{machine()}\n")
    if not options.quick:
        print(
            f"about {estimate(families, sizes):.0f} minutes on a quiet machine whose archives are built\n", flush=True
        )
    for family in families:
        began = time.monotonic()
        if family == "http" and not only_loopback() and _in_a_network_of_its_own(options, sizes):
            continue
        for row in FAMILIES[family](sizes, options.quick):
            keep(family, [row])
            print(f"{time.strftime('%H:%M:%S')} {family}, {row.size:,}: {row.name}", file=sys.stderr, flush=True)
        print_family(family)
        print(f"({family}: {(time.monotonic() - began) / 60:.1f} minutes)\n", flush=True)
    if not options.inner:
        print("\n".join(["### Targets\n", *targets.table()]))


def estimate(families: Sequence[str], sizes: Sequence[int]) -> float:
    """Minutes that these families take at these sizes."""
    return sum(minutes for family in families for size, minutes in MINUTES[family].items() if size in {0, *sizes})


def inside(quick: bool) -> Iterator[Row]:
    """The tables of what an answer and the desk's pages are made of, in process; kept as they are printed."""
    from benchmarks import desk_cost, preview_cost, ranking_cost, tuning

    text = io.StringIO()
    with redirect_stdout(text):
        ranking_cost.print_table()
        if not quick:
            preview_cost.print_table(None)
            tuning.print_table()
            desk_cost.print_table()
    (CACHE / "results-inside.md").write_text(text.getvalue(), encoding="utf-8")
    print(text.getvalue())
    yield from ()


def _in_a_network_of_its_own(options: argparse.Namespace, sizes: tuple[int, ...]) -> bool:
    """Run the answers over HTTP where there is no network but loopback, for one rival listens to every address; False where
    that cannot be had. What is to be installed is installed before."""
    if os.geteuid() or not (shutil.which("unshare") and shutil.which("ip")):
        return False
    install()
    command = [sys.executable, "-m", "benchmarks.performance", "--only", "http", "--sizes", ",".join(map(str, sizes))]
    command += ["--inner", *(["--quick"] if options.quick else [])]
    done = subprocess.run(
        ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *command], check=False
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.performance", description=__doc__.splitlines()[0])
    parser.add_argument("--only", help=f"families, with commas between: {', '.join(FAMILIES)}")
    parser.add_argument("--sizes", help="articles, with commas between, such as 10k,100k,1m")
    parser.add_argument("--rivals", help="only rival services whose names hold one of these, with commas between")
    parser.add_argument("--inner", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="few rounds, small sizes, nothing from nothing")
    return parser


def _size(text: str) -> int:
    factor = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return int(text[:-1] if factor > 1 else text) * factor


if __name__ == "__main__":
    main(sys.argv[1:])
