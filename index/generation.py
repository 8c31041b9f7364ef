"""What a new generation is made of: which rows of the serving snapshot stay, and which articles get a new row.

An article's *fingerprint* covers all that its row is made from. Rows whose fingerprint stands stay where they are; the
others are tombstoned, and what is new goes into new segments. Segments are merged when too many, or too hollow.
"""

import secrets
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from index.archive_copies import ArchiveCopies
from index.article_columns import NO_DATE, ArticleColumns, Hashes, KnownHashes, Rows, hashes_of
from index.click_rates import ClickRates
from index.columns import FileSeal, seal_of, sync_folder
from index.memory import give_back
from index.merging import SEGMENT_ROWS, segments_to_merge
from index.segment import HAS_VECTOR, Row, Segment, write_segment
from index.snapshot import Manifest, Recipe, Snapshot

WORTH_GIVING_BACK = 50_000
"""After a segment of so many rows the memory that they took is given back, before the next one or the map takes more."""


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive as it would be: its articles, and what was found out about them together."""

    columns: ArticleColumns
    copies: ArchiveCopies
    aliases: Mapping[str, tuple[str, ...]]
    """Former addresses by id."""
    seq: int = 0
    """Number of the change log up to which it holds what was written between rebuilds."""
    rebuild: int = 0
    """Number of the rebuild that makes a generation of it."""
    folded: bool = False
    """True: nothing but what was written between rebuilds is new in it."""
    clicks: ClickRates = field(default_factory=ClickRates.none)
    """What is clicked more than expected."""

    def __len__(self) -> int:
        return len(self.columns)

    def fingerprints(self, recipe: Recipe) -> Hashes:
        """16 bytes an article over everything that its row is made from (`index.article.digest` of that), aligned with
        `columns`."""
        start = blake2b(digest_size=16)
        start.update(_with_length(orjson.dumps(asdict(replace(recipe, rules=0)), option=orjson.OPT_SORT_KEYS)))
        records, keys = self.columns.record_hash.tobytes(), self.copies.keys.tobytes()
        read = self.columns.content_hash.tobytes()  # what the rules leave of title and text
        former = {row: self.aliases[key] for key in self.aliases if (row := self.columns.at(key)) is not None}
        sixteen, superseded = (16).to_bytes(8, "little"), _Superseded()
        prints: list[bytes] = []
        for row, at in enumerate(self.copies.superseded_at.tolist()):
            state, part = start.copy(), slice(16 * row, 16 * row + 16)
            state.update(b"".join((sixteen, records[part], sixteen, read[part], sixteen, keys[part], superseded[at])))
            for url in former.get(row, ()):
                state.update(_with_length(url.encode("utf-8", "surrogatepass")))
            prints.append(state.digest())
        return hashes_of(prints)

    def sections(self) -> dict[str, int]:
        """Articles by top-level section; the empty name for those without one."""
        counts: Counter[str] = Counter()
        for section, count in Counter(self.columns.sections).items():
            counts[(section or "").split("/")[0]] += count
        return dict(sorted(counts.items()))

    def newest(self, now: datetime) -> datetime | None:
        """When the newest article was published that is not still to come."""
        published = self.columns.published
        known = published[(published != NO_DATE) & (published <= now.timestamp())]
        return datetime.fromtimestamp(int(known.max()), UTC) if len(known) else None


def _with_length(part: bytes) -> bytes:
    return len(part).to_bytes(8, "little") + part


class _Superseded(dict[int, bytes]):
    """Times of supersession as a fingerprint takes them up: nearly all are the same one."""

    def __missing__(self, at: int) -> bytes:
        self[at] = _with_length(str(at).encode())
        return self[at]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the next generation follows from the serving one."""

    segments: tuple[Segment, ...]
    dead: tuple[npt.NDArray[np.bool_], ...]
    """(rows,) bool for each kept segment: what is deleted, now and before."""
    fresh: tuple[str, ...]
    """Ids of the articles to write, sorted."""
    rewritten: int
    """How many articles of the serving snapshot come out differently now."""
    gone: frozenset[str]
    """Ids of the serving snapshot's articles that the archive does not have."""
    added: int
    """How many articles of the archive the serving snapshot does not have."""
    changes: bool
    """False: the serving snapshot is already what the next one would be."""


