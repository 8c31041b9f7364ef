"""Copies found one write at a time are those that are found for the whole archive at once."""

import gzip
import random
from collections.abc import Iterable
from pathlib import Path

import orjson
import pytest
import sqlalchemy as sa
from helpers import article, examples, is_thorough
from hypothesis import given
from hypothesis import strategies as st
from test_near_copies import CORRECTION, EDITS, NOTICE, OTHERS, STORY

from index import copies_at_once
from index.archive_copies import find_archive_copies
from index.article import Article
from index.article_record import parse_article, record_of
from index.article_rows import KEY_COLUMNS
from index.article_writes import delete_article, put_articles
from index.catalogue import Catalogue
from index.catalogue_key import ArticleKey
from index.change_log import changes_after, log_position
from index.chunks import in_chunks
from index.copies import NEVER, CopyState, find_copies
from index.schema import articles

IDS = [f"a{number}" for number in range(9)]
DAYS = [f"2026-01-{day:02}T{hour:02}:00:00Z" for day, hour in ((1, 0), (1, 12), (2, 0), (3, 6), (5, 0), (9, 0))]
TEXTS = [STORY, *EDITS.values(), *OTHERS.values(), CORRECTION, NOTICE, "short"]
TITLES = ["Board votes to dredge", "UPDATE 1-Board votes to dredge", "Two (corrected)", "Another thing"]


def kept(catalogue: Catalogue) -> dict[str, CopyState]:
    """The copy states in the catalogue; every article that is served must have one."""
    query = sa.select(articles.c.id, articles.c.copy_key, articles.c.superseded_at).where(~articles.c.unpublished)
    with catalogue.engine.connect() as connection:
        return {row.id: CopyState(row.copy_key, row.superseded_at) for row in connection.execute(query)}


def expected(catalogue: Catalogue) -> dict[str, CopyState]:
    """The copy states that a rebuild would find."""
    with catalogue.engine.connect() as connection:
        rows = connection.execute(sa.select(*KEY_COLUMNS).where(~articles.c.unpublished))
        return find_copies([ArticleKey(*row) for row in rows])


def written(catalogue: Catalogue, *given_: Article) -> list[str]:
    """The articles that the log names for one write."""
    with catalogue.engine.connect() as connection:
        before = log_position(connection)
    put_articles(catalogue, given_)
    return [line.article_id for line in changes_after(catalogue.engine, before)]


fields = st.fixed_dictionaries(
    {"title": st.sampled_from(TITLES), "text": st.sampled_from(TEXTS), "published_at": st.sampled_from(DAYS)},
    optional={
        "url": st.sampled_from(["https://herald.example/1", "https://herald.example/2"]),
        "version_of": st.sampled_from(["gone", *IDS]),
        "status": st.sampled_from(["published", "unpublished"]),
    },
)


@st.composite
def writes(draw: st.DrawFn) -> str | list[Article]:
    """An id to remove, or a batch to put."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(IDS))
    batch = []
    for one in draw(st.lists(st.sampled_from(IDS), min_size=1, max_size=3)):
        values = draw(fields)
        if values.get("version_of") == one:
            del values["version_of"]
        batch.append(article(one, **values))
    return batch


def apply(catalogue: Catalogue, steps: Iterable[str | list[Article]]) -> None:
    """Each write, and after each of them all states compared, and the log with what became different."""
    seen = 0
    for step in steps:
        before = kept(catalogue)
        if isinstance(step, str):
            delete_article(catalogue, step)
            touched = {step}
        else:
            put_articles(catalogue, step)
            touched = {one.id for one in step}
        after = kept(catalogue)
        assert after == expected(catalogue)
        differing = {one for one in before.keys() & after.keys() if before[one] != after[one]}
        lines = changes_after(catalogue.engine, seen)
        seen = lines[-1].seq if lines else seen
        named = {line.article_id for line in lines}
        assert differing - touched <= named <= differing | touched


@examples(40)
@given(steps=st.lists(writes(), min_size=1, max_size=10))
def test_after_any_writes_copies_are_those_of_the_whole_archive_and_the_log_names_them(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | list[Article]]
) -> None:
    with Catalogue.open(tmp_path_factory.mktemp("copies") / "catalogue.sqlite") as catalogue:
        apply(catalogue, steps)


def random_steps(chance: random.Random, count: int) -> Iterable[str | list[Article]]:
    for _ in range(count):
        one = chance.choice(IDS)
        if chance.random() < 0.25:
            yield one
            continue
        values: dict[str, object] = {
            "title": chance.choice(TITLES),
            "text": chance.choice(TEXTS),
            "published_at": chance.choice(DAYS),
        }
        if chance.random() < 0.2:
            values["url"] = "https://herald.example/1"
        if chance.random() < 0.2:
            values["version_of"] = chance.choice([other for other in IDS if other != one])
        yield [article(one, **values)]


def test_a_long_run_of_writes_keeps_copies_right_on_either_engine(catalogue: Catalogue) -> None:
    apply(catalogue, random_steps(random.Random(3), 60))


OLD = article("old", "Board votes to dredge", STORY, published_at=DAYS[0])
NEW = article("new", "CORRECTED: Board votes to dredge", CORRECTION, published_at=DAYS[1])
WHEN_NEW = 1767225600 + 43_200


@pytest.mark.parametrize("gone", ["deleted", "unpublished"])
def test_when_the_newer_version_goes_the_older_one_is_back_and_the_log_names_it(
    catalogue: Catalogue, gone: str
) -> None:
    put_articles(catalogue, [OLD])
    assert written(catalogue, NEW) == ["new", "old"]
    assert kept(catalogue)["old"].superseded_at == WHEN_NEW
    with catalogue.engine.connect() as connection:
        seen = log_position(connection)
    if gone == "deleted":
        delete_article(catalogue, "new")
    else:
        put_articles(catalogue, [article("new", "CORRECTED", CORRECTION, status="unpublished")])
    assert [(line.article_id, line.hidden) for line in changes_after(catalogue.engine, seen)] == [
        ("new", True),
        ("old", False),
    ]
    assert kept(catalogue)["old"].superseded_at == NEVER
    assert kept(catalogue).keys() == {"old"}


def test_what_is_like_others_and_no_copy_of_them_is_not_followed_from_day_to_day(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bulletin a day, each like the one before: a write must not read its way through all of them."""
    put_articles(
        catalogue,
        [
            article(
                f"n{day:02}",
                "Library bus",
                NOTICE.format(place=f"Place{day}", day="Monday", hour=day),
                published_at=f"2026-01-{day:02}",
            )
            for day in range(1, 29)
        ],
    )
    looked_at: list[int] = []
    monkeypatch.setattr(copies_at_once, "find_copies", lambda keys: looked_at.append(len(keys)) or find_copies(keys))
    put_articles(
        catalogue,
        [
            article(
                "new", "Library bus", NOTICE.format(place="Hobbleden", day="Friday", hour=3), published_at="2026-01-14"
            )
        ],
    )
    assert looked_at == [1]


