"""The tables and plots of what was measured, made from the results that are kept; measures nothing.

python -m benchmarks.report                  print all tables, and how each target stands
python -m benchmarks.report --docs           put them into docs/performance.md, and the plots into docs/plots
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import growth_plots, targets
from benchmarks.machine import CACHE
from benchmarks.results import Figure, Results, Row, load

DOCS = Path(__file__).parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class Table:
    """How a family is shown: a heading, and its columns as (figure, heading, form of a number)."""

    heading: str
    columns: tuple[tuple[str, str, str], ...]
    first: str = ""
    """The row that begins with this comes first of its size."""
    pictures: tuple[str, ...] = ()
    """Names of the pictures under it."""


RATE = ("rate", "requests/s", "{:,.0f}")
TIMES = (("p50", "p50 ms", "{:.2f}"), ("p95", "p95 ms", "{:.2f}"), ("p99", "p99 ms", "{:.2f}"))
PROCESSOR = ("processor", "processor, ms a request", "{:.2f}")

TABLES = {
    "warm": Table(
        "Warm answers over HTTP",
        (RATE, ("over Flask", "× an empty Flask view", "{:.2f}"), ("over bare", "× a bare callable", "{:.2f}"), *TIMES,
         PROCESSOR),
    ),
    "cold": Table(
        "Cold answers over HTTP, each of another article",
        (RATE, ("ours over it", "this service over it", "{:.1f} ×"), *TIMES, PROCESSOR, ("nDCG@10", "nDCG@10", "{:.3f}"),
         ("recall@10", "recall@10 of the nearest", "{:.3f}")),
        first="cold · this service",
        pictures=("growth-cold",),
    ),
    "retrieval": Table(
        "Finding candidates, in process, one thread",
        (*TIMES, ("processor p50", "processor p50", "{:.2f}"), ("processor p99", "processor p99", "{:.2f}"),
         ("recall@10", "recall@10", "{:.3f}")),
        pictures=("growth-meaning", "growth-terms"),
    ),
    "embedding": Table(
        "Embedding",
        (("articles a second of the processor", "articles/s of the processor", "{:.1f}"),
         ("tokens a second", "tokens/s", "{:,.0f}"), ("articles a second passed", "articles/s passed", "{:.1f}"),
         ("ratio to encode", "× `encode`", "{:.2f}"), ("greatest difference", "greatest difference", "{}")),
    ),
    "rebuild": Table(
        "Rebuilding, without embedding",
        (("seconds", "seconds", "{:,.1f}"), ("processor seconds", "of the processor", "{:,.1f}"),
         ("articles a second", "articles/s", "{:,.0f}"), ("peak MB", "peak MB", "{:,.0f}"),
         ("MB written", "MB written", "{:,.0f}"), ("segments", "segments", "{:.0f}")),
        pictures=("growth-rebuild",),
    ),
    "footprint": Table(
        "Memory (PSS of all processes) and start-up",
        (("ready seconds", "ready after s", "{:.2f}"), ("processor until ready", "of the processor", "{:.2f}"),
         ("MB when ready", "MB when ready", "{:,.0f}"), ("MB", "MB after 2,000 articles were asked", "{:,.0f}"),
         ("MB of its own", "… without mapped files", "{:,.0f}"), ("MB more", "MB for one worker more", "{:,.0f}")),
        pictures=("growth-memory", "growth-start"),
    ),
    "model": Table("With the real model: 2,076 long articles", (("seconds", "seconds", "{:.1f}"),)),
}  # fmt: skip

KEPT_IN = {"warm": "http", "cold": "http"}
"""Where a table is a part of a family's results."""


def table_of(name: str, folder: Path = CACHE) -> list[str]:
    """The lines of a table; none where nothing was measured."""
    shown, results = TABLES[name], load(KEPT_IN.get(name, name), folder)
    rows = [row for row in results.rows if name not in KEPT_IN or row.name.startswith(name)] if results else []
    if not results or not rows:
        return []
    columns = shown.columns or tuple((key, key, "{:,.2f}") for key in rows[0].figures)
    rows = sorted(rows, key=lambda row: (row.size, not (shown.first and row.name.startswith(shown.first))))
    heads = ["articles", "what", *(head for _, head, _ in columns)]
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    return [*lines, *(_line(row, columns) for row in rows), "", _measured(results)]


def print_family(family: str) -> None:
    """The tables of one family of measurements."""
    for name, shown in TABLES.items():
        lines = table_of(name) if KEPT_IN.get(name, name) == family else []
        if lines:
            print("\n".join([f"### {shown.heading}\n", *lines, ""]), flush=True)


def _line(row: Row, columns: Sequence[tuple[str, str, str]]) -> str:
    name = row.name.removeprefix("cold · ").removeprefix("warm · ")
    if "note" in row.figures:
        return f"| {row.size:,} | {name}: {row.figures['note']} |" + " |" * len(columns)
    cells = [_cell(row.figures.get(key), form) for key, _, form in columns]
    return f"| {_size(row)} | {name} | {' | '.join(cells)} |"


def _size(row: Row) -> str:
    return f"{row.size:,}" if row.size else ""


def _cell(value: Figure | None, form: str) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else form.format(value)


def _measured(results: Results) -> str:
    return f"{results.measured_at}; {results.machine}."


def put_into(text: str, name: str, lines: Sequence[str]) -> str:
    """A document with the part between `<!-- bench: NAME -->` and `<!-- end -->` replaced. Raises `ValueError` where it has
    no such part."""
    start, end = f"<!-- bench: {name} -->\n", "<!-- end -->"
    head, found, rest = text.partition(start)
    if not found or end not in rest:
        raise ValueError(f"expected a part {start.strip()} … {end} in the document, found none")
    body = "\n".join(lines).strip()
    return f"{head}{start}\n{body}\n\n{rest[rest.index(end) :]}"


def write_docs() -> None:
    """Put every table that was measured into docs/performance.md, and the pictures that can be drawn."""
    path = DOCS / "performance.md"
    text = path.read_text(encoding="utf-8")
    drawn = growth_plots.draw(DOCS / "plots")
    for name, shown in TABLES.items():
        if lines := table_of(name):
            pictures = [f"![{drawn[one]}](plots/{one}.svg)" for one in shown.pictures if one in drawn]
            text = put_into(text, name, [*lines, "", *pictures])
    path.write_text(put_into(text, "targets", targets.table()), encoding="utf-8")


def main(given: Sequence[str]) -> None:
    """Print, or write."""
    if "--docs" in given:
        write_docs()
        return
    for family in dict.fromkeys(KEPT_IN.get(name, name) for name in TABLES):
        print_family(family)
    print("\n".join(["### Targets\n", *targets.table()]))


if __name__ == "__main__":
    main(sys.argv[1:])
