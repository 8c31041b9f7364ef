"""`make grown-up`: the grown-up setting here, the corpus in it, the same questions to a host with an index and to a replica.

    python -m benchmarks.grown_up --articles 100000 [--stay]

Where there is a network besides loopback it must run where there is none: `make grown-up` does. With `--stay` all of it runs
on until it is interrupted, and says where.
"""

import argparse
import time

from benchmarks.corpus import corpus
from benchmarks.grown_up.agreement import HEAD, SLOTS, agreement
from benchmarks.grown_up.overhead import overhead
from benchmarks.grown_up.setting import GrownUp, grown_up, told
from benchmarks.grown_up.sizes import sizes
from benchmarks.machine import machine

SHOWN = 3


def main() -> None:
    """Start, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--stay", action="store_true", help="run on until interrupted")
    options = parser.parse_args()
    with grown_up(options.articles) as running:
        ids = [one.id for one in corpus(options.articles)]
        print(machine(), f"\n{options.articles:,} articles\n", flush=True)
        show(running, ids)
        print(HEAD)
        for slot in SLOTS:
            print(agreement(running, ids, slot).row(), flush=True)
        print()
        overhead(running, ids)
        print()
        sizes(running, options.articles)
        if options.stay:
            for name, process in running.processes.items():
                told(f"{name}: http://127.0.0.1:{process.port}" if process.port else name)
            while True:
                time.sleep(1)


def show(running: GrownUp, ids: list[str]) -> None:
    """A few answers of a replica, for people."""
    for article_id in ids[:SHOWN]:
        body = running.replicas[-1].get(f"/v1/also-read?id={article_id}")[1]
        print(f"{body['article']['title']}")
        for item in body["items"]:
            print(f"    {item['score']:.2f}  {item['title']}  ({'; '.join(item['reasons'])})")
    print(flush=True)


if __name__ == "__main__":
    main()
