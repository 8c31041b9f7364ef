"""An indexer over a tiny catalogue, with a clock that stands still and a model that notes its batches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers import CountingEmbedder, Given, article

from index.article_writes import put_articles
from index.catalogue import Catalogue
from index.change_log import Bell, ids_not_embedded
from index.embedder import Embedder, WordHashEmbedder
from index.folding import Folding
from index.indexer import Indexer
from index.rebuild import Options, rebuild

MODEL = "word-hash-64"


class Recording(CountingEmbedder):
    """Notes its batches; a text with the word `poison` makes it fail."""

    def __init__(self, dimension: int = 64) -> None:
        super().__init__(dimension)
        self.batches: list[list[str]] = []

    def embed(self, texts: Sequence[str]):
        if list(texts) != ["ready"]:
            self.batches.append([text.split("\n")[0] for text in texts])
        if any("poison" in text for text in texts):
            raise RuntimeError("poison")
        return super().embed(texts)


@dataclass
class Desk:
    """A data folder with one article, its catalogue, an indexer over it, and a clock that stands still."""

    data: Path
    embedder: Recording = field(default_factory=Recording)
    now: float = 1_000.0
    told: dict[str, Any] = field(default_factory=dict)
    configured: str = "word-hash"
    fold_after: int = 0

    def __post_init__(self) -> None:
        rebuild(self.data, [Given([article("old", "Old")])], WordHashEmbedder(64), Options(model_name=MODEL))
        self.catalogue = Catalogue.open(self.data / "catalogue.sqlite")
        self.indexer = self.make()

    def make(self, named: Callable[[str], Embedder] | None = None) -> Indexer:
        place = self.data / "catalogue.sqlite"
        folding = Folding(self.data, place, self.fold_after, lambda: self.now, in_thread=False)
        embedder_named = named or (lambda name: self.embedder)
        return Indexer(
            self.data,
            place,
            embedder_named,
            self.configured,
            folding,
            lambda **values: self.told.update(values),
            lambda: self.now,
        )

    def put(self, *ids: str, ring: bool = True, **fields: object) -> None:
        put_articles(self.catalogue, [article(key, key, f"words of {key}", **fields) for key in ids])
        if ring:
            Bell(self.data).ring()

    def work(self) -> None:
        """Until nothing is left to do."""
        for _ in range(100):
            if not self.indexer.step():
                return
        raise AssertionError("it never came to an end")

    def waiting(self) -> list[str]:
        return ids_not_embedded(self.catalogue.engine, MODEL, 1)

    def batches(self) -> list[list[str]]:
        return self.embedder.batches

    def close(self) -> None:
        self.indexer.close()
        self.catalogue.close()