def test_more_articles_of_one_address_than_one_write_looks_at_stay_one_to_a_reader(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = "https://herald.example/home"
    many = [article(f"n{number:02}", url=home, published_at=f"2026-01-{number:02}") for number in range(1, 29)]
    put_articles(catalogue, many)
    monkeypatch.setattr(copies_at_once, "MAX_BOUND", 5)
    put_articles(catalogue, [article("z", url=home, published_at="2026-02-01")])
    assert len({state.key for state in kept(catalogue).values()}) == 1


@pytest.mark.parametrize("first", ["dated", "undated"])
def test_near_copies_of_which_one_has_no_date_wait_for_the_next_rebuild(catalogue: Catalogue, first: str) -> None:
    """The one known exception: their words say nothing of where to look. The same words, address or version are found."""
    dated = article("dated", "One", STORY, published_at=DAYS[0])
    undated = article("undated", "Two", EDITS["typos mended"])
    for one in (dated, undated) if first == "dated" else (undated, dated):
        put_articles(catalogue, [one])
    assert len({state.key for state in expected(catalogue).values()}) == 1
    assert len({state.key for state in kept(catalogue).values()}) == 2
    put_articles(catalogue, [article("same", "Three", EDITS["typos mended"])])
    assert kept(catalogue)["same"].key == kept(catalogue)["undated"].key
    with catalogue.staging() as staging:
        staging.apply("g", find_archive_copies(staging.columns(), staging.sketches))
    assert kept(catalogue) == expected(catalogue)


def read(path: Path, **values: object) -> list[Article]:
    with gzip.open(path, "rb") as file:
        return [parse_article({**orjson.loads(line), **values}) for line in file]


@pytest.mark.data
@pytest.mark.parametrize("name", ["digitalgov", "bbc"])
def test_a_publishers_archive_written_in_any_order_has_the_copies_of_a_rebuild(
    name: str, development_data: Path, tmp_path: Path
) -> None:
    """The second has no dates: all of it is taken for two days' work, so that each write has all before it around."""
    dated = {"published_at": "2005-01-01"} if name == "bbc" else {}
    archive = read(development_data / name / "articles.jsonl.gz", **dated)
    if not is_thorough():
        archive = archive[::2]
    archive += [
        parse_article({**record_of(one), "id": f"copy of {one.id}", "title": f"UPDATE 1-{one.title}"})
        for one in archive[::20]
    ]
    random.Random(5).shuffle(archive)
    with Catalogue.open(tmp_path / "catalogue.sqlite") as catalogue:
        for batch in in_chunks(archive, 100):
            put_articles(catalogue, batch)
        assert kept(catalogue) == expected(catalogue)
        for one in archive[::15]:
            delete_article(catalogue, one.id)
        assert kept(catalogue) == expected(catalogue)
        assert sum(state.superseded_at != NEVER for state in kept(catalogue).values()) > 20
