"""From a plan to a published snapshot: written aside, judged by the gate beside the last one, put in place, pointed at.

Until it has passed the gate a generation stands under a name that begins with a dot, which nothing lists and nothing
falls back to: a refused one, and one that was killed half-way, can never be served.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.click_rates import CLICKS, ClickRates
from index.columns import FolderWriter, sync_folder, write_sealed_json
from index.generation import Archive, Plan, make_manifest, write_fresh
from index.link_graph import LINKS, LinkGraph
from index.segment import Row
from index.snapshot import Manifest, Recipe, Snapshot, open_snapshot


def build_snapshot(
    data: Path,
    archive: Archive,
    plan: Plan,
    recipe: Recipe,
    parent: str | None,
    rows_of: Callable[[Sequence[str]], Iterable[Row]],
) -> Snapshot:
    """Write what the plan says as a generation aside, and open it from there; `put_in_place` makes it one of the others.

    What was just written is not read again to be compared with its checksums.
    """
    written = write_fresh(data, plan, rows_of)
    manifest = make_manifest(data, archive, plan, written, recipe, parent)
    unmarked = [np.zeros(segment.rows, dtype=np.bool_) for segment in written]
    links = LinkGraph.between((*plan.segments, *written), (*plan.dead, *unmarked))
    write_snapshot(data, manifest, [np.flatnonzero(mask) for mask in plan.dead], links, archive.clicks)
    return open_snapshot(data, building_name(manifest.generation), verify=False)


def building_name(generation: str) -> str:
    """The name of a generation's folder until it is put in place."""
    return f".{generation}"


def write_snapshot(
    data: Path, manifest: Manifest, tombstones: Sequence[npt.NDArray[np.int64]], links: LinkGraph, clicks: ClickRates
) -> None:
    """Write a generation aside, flushed to the disk; nothing lists it before `put_in_place`.

    `tombstones` are the deleted rows of each segment, aligned with `manifest.segments`, `links` those between its rows,
    `clicks` what is clicked more than expected; the manifest's seals of all are filled in here.
    """
    building = data / "snapshots" / building_name(manifest.generation)
    writer = FolderWriter(building)
    writer.array("tombstones", np.concatenate([np.zeros(0, np.int64), *tombstones]))
    for name, pairs in zip(LINKS, (links.outgoing, links.incoming), strict=True):
        writer.array(name, pairs)
    if len(clicks):
        writer.array(CLICKS[0], clicks.ids)
        writer.array(CLICKS[1], clicks.rates)
    seals = {name: asdict(seal) for name, seal in writer.close().items()}
    proofs = {
        "tombstones": seals.pop("tombstones.npy"),
        "links": _picked(seals, LINKS),
        "clicks": _picked(seals, CLICKS),
    }
    write_sealed_json(building / "manifest.json", {**asdict(replace(manifest, links={}, clicks={})), **proofs})
    sync_folder(building)


def _picked(seals: Mapping[str, dict[str, Any]], names: Iterable[str]) -> dict[str, dict[str, Any]]:
    files = [f"{name}.npy" for name in names]
    return {file: seals[file] for file in files if file in seals}


def put_in_place(data: Path, generation: str) -> None:
    """Make a finished generation one of those that may be published, and fallen back to."""
    snapshots = data / "snapshots"
    (snapshots / building_name(generation)).rename(snapshots / generation)
    sync_folder(snapshots)
