"""What a run of the benchmarks found: rows of figures, kept as JSON in `.bench`, so that tables and plots can be made again."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.machine import CACHE, machine

Figure = float | str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a family's table: what was measured, at how many articles, and its figures by name.

    Times are in ms unless a figure's name says otherwise, rates a second, memory in MB.
    """

    name: str
    size: int
    figures: Mapping[str, Figure]

    @property
    def key(self) -> tuple[str, int]:
        return self.name, self.size


@dataclass(frozen=True, slots=True)
class Results:
    """The rows of one family, and what they were measured on."""

    machine: str
    measured_at: str
    rows: tuple[Row, ...]

    def figure(self, name: str, size: int, figure: str) -> float | None:
        """A number of a row; None where it was not measured."""
        found = [row.figures.get(figure) for row in self.rows if row.key == (name, size)]
        return float(found[0]) if found and isinstance(found[0], (int, float)) else None


def keep(family: str, rows: Iterable[Row], folder: Path = CACHE) -> None:
    """Write rows beside those that an earlier run measured of other things or sizes; the same ones are replaced."""
    new = list(rows)
    known = load(family, folder)
    taken = {row.key for row in new}
    merged = [row for row in known.rows if row.key not in taken] if known else []
    body = {
        "machine": machine(),
        "measured_at": datetime.now(UTC).date().isoformat(),
        "rows": [asdict(row) for row in (*merged, *new)],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(family, folder)
    written = path.with_suffix(".new")
    written.write_text(json.dumps(body, indent=1), encoding="utf-8")
    written.replace(path)


def load(family: str, folder: Path = CACHE) -> Results | None:
    """What the last runs found; None where the family was never measured."""
    path = _path(family, folder)
    if not path.is_file():
        return None
    body = json.loads(path.read_text(encoding="utf-8"))
    rows = tuple(Row(row["name"], row["size"], row["figures"]) for row in body["rows"])
    return Results(body["machine"], body["measured_at"], rows)


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th percentile, by the nearest rank: p50, p95, p99. Raises `ValueError` for no values."""
    if not values:
        raise ValueError("expected at least one value to take percentiles of, got none")
    ordered = sorted(values)
    ranks = {f"p{share}": -(-share * len(ordered) // 100) - 1 for share in (50, 95, 99)}
    return {name: ordered[max(0, rank)] for name, rank in ranks.items()}


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of rounds that were measured in turn, ours over theirs: what slows a round slows both.

    Raises `ValueError` where there are not as many of the one as of the other, or none.
    """
    if len(ours) != len(theirs) or not ours:
        raise ValueError(f"expected as many rounds of the one as of the other, got {len(ours)} and {len(theirs)}")
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def _path(family: str, folder: Path) -> Path:
    return folder / f"results-{family}.json"
