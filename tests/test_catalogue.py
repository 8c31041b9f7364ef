"""The catalogue on both engines: what is staged is no one else's until it is applied; vectors; addresses; the schema."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from helpers import CountingEmbedder, article, said_of, told_of

from index.article import Article
from index.article_record import dump_record
from index.cached_embedder import CachedEmbedder
from index.catalogue import Catalogue, Place
from index.chunks import CHUNK
from index.cluster import tables  # noqa: F401  # which belong to the metadata
from index.engines import open_engine
from index.schema import metadata
from index.schema_versions import migrate

A, B, C = (article(name, url=f"https://example.org/{name}") for name in "abc")


def put(catalogue: Catalogue, *articles: Article, keep_unseen: bool = True) -> int:
    with catalogue.staging() as staging:
        for one in articles:
            staging.put(one)
        if not keep_unseen:
            staging.remove_unseen()
        return staging.apply()


def rows(catalogue: Catalogue, query: str) -> list[tuple]:
    with catalogue.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def run(catalogue: Catalogue, *statements: str) -> None:
    with catalogue.engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def held(catalogue: Catalogue) -> dict[str, bytes]:
    with catalogue.staging() as staging:
        return dict(staging.records(staging.columns().ids))


def test_migrations_from_nothing_lead_to_the_schema_and_twice_changes_nothing(empty_place: Place) -> None:
    engine = open_engine(empty_place)
    for _ in range(2):
        migrate(engine)
        with engine.connect() as connection:
            assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).all() == [("0009",)]
    engine.dispose()


@pytest.mark.parametrize("folder", ["what?now", "50% off", "a#b", "a b", "é", "mode=ro&x"])
def test_a_data_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    with Catalogue.open(tmp_path / folder / "catalogue.sqlite") as catalogue:
        put(catalogue, A)
        assert rows(catalogue, "SELECT id FROM articles") == [("a",)]
    assert (tmp_path / folder / "catalogue.sqlite").is_file()


def test_what_was_staged_and_not_applied_leaves_nothing(catalogue: Catalogue) -> None:
    put(catalogue, A)
    with catalogue.staging() as staging:
        staging.put(B)
        staging.put(article("a", "Changed"))
        staging.remove_unseen()
        assert staging.columns().ids == ["a", "b"]
    assert held(catalogue) == {"a": dump_record(A)}
    assert rows(catalogue, "SELECT count(*) FROM rebuilds") == [(1,)]


def test_nothing_may_be_staged_once_the_archive_was_read(catalogue: Catalogue) -> None:
    with catalogue.staging() as staging:
        staging.put(A)
        staging.columns()
        with pytest.raises(RuntimeError, match="b: nothing may be staged"):
            staging.put(B)


def test_the_archive_is_as_it_would_be_in_the_order_of_ids(catalogue: Catalogue) -> None:
    put(catalogue, A, C)
    changed = article("c", "Changed", section="world", published_at="1969-12-31T23:59:59.5", version_of="a")
    with catalogue.staging() as staging:
        for one in (changed, B):
            staging.put(one)
        staging.remove_unseen()
        assert staging.removed == {"a"}
        assert said_of(staging.columns()) == told_of(B, changed)
        assert staging.columns().published[1] == 0
        assert dict(staging.records(["c", "b", "unknown"])) == {"c": dump_record(changed), "b": dump_record(B)}


def test_a_rebuild_leaves_a_row_that_says_what_it_changed_and_no_line_in_the_log(catalogue: Catalogue) -> None:
    assert put(catalogue, A, B) == 2
    assert put(catalogue, A, B) == 0
    assert put(catalogue, article("a", "Changed"), C, keep_unseen=False) == 3
    assert rows(catalogue, "SELECT number, seq, changed, generation FROM rebuilds ORDER BY number") == [
        (1, 0, 2, ""),
        (2, 0, 0, ""),
        (3, 0, 3, ""),
    ]
    assert [bool(whole) for (whole,) in rows(catalogue, "SELECT from_sources FROM rebuilds ORDER BY number")] == [
        False,
        False,
        True,
    ]
    assert rows(catalogue, "SELECT count(*) FROM changes") == [(0,)]


def test_former_addresses_are_kept_and_the_present_one_is_not_among_them(catalogue: Catalogue) -> None:
    put(catalogue, A, B)
    for url in ("https://example.org/new", "https://example.org/newer", "https://example.org/a"):
        put(catalogue, article("a", url=url))
    with catalogue.staging() as staging:
        staging.put(article("b"))
        assert staging.aliases() == {
            "a": ("https://example.org/new", "https://example.org/newer"),
            "b": ("https://example.org/b",),
        }
    put(catalogue, B, keep_unseen=False)
    with catalogue.staging() as staging:
        assert staging.aliases() == {}


def test_many_articles_are_staged_in_chunks_and_duplicates_across_them_count_once(catalogue: Catalogue) -> None:
    many = [article(f"n{number:04}", published_at="2026-01-02") for number in range(2 * CHUNK + 3)]
    with catalogue.staging() as staging:
        for one in [*many, article("n0000", "Older", published_at="2026-01-01"), article("n0001", "Undated")]:
            staging.put(one)
        staging.put(article("n0002", "Newer", published_at="2026-01-03"))
        assert staging.duplicates == ["n0000", "n0001", "n0002"]
        assert staging.apply() == len(many)
    kept = held(catalogue)
    assert kept["n0000"] == dump_record(many[0])
    assert kept["n0001"] == dump_record(many[1])
    assert b"Newer" in kept["n0002"]
    assert len(kept) == catalogue.count() == len(many)


def test_vectors_come_back_as_they_were_kept(catalogue: Catalogue) -> None:
    vectors = np.array([[0.6, 0.8], [1, 0], [0, 0]], np.float32)
    hashes = [one.content_hash for one in (A, B, C)]
    catalogue.keep_vectors(hashes[:2], vectors[:2], "m", 1)
    catalogue.keep_vectors(hashes[1:], vectors[1:] * 0.5, "m", 1)
    catalogue.keep_vectors(hashes[:1], vectors[1:2], "other", 1)
    catalogue.keep_vectors(hashes[:1], vectors[1:2], "m", 2)
    found = catalogue.vectors([*hashes, b"unknown"], "m", 1)
    assert {key: value.tolist() for key, value in found.items()} == {
        hashes[0]: vectors[0].tolist(),
        hashes[1]: [0.5, 0],
        hashes[2]: [0, 0],
    }
    assert catalogue.stored_vectors([*hashes, b"unknown"], "m", 1) == set(hashes)
    assert catalogue.stored_vectors(hashes, "m", 2) == {hashes[0]}
    assert catalogue.vectors(hashes, "unknown", 1) == {}


def test_vectors_of_texts_that_no_article_has_are_forgotten(catalogue: Catalogue) -> None:
    put(catalogue, A, B)
    hashes = [one.content_hash for one in (A, B, C)]
    catalogue.keep_vectors(hashes, np.eye(3, dtype=np.float32), "m", 1)
    assert catalogue.forget_unused_vectors() == 1
    assert catalogue.stored_vectors(hashes, "m", 1) == set(hashes[:2])


def test_a_reader_sees_the_whole_of_a_change_or_nothing_of_it(
    catalogue: Catalogue, open_catalogue: Callable[[], Catalogue]
) -> None:
    put(catalogue, A)
    with catalogue.staging() as staging:
        for number in range(CHUNK + 1):
            staging.put(article(f"n{number}"))
        counts = []
        reader = open_catalogue()
        thread = threading.Thread(target=lambda: counts.append(reader.count()))
        thread.start()
        thread.join(10)
        assert counts == [1]
        staging.apply()
        assert reader.count() == CHUNK + 2


def test_sketches_of_another_version_are_made_anew_and_the_rest_stays(catalogue: Catalogue, engine_name: str) -> None:
    put(catalogue, A, B, C)
    old = "x'000102'" if engine_name == "sqlite" else "'\\x000102'"
    run(
        catalogue,
        "UPDATE articles SET sketch = NULL, head = NULL WHERE id = 'a'",
        f"UPDATE articles SET sketch = {old}, head = {old} WHERE id = 'b'",
        "UPDATE articles SET head = NULL WHERE id = 'c'",  # as the migration to 0003 leaves it
    )
    with catalogue.staging() as staging:
        assert said_of(staging.columns()) == told_of(A, B, C)
    assert rows(catalogue, "SELECT count(*) FROM articles WHERE length(sketch) > 100 AND length(head) > 100") == [(3,)]
    assert rows(catalogue, "SELECT count(*) FROM changes") == [(0,)]


def test_a_cached_embedder_embeds_each_text_once(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    inner = CountingEmbedder(8)
    plain = CountingEmbedder(8).embed(["one", "two", "one"])
    with CachedEmbedder(inner, path) as cached:
        assert (cached.model, cached.dimension) == (inner.model, 8)
        assert cached.embed([]).shape == (0, 8)
        assert cached.embed(["one", "two", "one"]).tolist() == plain.tolist()
    with CachedEmbedder(inner, path) as cached:
        assert cached.embed(["two", "three"])[0].tolist() == plain[1].tolist()
    assert inner.texts == ["one", "two", "three"]
