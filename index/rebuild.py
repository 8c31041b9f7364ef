"""The batch job: read the sources, embed what is new, write what changed, pass the gate, publish.

Its cost follows what changed: vectors are kept by the text they were made from, and articles whose row would come out
the same stay in the segments where they are. Whatever ends it, at whatever instant, the published snapshot serves on;
what was embedded until then is not embedded again.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.exc import SQLAlchemyError

from index import gate
from index.archive_copies import find_archive_copies
from index.archive_map import read_map, renew_map
from index.boilerplate.rebuilding import settle
from index.catalogue import Catalogue, place_of
from index.click_rates import read_click_rates
from index.embedder import RECIPE, Embedder
from index.embedding_chunks import EmbedNew, Progress, embed_new
from index.errors import ArchiveError, RebuildRefused, UnreadableSource
from index.fresh_rows import FreshRows, tried_again
from index.generation import Archive, plan_generation
from index.kept import keep_newest, oldest_position, remove_leftovers
from index.learning import How
from index.lock import locked
from index.pointer import pointer, publish
from index.publishing import build_snapshot, building_name, put_in_place
from index.read_before import ReadBefore
from index.reading import read_into
from index.rebuild_log import keep_difference
from index.remote_embedder import probe_of
from index.report import SHOW_REJECTS, Report
from index.snapshot import Recipe, Snapshot, open_newest_good
from index.sources import Rejected, Skipped, Source, check_fields
from index.staging import Staging

log = logging.getLogger(__name__)


def no_progress(_stage: str, _done: int, _total: int | None) -> None:
    """For those who do not watch."""


def left_alone(_item: Rejected | Skipped) -> None:
    """For those who want no list of what was not taken in."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to rebuild."""

    keep_unseen: bool = False
    """True: articles that the sources do not hold stay (the sources are an addition, not the whole archive)."""
    strict: bool = False
    """True: the first bad record ends the run."""
    force: bool = False
    """True: publish whatever the gate says."""
    dry_run: bool = False
    """True: say what would be done, change nothing."""
    checks: tuple[gate.Check, ...] = gate.default_checks()
    keep: int = gate.DEFAULT_KEEP
    """How many generations stay, the published one among them."""
    catalogue: str | None = None
    """Address of the catalogue; None for the one in the data folder."""
    model_name: str | None = None
    """Under which name or path the embedder's model was loaded, so that others can load it too; None: not to be noted."""
    left: Callable[[Rejected | Skipped], None] = left_alone
    """Told each item that is not taken in, as it comes."""
    fold: bool = False
    """True: nobody asked for it, so that it takes the place of the last such, and of no other generation."""
    embed_new: EmbedNew = embed_new
    """How what has no vector is embedded: here, or by a cluster (`index.ray_embedding`)."""
    boilerplate: How = "remove"
    """What becomes of the furniture that is learnt; a fold learns nothing, and reads as the rebuild before it."""


def rebuild(
    data: Path,
    sources: Sequence[Source],
    embedder: Embedder,
    options: Options = Options(),
    progress: Progress = no_progress,
    report: Report | None = None,
) -> Report:
    """Bring the index in `data` to what the sources hold (without sources: to what the catalogue holds) and publish it.

    Raises `RebuildLocked` while another rebuild runs, `RebuildRefused` when the gate holds it back, `UnreadableSource`
    for a source that cannot be read (or under `strict` for its first bad record). Nothing is published then. Whoever
    wants to know how far such a run came hands in the `report` that it fills.
    """
    if options.dry_run and not data.exists():
        with TemporaryDirectory() as folder:
            return rebuild(Path(folder), sources, embedder, options, progress, report)
    data.mkdir(parents=True, exist_ok=True)
    place = place_of(data, options.catalogue)
    with locked(data), Catalogue.open(place) as catalogue, catalogue.staging() as staging:
        if options.model_name and not options.dry_run:
            catalogue.remember_model(embedder.model, options.model_name, probe_of(embedder))
        run = _Rebuild(data, catalogue, staging, embedder, options, progress, report or Report())
        run.read(sources)
        check_fields(sources if run.report.read else ())
        run.build()
        return run.report


