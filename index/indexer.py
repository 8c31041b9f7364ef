"""The indexer: embeds what was written between rebuilds, newest first, and folds it into a snapshot when it has become much.

It knows nothing of processes. `step` does one piece of work at most; whatever goes wrong in it may be tried again.
"""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from index.catalogue import Catalogue, Place
from index.change_log import Bell, changes_after, ids_not_embedded, not_embedded
from index.claims import claimed
from index.embedder import Embedder, Vectors, check_vectors
from index.errors import ArchiveError, EmbedderAway, ModelMismatch, ModelMissing, NoSnapshot
from index.folding import Folding
from index.indexer_models import Models, Shared
from index.indexer_queue import Queue
from index.pointer import POINTER, current_generation, generations
from index.snapshot import Manifest, read_manifest

log = logging.getLogger(__name__)

LOG_SECONDS = 0.25
"""The log is asked so often although no bell rang."""

SCAN_SECONDS = 300.0
"""The whole table is asked so often for articles without a vector, whatever the log said."""

LOCK_SECONDS = 5.0
"""So long a statement waits for another's lock."""

CLAIMED_SECONDS = 5.0
"""After so long an article that another indexer was embedding is looked at again."""

AWAY_SECONDS = 5.0
"""So often a server that embeds is asked again, while it does not answer and new articles wait for it."""

Tell = Callable[..., None]


@dataclass(frozen=True, slots=True)
class _Unsaved:
    """Vectors that were made and not kept yet."""

    hashes: list[bytes]
    vectors: Vectors
    model: str
    recipe: int


