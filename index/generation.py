"""What a new generation is made of: which rows of the serving snapshot stay, and which articles get a new row.

An article's *fingerprint* covers all that its row is made from. Rows whose fingerprint stands stay where they are; the
others are tombstoned, and what is new goes into new segments. Segments are merged when too many, or too hollow.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from index.article import digest
from index.catalogue_key import ArticleKey
from index.click_rates import ClickRates
from index.columns import FileSeal, seal_of, sync_folder
from index.copies import CopyState
from index.segment import HAS_VECTOR, Row, Segment, write_segment
from index.snapshot import Manifest, Recipe, Snapshot

SEGMENT_ROWS = 250_000
"""At most so many rows are written as one segment, which bounds the memory that writing takes."""

MAX_SMALL_SEGMENTS = 8
MAX_DELETED_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Archive:
    """The archive as it would be: articles by id, and what was found out about them together."""

    keys: Mapping[str, ArticleKey]
    copies: Mapping[str, CopyState]
    aliases: Mapping[str, tuple[str, ...]]
    seq: int = 0
    """Number of the change log up to which it holds what was written between rebuilds."""
    rebuild: int = 0
    """Number of the rebuild that makes a generation of it."""
    folded: bool = False
    """True: nothing but what was written between rebuilds is new in it."""
    clicks: ClickRates = field(default_factory=ClickRates.none)
    """What is clicked more than expected."""

    def fingerprints(self, recipe: Recipe) -> dict[str, bytes]:
        """16 bytes an article over everything that its row is made from."""
        made_with = orjson.dumps(asdict(recipe), option=orjson.OPT_SORT_KEYS)
        return {
            article_id: digest(
                made_with,
                key.record_hash,
                self.copies[article_id].key,
                str(self.copies[article_id].superseded_at),
                *self.aliases.get(article_id, ()),
            )
            for article_id, key in self.keys.items()
        }

    def sections(self) -> dict[str, int]:
        """Articles by top-level section; the empty name for those without one."""
        return dict(sorted(Counter((key.section or "").split("/")[0] for key in self.keys.values()).items()))


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
    changes: bool
    """False: the serving snapshot is already what the next one would be."""


def plan_generation(base: Snapshot | None, fingerprints: Mapping[str, bytes]) -> Plan:
    """What stays and what is written.

    `base` is the serving snapshot where it was made with the same recipe, None where everything must be written.
    """
    missing = dict(fingerprints)
    segments: list[Segment] = []
    masks: list[npt.NDArray[np.bool_]] = []
    changes = base is None
    rewritten = 0
    for segment, dead in zip(base.segments if base else (), base.dead if base else (), strict=True):
        prints = segment.fingerprint.tobytes()
        mask = dead.copy()
        for row in np.flatnonzero(~dead):
            article_id = segment.ids[int(row)].decode()
            if missing.get(article_id) == prints[16 * row : 16 * row + 16]:
                del missing[article_id]
            else:
                mask[row] = changes = True
                rewritten += article_id in fingerprints
        if not mask.all():
            segments.append(segment)
            masks.append(mask)
    changes = changes or bool(missing)
    if changes and _should_merge(segments, masks, len(missing)):
        return Plan((), (), tuple(sorted(fingerprints)), rewritten, changes)
    return Plan(tuple(segments), tuple(masks), tuple(sorted(missing)), rewritten, changes)


def _should_merge(segments: Sequence[Segment], masks: Sequence[npt.NDArray[np.bool_]], fresh: int) -> bool:
    rows = sum(segment.rows for segment in segments)
    deleted = sum(int(mask.sum()) for mask in masks)
    many = MAX_SMALL_SEGMENTS + (rows + fresh) // SEGMENT_ROWS
    return len(segments) + bool(fresh) > many or deleted > MAX_DELETED_SHARE * (rows + fresh)


def live_ids(snapshot: Snapshot | None) -> Iterator[str]:
    """Ids of all articles of a snapshot."""
    for segment, dead in zip(snapshot.segments if snapshot else (), snapshot.dead if snapshot else (), strict=True):
        for row in np.flatnonzero(~dead):
            yield segment.ids[int(row)].decode()


def write_fresh(data: Path, plan: Plan, rows_of: Callable[[Sequence[str]], Iterable[Row]]) -> list[Segment]:
    """Write the plan's fresh articles as segments (`rows_of` gives the rows of some ids) and open them."""
    written: list[Segment] = []
    for start in range(0, len(plan.fresh), SEGMENT_ROWS):
        rows = list(rows_of(plan.fresh[start : start + SEGMENT_ROWS]))
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"
        building = data / "segments" / f".{name}"
        write_segment(building, rows)
        building.rename(data / "segments" / name)
        sync_folder(data / "segments")
        written.append(Segment(data / "segments" / name))
    return written


def make_manifest(
    data: Path, archive: Archive, plan: Plan, written: Sequence[Segment], recipe: Recipe, parent: str | None
) -> Manifest:
    """The manifest of the kept and the written segments together."""
    segments = (*plan.segments, *written)
    masks = [*plan.dead, *(np.zeros(segment.rows, dtype=np.bool_) for segment in written)]
    now = datetime.now(UTC)
    dates = (key.published for key in archive.keys.values() if key.published is not None)
    newest = max((date for date in dates if date <= now.timestamp()), default=None)
    return Manifest(
        generation=f"{now:%Y%m%dT%H%M%S}{now.microsecond // 1000:03}Z-{secrets.token_hex(3)}",
        created_at=now.isoformat(timespec="seconds").replace("+00:00", "Z"),
        parent=parent,
        seq=archive.seq,
        rebuild=archive.rebuild,
        folded=archive.folded,
        recipe=recipe,
        articles=len(archive.keys),
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
        newest=datetime.fromtimestamp(newest, UTC).isoformat().replace("+00:00", "Z") if newest is not None else None,
    )