class _Rebuild:
    """One run; `report` says how far it came."""

    def __init__(
        self,
        data: Path,
        catalogue: Catalogue,
        staging: Staging,
        embedder: Embedder,
        options: Options,
        progress: Progress,
        report: Report,
    ) -> None:
        self.report = report
        self._data = data
        self._lines = ReadBefore(data)
        self._catalogue = catalogue
        self._staging = staging
        self._embedder = embedder
        self._options = options
        self._progress = progress

    def read(self, sources: Sequence[Source]) -> None:
        """Stage what the sources hold, and the removal of what they do not."""
        for source in sources:
            for taken in read_into(self._staging, source, self._lines):
                if isinstance(taken, Rejected):
                    self._options.left(taken)
                    self._reject(taken)
                elif isinstance(taken, Skipped):
                    self._options.left(taken)
                    self.report.skipped[taken.kind] = self.report.skipped.get(taken.kind, 0) + 1
                else:
                    self.report.read += taken
                self._progress(f"reading {source.name}", source.position(), source.size)
            for name, count in source.names.unknown.items():
                self.report.unknown_fields[name] = self.report.unknown_fields.get(name, 0) + count
        self.report.duplicate_ids = self._staging.duplicates
        self.report.partial = [source.name for source in sources if not source.whole]
        if sources and not self._options.keep_unseen and not self.report.partial:
            self._staging.remove_unseen()
            self.report.kept_unseen = self._staging.kept_unseen
            self.report.removed_written = self._staging.removed_written
        self._staging.freeze()
        self.report.withheld = self._staging.withheld
        self.report.kept_newer = self._staging.kept_newer
        settle(self._catalogue, self._staging, self._options, self.report, self._progress)

    def build(self) -> None:
        """Embed, write, pass the gate, publish."""
        report, data = self.report, self._data
        rules = self._staging.cleaner.number
        recipe = Recipe(self._embedder.model, self._embedder.dimension, RECIPE, rules=rules)
        archive = self._archive()
        old, is_current = self._serving()
        fingerprints = archive.fingerprints(recipe)
        same_rows = old is None or old.manifest.recipe.same_rows(recipe)
        plan = plan_generation(old, same_rows, archive.columns.ids, fingerprints)
        report.articles, report.added = len(archive), plan.added
        report.removed, report.changed = len(plan.gone), plan.rewritten
        rows = FreshRows(self._catalogue, self._staging, archive, recipe)
        new_texts = rows.without_vector(plan.fresh)
        report.embedded = len(new_texts)
        by_people = len(plan.gone & self._staging.taken_down()) if plan.gone else 0
        change = gate.Change(
            old.manifest.holdings.without(by_people) if old else None,
            gate.Holdings(report.articles, report.articles, archive.sections()),
            report.removed - by_people,
            report.added,
            report.changed,
            (old.manifest.recipe if old else None, recipe),
            old,
        )
        if self._options.dry_run:
            report.difference = gate.judge(self._options.checks, change)
            return
        report.not_embedded += self._options.embed_new(
            self._catalogue, self._staging, self._embedder, new_texts, recipe, self._progress
        )
        fingerprints = tried_again(archive, fingerprints, report.not_embedded)
        if not plan.changes and old is not None and is_current and old.clicked.rates.same(archive.clicks):
            self._stay(old, archive)
            return
        remove_leftovers(data, old.generation if old else None, self._options.keep)
        self._progress("writing the index", 0, None)
        parent = old.generation if old else None
        new = build_snapshot(data, archive, plan, recipe, parent, lambda ids: rows.of(ids, fingerprints))
        self._pass_gate(replace(change, new=new.manifest.holdings, new_snapshot=new))
        self._draw_map(new, building_name(new.generation), old)
        self._publish(new.generation, archive)

    def _stay(self, serving: Snapshot, archive: Archive) -> None:
        """Nothing had changed: the serving snapshot stays, which after a rollback to it is nobody's exception any more."""
        self.report.generation = serving.generation
        self._staging.apply(serving.generation, archive.copies)
        if pointer(self._data).rolled_back:
            publish(self._data, serving.generation)
        if read_map(self._data, serving.generation) is None:
            self._draw_map(serving, serving.generation, None)
        keep_newest(self._data, serving.generation, self._options.keep)
        self._keep_lines(archive)

    def _pass_gate(self, change: gate.Change) -> None:
        """Raises `RebuildRefused`, and leaves nothing of the new generation, where a check fails and nobody forces it."""
        difference = self.report.difference = gate.judge(self._options.checks, change)
        if difference.refusals and not self._options.force:
            serving = change.old_snapshot.generation if change.old_snapshot else None
            remove_leftovers(self._data, serving, self._options.keep)
            raise RebuildRefused(difference.refusals, difference.first)

    def _draw_map(self, new: Snapshot, folder: str, old: Snapshot | None) -> None:
        renew_map(self._data, folder, new, old, self._options.fold, partial(self._progress, "drawing the map"))

    def _publish(self, generation: str, archive: Archive) -> None:
        """Killed on the way, it leaves the old one published, and beside it at most one that is whole and passed the gate."""
        put_in_place(self._data, generation)
        self._staging.apply(generation, archive.copies)
        if self.report.difference:
            keep_difference(self._catalogue.engine, archive.rebuild, self.report.difference)
        publish(self._data, generation)
        self.report.generation, self.report.published = generation, True
        self._tidy(generation)
        self._keep_lines(archive)

    def _tidy(self, generation: str) -> None:
        """Forget what nobody needs any more. What fails here is left for the next rebuild: this one is published."""
        try:
            keep_newest(self._data, generation, self._options.keep)
            if not self.report.boilerplate.reread:  # whoever regrets a rule at once embeds nothing twice
                self._catalogue.forget_unused_vectors()
            self._catalogue.prune(oldest_position(self._data))
        except (ArchiveError, SQLAlchemyError, OSError) as error:
            log.warning("%s is published; tidying up after it failed, the next rebuild does it: %s", generation, error)

    def _keep_lines(self, archive: Archive) -> None:
        """Keep what the lines of the sources said. Where that fails, the next rebuild reads them anew."""
        try:
            self._lines.keep(archive.columns.record_hash)
        except OSError as error:
            log.warning("the next rebuild reads every line anew: %s", error)

    def _archive(self) -> Archive:
        staging = self._staging
        columns = staging.columns()
        copies, clicks = (
            find_archive_copies(columns, staging.sketches),
            read_click_rates(self._catalogue.engine, datetime.now(UTC)),
        )
        return Archive(columns, copies, staging.aliases(), staging.seq, staging.number, self._options.fold, clicks)

    def _serving(self) -> tuple[Snapshot | None, bool]:
        """The published snapshot, or where that is damaged the newest whole one, and whether it is the published one."""
        try:
            snapshot, problems = open_newest_good(self._data)
        except ArchiveError as error:
            log.info("building from nothing: %s", error)
            return None, False
        for problem in problems:
            log.warning("building upon %s: %s", snapshot.generation, problem)
        return snapshot, not problems

    def _reject(self, item: Rejected) -> None:
        if self._options.strict:
            raise UnreadableSource(f"{item.place}: {'; '.join(item.problems)}")
        self.report.rejected += 1
        if len(self.report.rejects) < SHOW_REJECTS:
            self.report.rejects.append(item)
