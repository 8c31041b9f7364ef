"""How the archive is: what readers get now, how good their lists are, the last rebuilds, what was taken down."""

import logging
import threading
import time

from flask import Response, request

from index.audit import record
from index.catalogue import Catalogue
from index.data_folder import read_only_problem
from index.engines import database_errors_said, writing
from index.errors import ArchiveError, DamagedSnapshot, IncompatibleSnapshot, RebuildLocked, UnknownSnapshot
from index.kept import roll_back
from index.rebuild_log import read_taken_down
from recommender.coverage import STATES, Coverage, coverage
from service.desk.cards import card_by_id
from service.desk.frame import Desk, Refused
from service.desk.health_facts import facts_of, generations_told, problems_of
from service.desk.shown import SLOT_NAMES
from service.desk.visitors import Visitor
from service.problems import CHANGED_MEANWHILE

log = logging.getLogger(__name__)

PATH = "/desk/health"

SAMPLE, SECONDS = 200, 4.0
LARGE_SAMPLE, LARGE_SECONDS = 1_000, 20.0

FRESH_SECONDS = 600.0
"""So long what was counted is shown again, where the index and the policy are the same."""

TAKEN_DOWN = 50


class Counted:
    """What was counted last, in this process; one counts at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._lock = threading.Lock()
        self._known: dict[bool, tuple[tuple[str, str], float, Coverage]] = {}

    def last(self, large: bool = False) -> Coverage | None:
        """What is known and still true."""
        known = self._known.get(large)
        if known is None or known[0] != self._of() or time.monotonic() - known[1] > FRESH_SECONDS:
            return None
        return known[2]

    def count(self, large: bool) -> Coverage:
        """Counted now, where it is not known."""
        with self._lock:
            if (known := self.last(large)) is not None:
                return known
            sample, seconds = (LARGE_SAMPLE, LARGE_SECONDS) if large else (SAMPLE, SECONDS)
            found = coverage(self._desk.recommender, self._desk.clock(), sample, seconds)
            self._known[large] = (self._of(), time.monotonic(), found)
            return found

    def _of(self) -> tuple[str, str]:
        recommender = self._desk.recommender
        return recommender.index.snapshot().generation, recommender.policies.current().version


def add_health(desk: Desk) -> None:
    """`/desk/health`, `/desk/health/coverage` and `/desk/health/restore`."""
    counted = Counted(desk)

    @desk.view(PATH)
    def health(_visitor: Visitor) -> Response:
        with database_errors_said():
            taken, how_many = read_taken_down(desk.catalogue().engine, TAKEN_DOWN)
        return desk.page(
            "health.html",
            problems=problems_of(desk),
            facts=facts_of(desk, how_many),
            rebuilds=generations_told(desk),
            found=counted.last(),
            slots=SLOT_NAMES,
            states=STATES,
            taken=taken,
            taken_count=how_many,
            restored=request.args.get("restored", "")[:64],
            unnoted="unnoted" in request.args,
        )

    @desk.view(f"{PATH}/coverage")
    def covered(_visitor: Visitor) -> Response:
        large = request.args.get("sample") == "large"
        found = counted.count(large)
        snapshot, now = desk.recommender.index.snapshot(), desk.clock()
        cards = {
            article_id: card_by_id(snapshot, article_id, now) for ids in found.examples.values() for article_id in ids
        }
        return desk.page("coverage.html", found=found, slots=SLOT_NAMES, states=STATES, cards=cards, large=large)

    @desk.view(f"{PATH}/restore", methods=("POST",), needs="admin")
    def restore(visitor: Visitor) -> Response:
        if (problem := read_only_problem(desk.settings.data)) is not None:
            raise Refused(CHANGED_MEANWHILE, f"{problem[:1].upper()}{problem[1:]}.")
        wanted = request.form.get("generation", "")
        try:
            before, now = roll_back(desk.settings.data, wanted or "(none was named)")
        except (UnknownSnapshot, DamagedSnapshot, IncompatibleSnapshot, RebuildLocked) as error:
            text = str(error)
            raise Refused(CHANGED_MEANWHILE, f"{text[:1].upper()}{text[1:]}.") from error
        try:
            desk.writer.run(lambda catalogue: _note(catalogue, visitor.name, before, now))
        except ArchiveError as error:
            log.error("%s went back to %s, which could not be noted: %s", visitor.name, now, error)
            return desk.go(PATH, restored=now, unnoted=1)
        return desk.go(PATH, restored=now)


def _note(catalogue: Catalogue, who: str, before: str | None, now: str) -> None:
    with writing(catalogue.engine) as connection:
        record(connection, who, "snapshot.restore", now, before, now)