def plan_generation(old: Snapshot | None, same_rows: bool, ids: Sequence[str], fingerprints: Hashes) -> Plan:
    """What stays and what is written: `ids`, ascending, with their fingerprints aligned.

    `old` is the serving snapshot, of which nothing stays unless its rows are made the same way (`Recipe.same_rows`).
    """
    segments, masks = (old.segments, old.dead) if old else ((), ())
    if not same_rows:
        before, now = set(live_ids(segments, masks)), set(ids)
        return Plan((), (), tuple(ids), 0, frozenset(before - now), len(now - before), True)
    stays, missing = _match(segments, masks, fingerprints)
    left = [~dead & ~kept for dead, kept in zip(masks, stays, strict=True)]
    wanted = {ids[row] for row in missing.tolist()}
    replaced = list(live_ids(segments, [~mask for mask in left]))
    gone_ids = frozenset(one for one in replaced if not _holds(ids, one))
    rewritten = len(replaced) - len(gone_ids)
    fresh = set(wanted)
    kept_segments: list[Segment] = []
    kept_masks: list[npt.NDArray[np.bool_]] = []
    dissolved = segments_to_merge(
        [int(kept.sum()) for kept in stays], [segment.rows for segment in segments], len(wanted)
    )
    outdated = {number for number, segment in enumerate(segments) if segment.vectors.outdated}
    dissolved |= outdated
    changes = bool(wanted) or bool(replaced) or bool(outdated)
    for number, (segment, kept) in enumerate(zip(segments, stays, strict=True)):
        if changes and number in dissolved:
            fresh.update(live_ids([segment], [~kept]))
        elif kept.any():
            kept_segments.append(segment)
            kept_masks.append(~kept)
    added = len(wanted - set(replaced))
    return Plan(tuple(kept_segments), tuple(kept_masks), tuple(sorted(fresh)), rewritten, gone_ids, added, changes)


def _holds(ids: Sequence[str], article_id: str) -> bool:
    at = bisect_left(ids, article_id)
    return at < len(ids) and ids[at] == article_id


def _match(
    segments: Sequence[Segment], masks: Sequence[npt.NDArray[np.bool_]], fingerprints: Hashes
) -> tuple[list[npt.NDArray[np.bool_]], Rows]:
    """Which rows of each segment stay, (rows,) bool, and for which of the fingerprints none does, ascending."""
    known = KnownHashes(fingerprints)
    missing = np.ones(len(fingerprints), np.bool_)
    stays: list[npt.NDArray[np.bool_]] = []
    for segment, dead in zip(segments, masks, strict=True):
        live = np.flatnonzero(~dead)
        found = known.find(np.ascontiguousarray(segment.fingerprint[live]))
        open_ = np.flatnonzero(found >= 0)
        open_ = open_[missing[found[open_]]]
        open_ = open_[np.unique(found[open_], return_index=True)[1]]
        missing[found[open_]] = False
        kept = np.zeros(segment.rows, np.bool_)
        kept[live[open_]] = True
        stays.append(kept)
    return stays, np.flatnonzero(missing)


def live_ids(segments: Sequence[Segment], masks: Sequence[npt.NDArray[np.bool_]]) -> Iterator[str]:
    """Ids of all rows of these segments that are not deleted."""
    for segment, dead in zip(segments, masks, strict=True):
        for row in np.flatnonzero(~dead).tolist():
            yield segment.ids[row].decode()


def write_fresh(data: Path, plan: Plan, rows_of: Callable[[Sequence[str]], Iterable[Row]]) -> list[Segment]:
    """Write the plan's fresh articles as segments (`rows_of` gives the rows of some ids) and open them."""
    written: list[Segment] = []
    for start in range(0, len(plan.fresh), SEGMENT_ROWS):
        written.append(_write_one(data, list(rows_of(plan.fresh[start : start + SEGMENT_ROWS]))))
        if written[-1].rows >= WORTH_GIVING_BACK:
            give_back()
    return written


def _write_one(data: Path, rows: Sequence[Row]) -> Segment:
    """Write and open a segment of these rows, which nobody holds once it is there: of two segments' rows at once each would
    take a gigabyte."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
    building = data / "segments" / f".{name}"
    write_segment(building, rows)
    building.rename(data / "segments" / name)
    sync_folder(data / "segments")
    return Segment(data / "segments" / name)


def make_manifest(
    data: Path, archive: Archive, plan: Plan, written: Sequence[Segment], recipe: Recipe, parent: str | None
) -> Manifest:
    """The manifest of the kept and the written segments together."""
    segments = (*plan.segments, *written)
    masks = [*plan.dead, *(np.zeros(segment.rows, dtype=np.bool_) for segment in written)]
    now = datetime.now(UTC)
    newest = archive.newest(now)
    return Manifest(
        generation=f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z-{secrets.token_hex(3)}",
        created_at=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        parent=parent,
        seq=archive.seq,
        rebuild=archive.rebuild,
        folded=archive.folded,
        recipe=recipe,
        articles=len(archive),
        vectors=sum(
            int(((segment.flags & HAS_VECTOR != 0) & ~mask).sum())
            for segment, mask in zip(segments, masks, strict=True)
        ),
        sections=archive.sections(),
        segments=tuple(
            (segment.name, seal_of(data / "segments" / segment.name / "segment.json").sha256) for segment in segments
        ),
        deleted=tuple(int(mask.sum()) for mask in masks),
        tombstones=FileSeal(0, ""),
        newest=newest.isoformat().replace("+00:00", "Z") if newest else None,
    )
