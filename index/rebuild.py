"""The batch job: read the sources, embed what is new, write what changed, pass the gate, publish.

Its cost follows what changed: vectors are kept by the text they were made from, and articles whose row would come out
the same stay in the segments where they are. Whatever ends it, at whatever instant, the published snapshot serves on;
what was embedded until then is not embedded again.
"""

import fcntl
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import orjson

from index import gate
from index.article import Article
from index.article_record import parse_article
from index.catalogue import Catalogue, Staging, in_chunks
from index.copies import find_copies
from index.embedder import RECIPE, Embedder, Vectors, embedding_text
from index.errors import ArchiveError, ModelMismatch, RebuildLocked, RebuildRefused, UnreadableSource
from index.generation import Archive, live_ids, make_manifest, plan_generation, write_fresh
from index.link_graph import LinkGraph
from index.segment import Row
from index.snapshot import (
    Recipe,
    Snapshot,
    generations,
    open_newest_good,
    publish,
    remove_all_but,
    write_snapshot,
)
from index.sources import Rejected, Source

log = logging.getLogger(__name__)

EMBED_CHUNK = 128
"""Articles embedded between two commits: what a kill can cost."""

KEEP_SNAPSHOTS = 5
SHOW_REJECTS = 100


Progress = Callable[[str, int, int | None], None]
"""Told how far a stage is: its name, what is done, and of how much (None where nobody can know)."""


def no_progress(_stage: str, _done: int, _total: int | None) -> None:
    """For those who do not watch."""


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


