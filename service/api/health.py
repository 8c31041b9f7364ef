"""Is the process alive, and can it answer? And how far is what it answers behind what was written?"""

import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from flask import Blueprint, Response

from index.cluster.reading import ClusterIndex
from index.data_folder import disk_problem, read_only_problem
from index.errors import ArchiveError
from index.indexer_state import read_indexer_state
from index.live_index import LiveIndex
from index.pointer import pointer
from recommender.policy import Policies
from recommender.recommend import Recommender
from recommender.split import SplitPolicies
from service.answers import dump
from service.api.responses import uncached
from service.purge_state import purge_record

INDEXER_FIELDS = ("state", "alive", "model", "waiting", "waiting_since", "last_embedded_at", "last_fold", "problem")


def make_health(
    recommender: Recommender,
    data: Path,
    writes: bool = True,
    purge_url: str | None = None,
    cache: Callable[[], dict[str, int]] | None = None,
) -> Blueprint:
    """`/health/live` and `/health/ready`; `data` is where the indexer notes how it is. `writes`: the data folder is meant to
    be written to, which a read-only one of a web container without an indexer is not. `purge_url`: where purges are posted.
    `cache` tells how this worker's cache does.
    """
    views = Blueprint("health", __name__)

    @views.get("/health/live")
    def live() -> Response:
        return uncached(dump({"status": "live", "worker": os.getpid()}))

    @views.get("/health/ready")
    def ready() -> Response:
        manifest = recommender.index.snapshot().manifest
        folder = disk_problem(data) or (read_only_problem(data) if writes else None)
        indexer = indexer_record(data, folder)
        policies = _policies(recommender.policies)
        purge = purge_record(data, purge_url) if purge_url else None
        problems = (
            recommender.index.problem,
            recommender.policies.problem,
            recommender.rules.problem,
            folder,
            indexer and indexer["problem"],
            purge and purge["problem"],
        )
        record = {
            "status": "ready",
            "generation": manifest.generation,
            "created_at": manifest.created_at,
            "articles": manifest.articles,
            "newest_article": manifest.newest,
            **policies,
            "rolled_back": is_rolled_back(data),
            "changes": _changes(recommender),
            "indexer": indexer,
            "purge": purge,
            "cache": cache() if cache else None,
            "problem": next(filter(None, problems), None),
        }
        return uncached(dump(record))

    return views


def _policies(policies: Policies) -> dict[str, object]:
    """The versions in force; of two that share the articles also the second and its share."""
    record: dict[str, object] = {"policy": policies.current().version, "policy_b": None, "policy_split": None}
    if isinstance(policies, SplitPolicies):
        first, second = policies.in_force()
        record = {"policy": first.version, "policy_b": second.version, "policy_split": policies.share}
    return record


def is_rolled_back(data: Path) -> bool:
    """Whether the published generation is one that a person went back to."""
    try:
        return pointer(data).rolled_back
    except ArchiveError:
        return False


def _changes(recommender: Recommender) -> dict[str, object] | None:
    """How far this worker is in the change log; null where it follows none."""
    if not isinstance(recommender.index, (LiveIndex, ClusterIndex)):
        return None
    following = recommender.index.following
    return {"seq": following.seq, "waiting": following.waiting}


def indexer_record(data: Path, folder: str | None) -> dict[str, object] | None:
    """How the indexer is; null where none ever ran over this data folder. Where that cannot be written to, an old note says
    nothing about it."""
    state = read_indexer_state(data)
    if state is None:
        return None
    record = {name: value for name, value in asdict(state).items() if name in INDEXER_FIELDS}
    if not state.alive and folder is not None:
        record |= {"alive": None, "problem": f"the indexer cannot say how it is: {folder}"}
    elif not state.alive and record["problem"] is None:
        record["problem"] = "the indexer does not run; new articles are answered by terms until it does"
    return record
