"""An archive's columns say what its articles say, and copies found in them are those found article by article."""

import numpy as np
import pytest
from helpers import article, examples, key_of, said_of, told_of
from hypothesis import given
from hypothesis import strategies as st
from test_copies_at_once import DAYS, IDS, TEXTS, TITLES

from index.archive_copies import find_archive_copies
from index.article import Article
from index.article_columns import ArticleColumns, KnownHashes, groups_of, numbered
from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue
from index.copies import find_copies

fields = st.fixed_dictionaries(
    {"title": st.sampled_from(TITLES), "text": st.sampled_from(TEXTS)},
    optional={
        "published_at": st.sampled_from(DAYS),
        "url": st.sampled_from(["https://herald.example/1", "https://herald.example/2"]),
        "version_of": st.sampled_from(["gone", "self", *IDS]),
        "section": st.sampled_from(["world", "world/europe"]),
        "status": st.sampled_from(["published", "unpublished"]),
    },
)


def made(article_id: str, values: dict[str, str]) -> Article:
    return article(
        article_id, **{name: value for name, value in values.items() if (name, value) != ("version_of", article_id)}
    )


archives = st.dictionaries(st.sampled_from(IDS), fields, max_size=9).map(
    lambda chosen: [made(article_id, values) for article_id, values in chosen.items()]
)


@examples(80)
@given(before=archives, sources=archives, written=archives, gone=st.sampled_from([None, *IDS]))
def test_columns_and_copies_are_those_of_the_articles_one_by_one(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[Article],
    sources: list[Article],
    written: list[Article],
    gone: str | None,
) -> None:
    """`before` is in the catalogue, `sources` are put by a rebuild, `written` and `gone` through the API meanwhile."""
    with Catalogue.open(tmp_path_factory.mktemp("columns") / "catalogue.sqlite") as catalogue:
        put_articles(catalogue, before)
        with catalogue.staging() as staging:
            for one in sources:
                staging.put(one)
            put_articles(catalogue, written)
            if gone:
                delete_article(catalogue, gone)
            columns = staging.columns()
            copies = find_archive_copies(columns, staging.sketches)
    api = {one.id for one in written if one not in before}
    held = {one.id: one for one in (*before, *written) if one.id != gone}
    recent = {one.id for one in before}  # what the API wrote since the last rebuild stays as it was written
    held |= {one.id: one for one in sources if one.id not in api | recent and one.id != gone}
    expected = [held[key] for key in sorted(held) if not held[key].unpublished]
    assert said_of(columns) == told_of(*expected)
    states = find_copies([key_of(one) for one in expected])
    assert {key: copies.of(row) for row, key in enumerate(columns.ids)} == states


pairs = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=12)


@given(known=pairs.map(lambda found: list(dict.fromkeys(found))), wanted=pairs)
def test_a_hash_is_found_by_both_of_its_halves(known: list[tuple[int, int]], wanted: list[tuple[int, int]]) -> None:
    found = KnownHashes(np.array(known, np.uint64).reshape(-1, 2)).find(np.array(wanted, np.uint64).reshape(-1, 2))
    assert found.tolist() == [known.index(one) if one in known else -1 for one in wanted]


@given(values=pairs)
def test_equal_hashes_are_one_group_and_one_number(values: list[tuple[int, int]]) -> None:
    hashes = np.array(values, np.uint64).reshape(-1, 2)
    rows = {one: [row for row, other in enumerate(values) if other == one] for one in values}
    shared = sorted(some for one, some in rows.items() if len(some) > 1 and one != (0, 0))
    assert sorted(group.tolist() for group in groups_of(hashes)) == shared
    numbers = numbered(hashes).tolist()
    assert all((numbers[a] == numbers[b]) == (values[a] == values[b]) for a in range(len(values)) for b in range(a))


def test_an_article_is_found_by_its_id_and_what_is_not_there_is_not() -> None:
    assert ArticleColumns.none().at("a") is None
    assert ArticleColumns.none().rows_of(["a"]).tolist() == []