@dataclass(slots=True)
class Report:
    """What a rebuild did, or on a dry run would do."""

    read: int = 0
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    """The first `SHOW_REJECTS` of them."""
    duplicate_ids: list[str] = field(default_factory=list)
    unknown_fields: dict[str, int] = field(default_factory=dict)
    """Fields that no name fits, with how many records carry each; they are kept with the article."""
    articles: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    embedded: int = 0
    generation: str | None = None
    published: bool = False
    """False where nothing had changed, and on a dry run."""
    refusals: tuple[str, ...] = ()
    """What the gate said; published all the same where it was forced."""


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
    with _locked(data), Catalogue.open(data / "catalogue.sqlite") as catalogue, catalogue.staging() as staging:
        run = _Rebuild(data, catalogue, staging, embedder, options, progress, report or Report())
        run.read(sources)
        run.build()
        return run.report


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """Hold the folder's rebuild lock; the system lets go of it when the process ends, however it ends."""
    with (data / "rebuild.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RebuildLocked(f"another rebuild of {data} is running; wait for it, or end it") from None
        yield


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
        self._catalogue = catalogue
        self._staging = staging
        self._embedder = embedder
        self._options = options
        self._progress = progress

    def read(self, sources: Sequence[Source]) -> None:
        """Stage what the sources hold, and the removal of what they do not."""
        for source in sources:
            for item in source:
                if isinstance(item, Article):
                    self.report.read += 1
                    self._staging.put(item)
                else:
                    self._reject(item)
                self._progress(f"reading {source.name}", source.position(), source.size)
            for name, count in source.names.unknown.items():
                self.report.unknown_fields[name] = self.report.unknown_fields.get(name, 0) + count
        self.report.duplicate_ids = self._staging.duplicates
        if sources and not self._options.keep_unseen:
            self._staging.remove_unseen()

    def build(self) -> None:
        """Embed, write, pass the gate, publish."""
        report, data = self.report, self._data
        recipe = Recipe(self._embedder.model, self._embedder.dimension, RECIPE)
        archive = self._archive()
        old, is_current = self._serving()
        base = old if old is not None and old.manifest.recipe == recipe else None
        fingerprints = archive.fingerprints(recipe)
        plan = plan_generation(base, fingerprints)
        before = set(live_ids(old))
        report.articles = len(archive.keys)
        report.added = len(archive.keys.keys() - before)
        report.removed = len(before - archive.keys.keys())
        report.changed = plan.rewritten
        new_texts = self._new_texts(archive, plan.fresh, recipe)
        report.embedded = len(new_texts)
        if self._options.dry_run:
            everything = gate.Holdings(report.articles, report.articles, archive.sections())
            report.refusals = self._refusals(old, everything)
            return
        self._embed(new_texts, recipe)
        if not plan.changes and old is not None and is_current:
            report.generation = old.generation
            self._staging.apply()
            return
        self._tidy(old.generation if old else None)
        self._progress("writing the index", 0, None)
        written = write_fresh(data, plan, lambda ids: self._rows(ids, archive, fingerprints, recipe))
        manifest = make_manifest(data, archive, plan, written, recipe, old.generation if old else None)
        report.refusals = self._refusals(old, manifest.holdings)
        if report.refusals and not self._options.force:
            self._tidy(old.generation if old else None)
            raise RebuildRefused(report.refusals)
        tombstones = [np.flatnonzero(mask) for mask in plan.dead]
        unmarked = [np.zeros(segment.rows, dtype=np.bool_) for segment in written]
        links = LinkGraph.between((*plan.segments, *written), (*plan.dead, *unmarked))
        write_snapshot(data, manifest, tombstones, links)
        self._staging.apply()
        publish(data, manifest.generation)
        report.generation, report.published = manifest.generation, True
        self._tidy(manifest.generation)
        self._catalogue.forget_unused_vectors()

    def _refusals(self, old: Snapshot | None, new: gate.Holdings) -> tuple[str, ...]:
        change = gate.Change(old.manifest.holdings if old else None, new, self.report.removed)
        return gate.failures(self._options.checks, change)

    def _tidy(self, serving: str | None) -> None:
        """Leave the serving snapshot and the newest others, and nothing that rebuilds cut short left behind."""
        newest = generations(self._data)[-KEEP_SNAPSHOTS:]
        remove_all_but(self._data, {*newest, serving} if serving else newest)

    def _archive(self) -> Archive:
        keys = {key.id: key for key in self._staging.archive()}
        return Archive(keys, find_copies(keys.values()), self._staging.aliases())

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

    def _new_texts(self, archive: Archive, ids: Sequence[str], recipe: Recipe) -> dict[bytes, str]:
        """For each text that has no vector yet, by its content hash, the id of an article that carries it."""
        by_text = {archive.keys[article_id].content_hash: article_id for article_id in ids}
        stored = self._catalogue.stored_vectors(by_text, recipe.model, recipe.text)
        return {content_hash: article_id for content_hash, article_id in by_text.items() if content_hash not in stored}

    def _embed(self, texts: dict[bytes, str], recipe: Recipe) -> None:
        """Embed and keep, a chunk at a time."""
        done = 0
        if texts:
            self._progress("embedding", 0, len(texts))
        for ids in in_chunks(sorted(texts.values()), EMBED_CHUNK):
            chunk = [parse_article(orjson.loads(record)) for _, record in self._staging.records(ids)]
            vectors = self._embedder.embed([embedding_text(article) for article in chunk])
            _check_vectors(vectors, (len(chunk), recipe.dimension), recipe.model)
            self._catalogue.keep_vectors([a.content_hash for a in chunk], vectors, recipe.model, recipe.text)
            done += len(chunk)
            self._progress("embedding", done, len(texts))

    def _rows(
        self, ids: Sequence[str], archive: Archive, fingerprints: dict[str, bytes], recipe: Recipe
    ) -> Iterable[Row]:
        for chunk in in_chunks(ids):
            hashes = [archive.keys[article_id].content_hash for article_id in chunk]
            vectors = self._catalogue.vectors(hashes, recipe.model, recipe.text)
            for article_id, record in self._staging.records(chunk):
                yield Row(
                    article=parse_article(orjson.loads(record)),
                    vector=vectors[archive.keys[article_id].content_hash],
                    fingerprint=fingerprints[article_id],
                    copy=archive.copies[article_id],
                    aliases=archive.aliases.get(article_id, ()),
                )


def _check_vectors(vectors: Vectors, expected: tuple[int, int], model: str) -> None:
    if vectors.shape != expected:
        raise ModelMismatch(f"{model}: expected vectors of shape {expected}, got {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ModelMismatch(f"{model}: expected vectors of finite numbers, got some with NaN or infinity")
