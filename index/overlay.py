"""A snapshot and what changed since, as one snapshot: what was replaced or removed is dead, what is new stands in small
segments in memory.

The small segments are merged as they become many, so that each article is written anew only a few times (Bentley and Saxe
1980, "Decomposable searching problems I: static-to-dynamic transformation").
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from index.link_graph import LinkGraph
from index.live_links import LinkedBase
from index.row import UNDATED, Row
from index.segment import Segment
from index.snapshot import Snapshot

MERGE_RATIO = 4
"""A new segment takes in the one before it where that has at most so many times its rows."""


@dataclass(frozen=True, slots=True)
class _Tier:
    """A segment in memory, and which of its rows died since."""

    segment: Segment
    dead: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Overlay:
    """A snapshot and its changes; each change gives another overlay, and whoever answers from `view` is not disturbed."""

    base: Snapshot
    view: Snapshot
    rows: Mapping[str, Row] = field(default_factory=dict)
    """The rows of the segments in memory that are alive, by id."""
    _dead: tuple[npt.NDArray[np.bool_], ...] = ()
    _tiers: tuple[_Tier, ...] = ()
    _links: LinkedBase | None = None

    @classmethod
    def over(cls, base: Snapshot, links: LinkedBase | None = None) -> "Overlay":
        """Nothing changed yet. With `links` (`linked_base`) the greatest cost of the first change is paid already."""
        return cls(base, base, _dead=tuple(base.dead), _links=links)

    def without(self, ids: Iterable[str]) -> "Overlay":
        """These articles gone, at once: everything else, the links between the others too, is left for `changed`."""
        gone = {article_id for article_id in ids if self.view.row_of_id(article_id) is not None}
        if not gone:
            return self
        dead, tiers = self._killed(gone)
        rows = {key: row for key, row in self.rows.items() if key not in gone}
        view = self._view(rows, dead, tiers, self.view.links)
        return replace(self, view=view, rows=rows, _dead=dead, _tiers=tiers)

    def changed(self, rows: Mapping[str, Row | None]) -> "Overlay":
        """These articles as they are now; None for those that are not served any more."""
        if not rows:
            return self
        dead, tiers = self._killed(rows)
        alive = {key: row for key, row in self.rows.items() if key not in rows}
        fresh = [row for row in rows.values() if row is not None]
        kept = [tier for tier in tiers if not tier.dead.all()]
        while fresh and kept and (kept[-1].segment.rows - int(kept[-1].dead.sum())) <= MERGE_RATIO * len(fresh):
            last = kept.pop()
            ids = [last.segment.ids[int(row)].decode() for row in np.flatnonzero(~last.dead)]
            fresh += [alive[article_id] for article_id in ids]
        if fresh:
            segment = Segment.in_memory(fresh)
            kept.append(_Tier(segment, np.zeros(segment.rows, dtype=np.bool_)))
        alive |= {key: row for key, row in rows.items() if row is not None}
        links = self._links or linked_base(self.base)
        segments = (*self.base.segments, *(tier.segment for tier in kept))
        masks = (*dead, *(tier.dead for tier in kept))
        graph = links.after(len(dead), segments, masks, self._gone(dead))
        return Overlay(self.base, self._view(alive, dead, tuple(kept), graph), alive, dead, tuple(kept), links)

    def _killed(self, ids: Iterable[str]) -> tuple[tuple[npt.NDArray[np.bool_], ...], tuple[_Tier, ...]]:
        """The dead rows of the base and of the tiers when these articles died too; what is unchanged is shared."""
        dead = list(self._dead)
        tiers = list(self._tiers)
        for article_id in ids:
            for number, segment in enumerate(self.base.segments):
                dead[number] = _with(dead[number], segment.row_of_id(article_id), dead[number] is self._dead[number])
            for number, tier in enumerate(tiers):
                shared = tier.dead is self._tiers[number].dead
                mask = _with(tier.dead, tier.segment.row_of_id(article_id), shared)
                tiers[number] = tier if mask is tier.dead else _Tier(tier.segment, mask)
        return tuple(dead), tuple(tiers)

    def _gone(self, dead: tuple[npt.NDArray[np.bool_], ...]) -> npt.NDArray[np.int64]:
        """Rows of the base that died since."""
        masks = [now & ~before for now, before in zip(dead, self.base.dead, strict=True)]
        return np.flatnonzero(np.concatenate([np.zeros(0, np.bool_), *masks]))

    def _view(
        self,
        rows: Mapping[str, Row],
        dead: tuple[npt.NDArray[np.bool_], ...],
        tiers: tuple[_Tier, ...],
        links: LinkGraph,
    ) -> Snapshot:
        lost = sum(int(now.sum()) - int(before.sum()) for now, before in zip(dead, self.base.dead, strict=True))
        manifest = self.base.manifest
        now = int(time.time())
        dates = [row.published for row in rows.values() if UNDATED < row.published <= now]
        newest = datetime.fromtimestamp(max(dates), UTC).isoformat().replace("+00:00", "Z") if dates else None
        known = [moment for moment in (manifest.newest, newest) if moment]
        described = replace(
            manifest,
            articles=manifest.articles - lost + len(rows),
            newest=max(known, key=datetime.fromisoformat, default=None),
        )
        segments = (*self.base.segments, *(tier.segment for tier in tiers))
        masks = (*dead, *(tier.dead for tier in tiers))
        return Snapshot(described, segments, masks, links, self.view, len(self.base.segments))


def linked_base(base: Snapshot) -> LinkedBase:
    """The links of a snapshot, prepared for changes; it holds on to nothing of the snapshot but its links."""
    return LinkedBase.of(base.segments, base.dead, base.links)


def _with(mask: npt.NDArray[np.bool_], row: int | None, shared: bool) -> npt.NDArray[np.bool_]:
    """The mask with one more row set; another array where it is shared."""
    if row is None or mask[row]:
        return mask
    copied = mask.copy() if shared else mask
    copied[row] = True
    return copied
