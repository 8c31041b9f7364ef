"""`RemoteEmbedder`: an embedder whose model runs elsewhere, behind any server that answers OpenAI's `/v1/embeddings`
(text-embeddings-inference, vLLM, Infinity, `alsoread embedder`).

Texts go in batches, a few at once. What may succeed later is tried again, with pauses that double, until nothing has
succeeded for as long as the caller has patience. Vectors come back of length 1, whatever the server makes of them.
"""

import logging
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import numpy as np

from index.embedder import MAX_CHARACTERS, Embedder, Vectors
from index.embedding import PROBE
from index.embedding_exchange import Answer, Exchange, NoAnswer, TextRefused, vectors_of
from index.errors import EmbedderAway, ModelMismatch, ModelMissing

log = logging.getLogger(__name__)

BATCH_TEXTS = 32
"""Texts in a call: what text-embeddings-inference takes as it is shipped."""

BATCH_CHARACTERS = 100_000
"""Characters in a call, so that one of long articles does not run into the time limit."""

AT_ONCE = 4
"""Calls under way together: while one travels another is worked on."""

FIRST_PAUSE = 0.25
MOST_PAUSE = 10.0
"""Between two tries, in seconds; doubled from the first to the most."""

SHORTEST = 200
"""A text that the server finds too long is halved until it takes it, but not below so many characters."""

PATIENCE = 300.0
"""So many seconds without any answer a rebuild waits before it ends; what was embedded until then stays."""


class RemoteEmbedder:
    """Embeds by a server; any number of threads may ask. `name` is what the server is asked for, and stands for the model,
    unless the server says which weights it holds (`name@fingerprint`, as `alsoread embedder` does)."""

    def __init__(
        self,
        url: str,
        name: str,
        key: str | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`url` is that of the server's API (`https://host/v1`); nothing is asked yet."""
        self._name = name
        self._patience = patience
        self._clock = clock
        self._wait = wait
        self._exchange = Exchange(url, key, AT_ONCE)
        self._succeeded = float("-inf")
        self._complained = False
        self._known: tuple[str, Vectors] | None = None
        self._finding_out = Lock()

    @property
    def model(self) -> str:
        """Raises `EmbedderAway`, `ModelMissing` or `ModelMismatch`."""
        return self._find_out()[0]

    @property
    def dimension(self) -> int:
        """Raises as `model`."""
        return int(self.probe.shape[1])

    @property
    def probe(self) -> Vectors:
        """The vector that the server gave for `index.embedding.PROBE` when it was first asked, (1, dimension): by it another
        model under the same name is noticed. Raises as `model`."""
        return self._find_out()[1]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises `EmbedderAway` where the server does not answer, or not any more as it did, `TextRefused` for a text that it
        does not take, and before anything was embedded `ModelMissing` and `ModelMismatch`."""
        nothing = np.zeros((0, self.dimension), np.float32)
        batches = _batches([text[:MAX_CHARACTERS] for text in texts])
        if len(batches) < 2:
            return np.concatenate([nothing, *map(self._embed_batch, batches)])
        with ThreadPoolExecutor(AT_ONCE, "embed") as pool:
            return np.concatenate([nothing, *pool.map(self._embed_batch, batches)])

    def _find_out(self) -> tuple[str, Vectors]:
        with self._finding_out:
            if self._known is None:
                answer = self._ask([PROBE])
                said = answer.model
                is_ours = "@" in said and said.partition("@")[0] == self._name.partition("@")[0]
                self._known = (said if is_ours else self._name, vectors_of(answer, 1))
            return self._known

    def _embed_batch(self, texts: Sequence[str]) -> Vectors:
        try:
            return self._answered(texts)
        except TextRefused as refused:
            if len(texts) > 1:  # one of them may be at fault, or so many together
                half = len(texts) // 2
                return np.concatenate([self._embed_batch(texts[:half]), self._embed_batch(texts[half:])])
            if not refused.too_long or len(texts[0]) <= SHORTEST:
                raise
            return self._embed_batch([texts[0][: len(texts[0]) // 2]])
        except (ModelMissing, ModelMismatch) as error:  # it was right, and may be again: no text is to blame
            raise EmbedderAway(str(error)) from None

    def _answered(self, texts: Sequence[str]) -> Vectors:
        model, probe = self._find_out()
        answer = self._ask(texts)
        if "@" in model and answer.model != model:
            raise ModelMismatch(f"the embedding server embeds with {answer.model!r} now, expected {model!r}")
        vectors = vectors_of(answer, len(texts))
        if vectors.shape[1] != probe.shape[1]:
            raise ModelMismatch(
                f"the embedding server gives vectors of {vectors.shape[1]} numbers now, expected {probe.shape[1]}"
            )
        return vectors

    def _ask(self, texts: Sequence[str]) -> Answer:
        """Ask until there is an answer."""
        began, pause = self._clock(), FIRST_PAUSE
        while True:
            try:
                answer = self._exchange.ask(self._name, texts)
            except NoAnswer as failed:
                left = self._patience - (self._clock() - max(began, self._succeeded))
                if left <= 0:
                    raise EmbedderAway(f"the embedding server {failed}") from None
                if not self._complained:
                    log.warning("the embedding server at %s %s; trying again", self._exchange.host, failed)
                self._complained = True
                drawn = pause * random.uniform(0.5, 1.0)  # noqa: S311  # nosec B311  # no secret: so that many do not come back at once
                self._wait(min(left, max(failed.after or 0.0, drawn)))
                pause = min(2 * pause, MOST_PAUSE)
                continue
            self._succeeded, self._complained = self._clock(), False
            return answer


def _batches(texts: Sequence[str]) -> list[list[str]]:
    """The texts in their order, as many in each batch as one call takes."""
    batches: list[list[str]] = []
    characters = 0
    for text in texts:
        if not batches or len(batches[-1]) == BATCH_TEXTS or characters + len(text) > BATCH_CHARACTERS:
            batches.append([])
            characters = 0
        batches[-1].append(text)
        characters += len(text)
    return batches


def probe_of(embedder: Embedder) -> Vectors | None:
    """What tells whether a model is the one that it was; None for one that runs here, whose weights name it."""
    return embedder.probe if isinstance(embedder, RemoteEmbedder) else None