class Indexer:
    """Embeds for one data folder. `tell` is given what changes of `index.indexer_state.IndexerState`, by name."""

    def __init__(
        self,
        data: Path,
        place: Place,
        embedder_named: Callable[[str], Embedder],
        configured: str,
        folding: Folding,
        tell: Tell = lambda **_: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._data = data
        self._place = place
        self._folding = folding
        self._tell = tell
        self._clock = clock
        self._bell = Bell(data)
        self._rung: int | None = None
        self._models = Models(embedder_named, configured)
        self._catalogue: Catalogue | None = None
        self._pointer: tuple[int, int] | None = None
        self._manifest: Manifest | None = None
        self._model: Shared | None = None
        self._found: Shared | None = None
        self._complaint: str | None = None
        self._unsaved: _Unsaved | None = None
        self._queue = Queue()
        self._back_at = float("-inf")
        self._forget()

    def _forget(self) -> None:
        """Know nothing of the articles any more; the next step looks at all of them."""
        self._queue.forget()
        self._changed: dict[str, int] = {}
        self._seq = 0
        self._next_log = self._next_scan = float("-inf")

    @property
    def model(self) -> Shared | None:
        """The model that was found last, for whoever else embeds with it; None before. Any thread may ask."""
        return self._found

    def lost(self, error: Exception) -> None:
        """Let go of the catalogue after an error; the next step opens it anew."""
        self._tell(state="catalogue-unreachable", problem=str(getattr(error, "orig", None) or error).partition("\n")[0])
        if self._catalogue is not None:
            self._catalogue.close()
        self._catalogue = None
        self._next_log = float("-inf")

    def rang(self) -> bool:
        """Whether the bell rang since the last step; costs nothing."""
        return self._bell.number() != self._rung

    def step(self) -> bool:
        """Do one piece of work at most; gives whether there may be more. Raises what the catalogue raises; then call `lost`."""
        if not self._follow_pointer():
            return False
        catalogue = self._open()
        if self._manifest is not None and self._model is None and not self._find_model(catalogue, self._manifest):
            return False
        if self._manifest is None or self._model is None:
            return False
        self._save(catalogue)
        self._look(catalogue.engine, self._manifest, self._model)
        worked = self._embed(catalogue, self._model, self._manifest.recipe.text)
        self._say()
        self._folding.consider(catalogue.engine, self._manifest, self._changed.values(), self._model)
        return worked

    def close(self) -> None:
        """Close the catalogue."""
        if self._catalogue is not None:
            self._catalogue.close()

    def _open(self) -> Catalogue:
        if self._catalogue is None:
            missing = isinstance(self._place, Path) and not self._place.is_file()
            open_one = Catalogue.open_existing if missing else Catalogue.open
            self._catalogue = open_one(self._place, LOCK_SECONDS)
        return self._catalogue

    def _follow_pointer(self) -> bool:
        """See which snapshot serves; after a switch look at everything anew. False where none was published."""
        try:
            status = (self._data / POINTER).stat()
        except OSError:
            self._pointer = self._manifest = None
            self._tell(state="no-index", problem=None)
            return False
        pointer = (status.st_mtime_ns, status.st_ino)
        if pointer != self._pointer:
            if self._pointer is None:  # its model is loaded next, which takes its time
                self._tell(state="starting", problem=None)
            self._manifest = serving_manifest(self._data)
            self._model = None
            self._forget()
            self.close()  # the folder may be another by now, with another catalogue of the same name
            self._catalogue = None
            self._pointer = pointer
        return self._manifest is not None

    def _find_model(self, catalogue: Catalogue, manifest: Manifest) -> bool:
        """Load the snapshot's model; where it cannot be had, say so once and ask again with the next scan."""
        now = self._clock()
        if now < self._next_scan:
            return False
        recipe = manifest.recipe
        try:
            model = self._models.find(recipe, catalogue.name_of_model(recipe.model))
            catalogue.remember_model(recipe.model, model.name, model.probe)
            self._model = model
        except EmbedderAway as error:
            self._away(error)
            self._next_scan = now + AWAY_SECONDS
            return False
        except (ModelMissing, ModelMismatch) as error:
            if str(error) != self._complaint:
                log.warning("new articles are answered by terms, without a vector: %s", error)
            self._complaint = str(error)
            waiting = len(ids_not_embedded(catalogue.engine, recipe.model, recipe.text))
            self._tell(state="no-model", problem=str(error), model=None, waiting=waiting)
            self._next_scan = now + SCAN_SECONDS
            return False
        self._complaint, self._found = None, self._model
        log.info("embedding new articles with %s", recipe.model)
        self._queue.try_again()
        self._next_scan = float("-inf")
        return True

    def _look(self, engine: Engine, manifest: Manifest, model: Shared) -> None:
        """Note which articles wait: those that the log names since, and now and then all that have no vector."""
        now, rung = self._clock(), self._bell.number()
        if rung == self._rung and now < self._next_log:
            return
        self._rung, self._next_log = rung, now + LOG_SECONDS
        self._seq = max(self._seq, manifest.seq)
        named: dict[str, None] = {}
        while found := changes_after(engine, self._seq):
            self._seq = found[-1].seq
            self._changed.update((change.article_id, change.seq) for change in found)
            named.update((change.article_id, None) for change in found)
        if now >= self._next_scan:
            self._next_scan = now + SCAN_SECONDS
            self._queue.let_wait(ids_not_embedded(engine, model.model, manifest.recipe.text), now, anew=True)
        elif named:
            self._queue.let_wait(ids_not_embedded(engine, model.model, manifest.recipe.text, list(named)), now)

    def _embed(self, catalogue: Catalogue, model: Shared, recipe: int) -> bool:
        """Embed those whose turn it is."""
        ids = self._queue.batch(self._clock()) if self._clock() >= self._back_at else []
        if not ids:
            return False
        found = dict(not_embedded(catalogue.engine, model.model, recipe, len(ids), ids))
        with claimed(catalogue.engine, list(found), model.model, recipe) as ours:
            texts = self._to_embed(catalogue, found, ours, model, recipe)
            if texts:
                self._tell(state="embedding", problem=None)
                if not self._make_vectors(texts, model, ids, recipe):
                    return self._clock() >= self._back_at
                self._complaint = None
                self._save(catalogue)
        self._queue.done(ids)
        if len(ours) < len(found):  # another indexer has them; unless it dies they have their vectors soon
            self._queue.look_later(ids, self._clock() + CLAIMED_SECONDS)
        return True

    def _to_embed(
        self, catalogue: Catalogue, found: Mapping[bytes, str], ours: Collection[bytes], model: Shared, recipe: int
    ) -> list[tuple[bytes, str]]:
        """Of the texts that were found those that are ours to embed: what another had claimed may have its vector by now."""
        may = [key for key in found if key in ours and self._queue.may_try(key)]
        known = catalogue.stored_vectors(may, model.model, recipe) if may else set()
        return [(key, found[key]) for key in may if key not in known]

    def _make_vectors(self, texts: Sequence[tuple[bytes, str]], model: Shared, ids: Sequence[str], recipe: int) -> bool:
        hashes = [key for key, _ in texts]
        try:
            vectors = model.embed([text for _, text in texts])
            check_vectors(vectors, (len(texts), model.dimension), model.model)
        except EmbedderAway as error:
            self._away(error)
            return False
        except Exception as error:  # noqa: BLE001  # whatever a model raises at a text, the others are embedded
            self._note_failure(hashes, ids, error)
            return False
        self._unsaved = _Unsaved(hashes, vectors, model.model, recipe)
        return True

    def _away(self, error: EmbedderAway) -> None:
        """Say once that the server which embeds is away; what waits goes on waiting, answered by terms."""
        if str(error) != self._complaint:
            log.warning("new articles are answered by terms until they are embedded: %s", error)
        self._complaint = str(error)
        self._back_at = self._clock() + AWAY_SECONDS
        self._tell(state="embedder-away", problem=str(error))

    def _note_failure(self, hashes: Sequence[bytes], ids: Sequence[str], error: Exception) -> None:
        if self._queue.failed(hashes, ids):
            log.error("%s is answered by terms: the model failed at its text: %s", ", ".join(ids), error)

    def _save(self, catalogue: Catalogue) -> None:
        """Keep what was embedded, and say so. Vectors that could not be kept wait for the next time."""
        if self._unsaved is not None:
            made = self._unsaved
            catalogue.keep_vectors(made.hashes, made.vectors, made.model, made.recipe, log=True)
            self._unsaved = None
            self._bell.ring()
            self._tell(last_embedded_at=time.time())

    def _say(self) -> None:
        values: dict[str, Any] = {"state": "ready", "problem": None} if self._queue.since is None else {}
        oldest = time.time() - (self._clock() - self._queue.since) if self._queue.since is not None else None
        self._tell(
            model=self._model.model if self._model else None,
            waiting=len(self._queue),
            waiting_since=round(oldest, 1) if oldest else None,
            skipped=self._queue.skipped,
            last_fold=self._folding.outcome,
            **values,
        )


def serving_manifest(data: Path) -> Manifest | None:
    """What the serving snapshot is made of: the published one, or where its manifest cannot be read the newest that can."""
    try:
        names = [current_generation(data)]
    except NoSnapshot:
        return None
    except ArchiveError:
        names = []
    for name in [*names, *reversed(generations(data))]:
        try:
            return read_manifest(data, name)
        except (ArchiveError, OSError, TypeError, KeyError):
            continue
    return None
