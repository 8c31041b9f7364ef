"""Of several that embed for one catalogue no two embed the same text, and what one who died had claimed is not lost."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers import Given, article

from index.article_writes import put_articles
from index.catalogue import Catalogue
from index.change_log import ids_not_embedded
from index.claims import claimed
from index.embedder import Embedder, WordHashEmbedder
from index.folding import Folding
from index.indexer import CLAIMED_SECONDS, Indexer
from index.rebuild import Options, rebuild

MODEL = "word-hash-64"
COUNT = 60


class Slow(WordHashEmbedder):
    """Takes its time, and notes the texts that it was given."""

    def __init__(self, seconds: float = 0.005) -> None:
        super().__init__(64)
        self.seconds = seconds
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]):
        self.texts += [text for text in texts if text != "ready"]
        time.sleep(self.seconds * len(texts))
        return super().embed(texts)


def indexer(data: Path, place: str, model: Embedder) -> Indexer:
    folding = Folding(data, place, 0, in_thread=False)
    return Indexer(data, place, lambda name: model, "word-hash", folding)


@pytest.fixture
def hosts(postgres, tmp_path: Path) -> tuple[str, list[Path]]:
    """The address of a catalogue, and the data folders of two hosts that share it."""
    address = postgres.new_database()
    folders = [tmp_path / name for name in ("here", "there")]
    for folder in folders:
        rebuild(
            folder,
            [Given([article("old", "Old")])],
            WordHashEmbedder(64),
            Options(model_name=MODEL, catalogue=address),
        )
    return address, folders


@pytest.mark.postgres
def test_two_indexers_of_one_catalogue_share_the_work_and_no_text_is_embedded_twice(
    hosts: tuple[str, list[Path]],
) -> None:
    address, folders = hosts
    models = [Slow(), Slow()]
    workers = [indexer(data, address, model) for data, model in zip(folders, models, strict=True)]
    with Catalogue.open(address) as catalogue:
        for worker in workers:
            while worker.step():
                pass
        put_articles(catalogue, [article(f"n{n}", f"New {n}", f"words of {n}") for n in range(COUNT)])
        until = time.monotonic() + 30

        def work(worker: Indexer) -> None:
            while ids_not_embedded(catalogue.engine, MODEL, 1) and time.monotonic() < until:
                worker.step()

        threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ids_not_embedded(catalogue.engine, MODEL, 1) == []
    for worker in workers:
        worker.close()
    texts = [text for model in models for text in model.texts]
    assert len(texts) == len(set(texts)) == COUNT
    assert all(model.texts for model in models), "both had a part in it"


@pytest.mark.postgres
def test_what_somebody_claimed_who_dies_is_embedded_by_another(hosts: tuple[str, list[Path]], postgres) -> None:
    address, folders = hosts
    model, now = Slow(0), [1_000.0]
    worker = Indexer(
        folders[0],
        address,
        lambda name: model,
        "word-hash",
        Folding(folders[0], address, 0, in_thread=False),
        clock=lambda: now[0],
    )
    other = Catalogue.open(address)
    with Catalogue.open(address) as catalogue:
        put_articles(catalogue, [one := article("n", "New", "words of it")])
        with claimed(other.engine, [one.content_hash], MODEL, 1) as theirs:
            assert theirs == {one.content_hash}
            while worker.step():
                pass
            assert model.texts == []
            name = address.rpartition("/")[2]
            postgres.run(
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
                f"WHERE locktype = 'advisory' AND datname = '{name}'"
            )
            worker.step()
            assert model.texts == [], "it is looked at again after a while only"
            now[0] += CLAIMED_SECONDS
            while worker.step():
                pass
            assert len(model.texts) == 1
            assert ids_not_embedded(catalogue.engine, MODEL, 1) == []
    other.close()
    worker.close()


@pytest.mark.postgres
def test_a_claim_is_one_texts_by_one_model_and_ends_with_its_context(postgres) -> None:
    address = postgres.new_database()
    one, two = b"1" * 32, b"2" * 32
    with Catalogue.open(address) as here, Catalogue.open(address) as there:
        with claimed(here.engine, [one], MODEL, 1) as mine, claimed(there.engine, [one, two], MODEL, 1) as theirs:
            assert (mine, theirs) == ({one}, {two})
            with claimed(there.engine, [one], MODEL, 2) as other_recipe, claimed(there.engine, [one], "m", 1) as other:
                assert other_recipe == other == {one}
        with claimed(there.engine, [one, two], MODEL, 1) as all_of_them:
            assert all_of_them == {one, two}
        with pytest.raises(RuntimeError), claimed(here.engine, [one], MODEL, 1):
            raise RuntimeError
        with claimed(there.engine, [one], MODEL, 1) as again:
            assert again == {one}


@pytest.mark.postgres
def test_a_rebuild_waits_for_what_an_indexer_embeds_and_embeds_the_rest(hosts: tuple[str, list[Path]]) -> None:
    address, folders = hosts
    model = Slow(0)
    fresh = [article(f"n{n}", f"New {n}", f"words of {n}") for n in range(5)]
    taken = fresh[2]
    finished = threading.Event()

    def embed_one() -> None:
        with Catalogue.open(address) as catalogue, claimed(catalogue.engine, [taken.content_hash], MODEL, 1):
            started.set()
            time.sleep(1.0)
            vectors = WordHashEmbedder(64).embed(["by the indexer"])
            catalogue.keep_vectors([taken.content_hash], vectors, MODEL, 1)
            finished.set()

    started = threading.Event()
    other = threading.Thread(target=embed_one)
    other.start()
    assert started.wait(5)
    rebuild(folders[0], [Given([article("old", "Old"), *fresh])], model, Options(catalogue=address))
    assert finished.is_set()
    other.join()
    assert len(model.texts) == 4
    with Catalogue.open(address) as catalogue:
        kept = catalogue.vectors([taken.content_hash], MODEL, 1)[taken.content_hash]
    assert np.array_equal(kept, WordHashEmbedder(64).embed(["by the indexer"])[0])


@pytest.mark.postgres
def test_a_rebuild_of_which_others_embedded_all_asks_no_model(
    hosts: tuple[str, list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folders = hosts
    model, one = Slow(0), article("n", "New", "words of it")
    asked: list[int] = []
    monkeypatch.setattr(model, "embed", lambda texts: asked.append(len(texts)))
    started = threading.Event()

    def embed_it() -> None:
        with Catalogue.open(address) as catalogue, claimed(catalogue.engine, [one.content_hash], MODEL, 1):
            started.set()
            time.sleep(1.0)
            catalogue.keep_vectors([one.content_hash], WordHashEmbedder(64).embed(["it"]), MODEL, 1)

    other = threading.Thread(target=embed_it)
    other.start()
    assert started.wait(5)
    rebuild(folders[0], [Given([article("old", "Old"), one])], model, Options(catalogue=address))
    other.join()
    assert asked == []


def test_in_a_data_folder_there_is_nobody_else(data: Path) -> None:
    with Catalogue.open(data / "catalogue.sqlite") as catalogue, claimed(catalogue.engine, [b"1"], MODEL, 1) as mine:
        assert mine == {b"1"}
