"""Embedding an archive on a Ray cluster: readers that hold the model, one for each GPU or for every few processors.

A rebuild hands out the same chunks that it would embed by itself, so that the vectors are the same, and keeps each as it comes
back: what ends it, at whatever instant, costs the chunks that are under way. A reader that is lost with its node gives its
chunks back, and another is started where there is room. Each node needs Alsoread with the extras `embed` and `ray`.
"""

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from index.article import Article
from index.article_rows import article_of
from index.boilerplate.apply import Cleaner
from index.boilerplate.rules import RuleSet
from index.catalogue import Catalogue
from index.chunks import in_chunks
from index.claims import claimed
from index.embedder import Embedder, Vectors, embedding_text
from index.embedding import embed_what_can_be
from index.embedding_chunks import EMBED_CHUNK, OTHERS_SECONDS, EmbedNew, Progress, without_vector
from index.errors import EmbedderAway, ModelMismatch, ModelMissing
from index.ray_connection import connected
from index.sentence_transformer import make_embedder
from index.snapshot import Recipe
from index.staging import Staging

log = logging.getLogger(__name__)

PROCESSORS = 2
"""For each reader, on a cluster without GPUs: an embedding works on two threads."""

AHEAD = 2
"""Chunks that are under way at each reader: while one is embedded the next one travels."""

MOST_UNSTARTED = 4
"""Readers that are lost one after the other before any held a model: the next ones would be too."""

LOOK_SECONDS = 5.0
"""So often it is looked whether there is room for readers in place of those that were lost."""

START_SECONDS = 300.0
"""So long a cluster without any reader is waited for: one that grows by itself needs its time."""


class Reader:
    """What stands on a node of the cluster: a model, and the rules of what is furniture."""

    def __init__(self, name: str, rules: RuleSet) -> None:
        self._embedder = make_embedder(name)
        self._cleaner = Cleaner(rules)

    def model(self) -> tuple[str, int]:
        """The model and its dimension."""
        return self._embedder.model, self._embedder.dimension

    def embed(self, records: Sequence[bytes]) -> tuple[Vectors, list[int]]:
        """As `index.embedding.embed_what_can_be`, of articles as the catalogue keeps them."""
        texts = [embedding_text(self._cleaner.clean(article_of(record))) for record in records]
        return embed_what_can_be(self._embedder, texts)


@dataclass(slots=True)
class _Chunk:
    """Articles that are under way, and what holds the claim on them."""

    articles: list[Article]
    records: list[bytes]
    claim: ExitStack


@dataclass(slots=True)
class _Hand:
    """A reader, and what it was handed that did not come back yet."""

    actor: Any
    known: Any
    """The answer to which model it holds, as long as that was not looked at."""
    under_way: dict[Any, _Chunk] = field(default_factory=dict)


def embed_new_by_ray(address: str, name: str, readers: int | None = None) -> EmbedNew:
    """What embeds on the cluster at an address (`auto`, `host:6379`, `ray://host:10001`, or `local` for one on this host), with
    the model of that name; by default with as many readers as there is room for."""

    def embed(
        catalogue: Catalogue,
        staging: Staging,
        _embedder: Embedder,
        texts: Mapping[bytes, str],
        recipe: Recipe,
        progress: Progress,
    ) -> list[str]:
        if not texts:
            return []
        with connected(address) as ray:
            run = _Run(ray, catalogue, staging, name, recipe, readers)
            try:
                return run.embed(texts, progress)
            finally:
                run.close()

    return embed


