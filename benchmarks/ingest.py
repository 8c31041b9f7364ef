"""Reading archives, measured: extraction, feeds, WordPress exports, furniture, and pages a second, each beside its target.

    make evaluate-ingest                            everything, some two minutes
    python -m benchmarks.ingest --only feeds,wordpress

Needs the development data. The targets are those that the readers were built to; what is missed says so.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from benchmarks import ingest_boilerplate, ingest_feeds, ingest_pages, ingest_wordpress
from benchmarks.machine import machine

OURS = "alsoread"
BODY = 0.96
STATED = 0.98
SPEED = 0.8


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table; `met` is None where there is no target."""

    what: str
    measure: str
    target: str
    reached: str
    met: bool | None


def pages_text() -> Iterator[Line]:
    """The body of saved pages, beside trafilatura's."""
    found = ingest_pages.measure_text()
    ours = found[OURS]
    bare = max(parts["all"]["f1"] for name, parts in found.items() if name != OURS)
    for part, scores in ours.items():
        told = f"{scores['f1']:.4f} (precision {scores['precision']:.3f}, recall {scores['recall']:.3f})"
        target, met = (
            ("", None) if part != "all" else (f"≥ {BODY}, and not under trafilatura's", scores["f1"] >= max(BODY, bare))
        )
        yield Line("saved pages, 181", f"F1 of the body, {part}", target, told, met)
    for name, parts in found.items():
        if name != OURS:
            yield Line("", f"… {name}", "", f"{parts['all']['f1']:.4f}", None)


def pages_stated() -> Iterator[Line]:
    """What pages say of themselves."""
    for field, found in ingest_pages.measure_metadata().items():
        told = f"{found['right']:.4f} of {found['stated']}"
        yield Line("saved pages", f"{field}, right where it is stated", f"≥ {STATED}", told, found["right"] >= STATED)


def pages_speed() -> Iterator[Line]:
    """Pages a second, in turns."""
    found = ingest_pages.measure_speed()
    bare = found["trafilatura, 2 processes"]
    for name, rate in found.items():
        counts = name == f"{OURS}, 2 processes"
        target = f"≥ {SPEED} × trafilatura" if counts else ""
        told = f"{rate:.1f} a second ({rate / bare:.2f} × trafilatura with two processes)"
        yield Line("saved pages", name, target, told, rate >= SPEED * bare if counts else None)


def feeds() -> Iterator[Line]:
    """The suite of hard feeds."""
    found = ingest_feeds.measure()
    lost = sum(len(found[name]) for name in ("crashes", "hangs", "losses"))
    yield Line("feeds", f"crashes, hangs, silent losses in {found['files']:,} files", "0", str(lost), lost == 0)
    for field, (agree, of) in found["agreement"].items():
        yield Line("", f"… {field} as the file's comment says", "", f"{agree} of {of}", None)


def wordpress() -> Iterator[Line]:
    """The items of WordPress exports."""
    found = ingest_wordpress.measure()
    told = f"{found['items_read']} of {found['items_in_files']}: " + ", ".join(
        f"{count} {kind}" for kind, count in found["kinds"].items()
    )
    yield Line(f"WordPress exports, {found['files']}", "items read, by kind", "all", told, not found["lost"])


def dump() -> Iterator[Line]:
    """The scraped page of text."""
    found = ingest_pages.measure_text_dump()
    wrong = [name for name, right in found.items() if not right]
    told = "exact" if not wrong else f"wrong: {', '.join(wrong)}"
    yield Line("a scraped page of text", ", ".join(found), "exact", told, not wrong)


def boilerplate() -> Iterator[Line]:
    """The furniture of invented sites; the target is for the example newspaper, other archives show how far it carries."""
    found = ingest_boilerplate.measure()
    removed, lost = ingest_boilerplate.REMOVED_TARGET, ingest_boilerplate.LOST_TARGET
    for row in found["pages"]:
        aside = " (kept aside)" if row["kept_aside"] else ""
        held = row["archive"] == ingest_boilerplate.TARGETED
        good = row["removed"] >= removed and row["lost"] <= lost if held else None
        told = f"{row['removed']:.4f} / {row['lost']:.5f}"
        what = f"furniture: {row['archive']} on {row['site']}{aside}"
        yield Line(what, "furniture removed / text lost", f"≥ {removed} / ≤ {lost}" if held else "", told, good)
    for name, facts in found["clean"].items():
        yield Line(
            f"furniture: {name} as it is", "what is removed", "", ", ".join(f"{k} {v}" for k, v in facts.items()), None
        )


PARTS: Mapping[str, Callable[[], Iterator[Line]]] = MappingProxyType(
    {
        "text": pages_text,
        "stated": pages_stated,
        "feeds": feeds,
        "wordpress": wordpress,
        "dump": dump,
        "boilerplate": boilerplate,
        "speed": pages_speed,
    }
)


def main(given: Sequence[str]) -> None:
    """Measure and print; exit code 1 where a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__.splitlines()[0])
    parser.add_argument("--only", help=f"parts, with commas between: {', '.join(PARTS)}")
    chosen = (parser.parse_args(given).only or ",".join(PARTS)).split(",")
    if unknown := set(chosen) - set(PARTS):
        raise SystemExit(f"no part is called {sorted(unknown)}; expected some of {', '.join(PARTS)}")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    print(f"{machine()}\n\n| what | measure | target | reached | |\n| --- | --- | --- | --- | --- |", flush=True)
    missed = 0
    for name in chosen:
        for line in PARTS[name]():
            verdict: Any = "" if line.met is None else "met" if line.met else "**missed**"
            missed += line.met is False
            print(f"| {line.what} | {line.measure} | {line.target} | {line.reached} | {verdict} |", flush=True)
    if missed:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