class _Run:
    """One embedding of many texts."""

    def __init__(
        self, ray: Any, catalogue: Catalogue, staging: Staging, name: str, recipe: Recipe, readers: int | None
    ) -> None:
        self._ray = ray
        self._catalogue = catalogue
        self._staging = staging
        self._name = name
        self._recipe = recipe
        self._wanted = readers
        self._hands: list[_Hand] = []
        self._again: deque[tuple[list[Article], list[bytes]]] = deque()
        self._failed_at: list[str] = []
        self._done = 0
        self._looked = float("-inf")
        self._unstarted = 0

    def embed(self, texts: Mapping[bytes, str], progress: Progress) -> list[str]:
        """Until each has its vector, or was refused by the model."""
        progress("embedding", 0, len(texts))
        chunks = in_chunks([texts[key] for key in sorted(texts)], EMBED_CHUNK)
        waited = 0.0
        more = True
        while more or self._again or any(hand.under_way for hand in self._hands):
            self._start_readers()
            more = self._hand_out(chunks) and more
            came = self._take_back()
            progress("embedding", self._done, len(texts))
            waited = 0.0 if came or self._hands else waited + OTHERS_SECONDS
            if waited > START_SECONDS:
                raise EmbedderAway(
                    f"the Ray cluster has had no room for a reader for {START_SECONDS:.0f} s; of {len(texts):,} texts "
                    f"{self._done:,} are embedded and kept, and the same command goes on from there"
                )
        return self._failed_at

    def close(self) -> None:
        """Let the readers go, and whatever is claimed."""
        for hand in self._hands:
            for chunk in hand.under_way.values():
                chunk.claim.close()
            self._ray.kill(hand.actor)

    def _start_readers(self) -> None:
        """As many as there is room for, in place of those that were lost too."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        need = {"num_gpus": 1} if self._ray.cluster_resources().get("GPU") else {"num_cpus": PROCESSORS}
        ((kind, each),) = need.items()
        free = self._ray.available_resources().get("GPU" if kind == "num_gpus" else "CPU", 0)
        room = int(free // each)
        if self._wanted is not None:
            room = min(room, self._wanted - len(self._hands))
        maker = self._ray.remote(Reader).options(scheduling_strategy="SPREAD", max_restarts=0, **need)
        for _ in range(room):
            actor = maker.remote(self._name, self._staging.cleaner.rule_set)
            self._hands.append(_Hand(actor, actor.model.remote()))
        if room > 0:
            log.info("%d readers on the Ray cluster", len(self._hands))

    def _hand_out(self, chunks: Iterator[Sequence[str]]) -> bool:
        """Give each reader work; false where nothing new is left."""
        for _ in range(AHEAD):
            for hand in sorted(self._hands, key=lambda one: len(one.under_way)):
                if len(hand.under_way) >= AHEAD:
                    continue
                if self._again:
                    articles, records = self._again.popleft()
                else:
                    ids = next(chunks, None)
                    if ids is None:
                        return False
                    records = [record for _, record in self._staging.records(ids)]
                    articles = [self._staging.cleaner.clean(article_of(record)) for record in records]
                self._hand(hand, articles, records)
        return True

    def _hand(self, hand: _Hand, articles: list[Article], records: list[bytes]) -> None:
        """Hand a reader what of these is ours to embed and has no vector; the rest is left for later, or done."""
        claim = ExitStack()
        recipe = self._recipe
        hashes = [one.content_hash for one in articles]
        ours = claim.enter_context(claimed(self._catalogue.engine, hashes, recipe.model, recipe.text))
        left = [at for at, one in enumerate(articles) if one.content_hash not in ours]
        if left:
            self._again.append(([articles[at] for at in left], [records[at] for at in left]))
        mine = without_vector(self._catalogue, [one for one in articles if one.content_hash in ours], recipe)
        self._done += len(articles) - len(left) - len(mine)
        if not mine:
            claim.close()
            if left:
                time.sleep(OTHERS_SECONDS)
            return
        by_hash = {one.content_hash: record for one, record in zip(articles, records, strict=True)}
        chunk = _Chunk(mine, [by_hash[one.content_hash] for one in mine], claim)
        hand.under_way[hand.actor.embed.remote(chunk.records)] = chunk

    def _take_back(self) -> bool:
        """Keep what readers are done with; of a reader that was lost, take its chunks back. Gives whether anything came."""
        asked = [
            reference for hand in self._hands for reference in (*hand.under_way, hand.known) if reference is not None
        ]
        if not asked:
            time.sleep(OTHERS_SECONDS)
            return False
        ready, _ = self._ray.wait(asked, num_returns=1, timeout=OTHERS_SECONDS)
        for reference in ready:
            hand = next(one for one in self._hands if reference == one.known or reference in one.under_way)
            try:
                found = self._ray.get(reference)
            except self._ray.exceptions.RayActorError as error:
                self._lost(hand, error)
            except self._ray.exceptions.RayTaskError as error:
                raise (error.cause if isinstance(error.cause, Exception) else error) from None
            else:
                self._came(hand, reference, found)
        return bool(ready)

    def _came(self, hand: _Hand, reference: Any, found: Any) -> None:
        if reference == hand.known:
            hand.known, self._unstarted = None, 0
            if found != (self._recipe.model, self._recipe.dimension):
                raise ModelMismatch(
                    f"a reader of the Ray cluster has {found[0]} of {found[1]} dimensions, expected {self._recipe.model}"
                )
            return
        chunk = hand.under_way.pop(reference)
        vectors, failed = found
        self._failed_at += [chunk.articles[at].id for at in failed]
        hashes = [one.content_hash for at, one in enumerate(chunk.articles) if at not in failed]
        if hashes:
            self._catalogue.keep_vectors(hashes, vectors, self._recipe.model, self._recipe.text)
        chunk.claim.close()
        self._done += len(chunk.articles)

    def _lost(self, hand: _Hand, error: Exception) -> None:
        """Its node is gone, or it could not even be started; what it had is embedded by another."""
        cause = getattr(error, "cause", None)
        if hand.known is not None and isinstance(cause, ModelMissing | ModelMismatch):
            raise cause
        self._unstarted += hand.known is not None
        if self._unstarted >= MOST_UNSTARTED:
            said = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise EmbedderAway(
                f"readers of the Ray cluster do not start: {said[-1][:300] if said else type(error).__name__}"
            )
        log.warning("a reader of the Ray cluster was lost with %d chunks, which others embed", len(hand.under_way))
        for chunk in hand.under_way.values():
            chunk.claim.close()
            self._again.append((chunk.articles, chunk.records))
        self._hands.remove(hand)
