"""Who links to whom, against a dictionary of names and a walk over all links."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import CountingEmbedder, article, examples, key_of, opened, rebuild_with
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.copies import NEVER, find_copies
from index.link_graph import LinkGraph
from index.link_names import title_name
from index.snapshot import Snapshot
from index.urls import canonical_url

HERE = "https://herald.example"
EARLY = datetime(1, 1, 1, tzinfo=UTC)


def links_of(snapshot: Snapshot) -> set[tuple[str, str]]:
    return {tuple(snapshot.id_of(int(row)) for row in pair) for pair in snapshot.links.outgoing.T}


def newest_first(articles: Sequence[Article]) -> list[Article]:
    return sorted(articles, key=lambda one: one.published_at or EARLY, reverse=True)


def brute_force(archive: Sequence[Article]) -> set[tuple[str, str]]:
    """Each link by its id and its address, or where it has neither by its title; of several so called the newest; then the
    newest of the copies of a superseded one that is not superseded itself."""
    copies = find_copies([key_of(one) for one in archive])
    found = set()
    for source in archive:
        for link in source.links:
            url = link.url if link.url and not link.url.startswith("mailto:") else None
            by_id = [one for one in archive if one.id == link.article_id]
            by_url = [one for one in archive if url and one.url and canonical_url(one.url) == canonical_url(url)]
            by_title = [one for one in archive if title_name(one.title) == title_name(link.title or "") != ""]
            for named in (by_id, by_url) if link.article_id or url else (by_title,):
                if not named:
                    continue
                target = newest_first(named)[0]
                if copies[target.id].superseded_at != NEVER:
                    places = [one for one in archive if copies[one.id].key == copies[target.id].key]
                    alive = [one for one in places if copies[one.id].superseded_at == NEVER]
                    target = newest_first(alive or [target])[0]
                if target.id != source.id:
                    found.add((source.id, target.id))
    return found


IDS = [f"a{n}" for n in range(6)]
names: st.SearchStrategy[Any] = st.sampled_from(
    [
        *IDS,
        f"{HERE}/0",
        "HTTPS://Herald.example:443/1/?utm_source=mail#top",
        {"url": f"{HERE}/2/"},
        {"title": "The flood, again!"},
        {"title": "THE FLOOD AGAIN"},
        {"title": "Vote"},
        {"title": "?!"},
        {"id": "stranger"},
        {"id": "stranger", "title": "Vote"},
        {"url": "mailto:desk@herald.example", "title": "Vote"},
    ]
)
records = st.fixed_dictionaries(
    {"title": st.sampled_from(["The flood again", "Vote", "!!!"]), "links": st.lists(names, max_size=4)},
    optional={"url": st.sampled_from([f"{HERE}/0", f"{HERE}/1", f"{HERE}/2"]), "version_of": st.sampled_from(IDS)},
)


def without_ties(rows: Sequence[dict[str, Any]]) -> list[Article]:
    """The articles, each of a day of its own: of equally new ones either may be meant."""
    return [
        article(
            f"a{n}",
            text=f"own{n}",
            published_at=f"2026-01-{1 + 5 * n % 7:02}",
            **{**values, **({"version_of": None} if values.get("version_of") == f"a{n}" else {})},
        )
        for n, values in enumerate(rows)
    ]


@examples(20)
@given(data=st.data(), rows=st.lists(records, min_size=1, max_size=6))
def test_links_are_those_of_a_walk_over_all_names_whichever_segments(tmp_path_factory, data, rows):
    archive = without_ties(rows)
    cut = data.draw(st.integers(0, len(archive)))
    folder = tmp_path_factory.mktemp("links") / "data"
    rebuild_with(folder, [*archive[:cut], article("gone", "Vote", published_at="2026-02-01", links=IDS)])
    rebuild_with(folder, archive, force=True)
    snapshot = opened(folder)
    assert links_of(snapshot) == brute_force(archive)
    outgoing, incoming = snapshot.links.outgoing.T, snapshot.links.incoming.T
    assert sorted(map(tuple, outgoing.tolist())) == list(map(tuple, outgoing.tolist()))
    assert incoming[:, 1].tolist() == sorted(incoming[:, 1].tolist())
    assert set(map(tuple, incoming.tolist())) == set(map(tuple, outgoing.tolist()))
    every = np.arange(int(snapshot.starts[-1]))
    asked = np.array(data.draw(st.lists(st.sampled_from(every.tolist()), max_size=9)), dtype=np.int64)
    for near, spans in ((0, snapshot.links.from_rows(asked)), (1, snapshot.links.to_rows(asked))):
        expected = [
            (at, pair[1 - near]) for at, row in enumerate(asked) for pair in outgoing.tolist() if pair[near] == row
        ]
        assert sorted(zip(*(part.tolist() for part in spans), strict=True)) == sorted(expected)
    assert snapshot.links.sources().tolist() == sorted({source for source, _ in outgoing.tolist()})


@pytest.mark.parametrize(
    "link",
    [
        "target",
        {"id": "target", "url": "https://elsewhere.example/"},
        f"{HERE}/there",
        "HTTPS://HERALD.example:443/there/?utm_campaign=x#part",
        {"title": "the BRIDGE — is open!"},
        {"url": "not an address", "title": "The bridge is open"},
    ],
)
def test_a_link_finds_its_target_by_id_address_or_title(build, link):
    target = article("target", "The bridge is open", url=f"{HERE}/there")
    assert links_of(build([target, article("source", links=[link])])) == {("source", "target")}


def test_a_link_to_an_address_that_an_article_had_before_finds_it_unless_another_is_there_now(data: Path):
    source = article("source", links=[f"{HERE}/old"])
    rebuild_with(data, [source, article("moved", url=f"{HERE}/old", published_at="2026-01-01")])
    moved = article("moved", url=f"{HERE}/new", published_at="2026-01-01")
    rebuild_with(data, [source, moved])
    assert links_of(opened(data)) == {("source", "moved")}
    rebuild_with(data, [source, moved, article("there-now", url=f"{HERE}/old", published_at="2001-01-01")])
    assert links_of(opened(data)) == {("source", "there-now")}


def test_of_several_of_one_title_the_newest_is_meant_and_an_undated_one_last(build):
    recipes = [
        article(f"soup-{year}", "Soup", f"of {year}", published_at=f"{year}-01-01") for year in (2020, 2024, 2022)
    ]
    snapshot = build([*recipes, article("soup", "Soup", "undated"), article("source", links=[{"title": "Soup"}])])
    assert links_of(snapshot) == {("source", "soup-2024")}


def test_a_link_to_what_was_replaced_means_what_is_in_its_place_and_none_to_oneself(build):
    chain = [
        article("first", text="one", published_at="2026-01-01"),
        article("second", text="two", published_at="2026-01-02", version_of="first"),
        article("third", text="three", published_at="2026-01-03", version_of="second", links=["first"]),
        article("source", links=["first"]),
    ]
    assert links_of(build(chain)) == {("source", "third")}


def test_of_equally_new_copies_in_the_place_of_what_was_replaced_the_first_by_id_is_meant_whatever_the_segments(
    data: Path,
):
    wire = "the wire said that the river rose over the wall at the quay while all of the pumps ran through the night"
    first, source = article("first", text="one"), article("source", links=["first"])
    twins = [article("b", text=wire, version_of="first"), article("a", text=wire), article("c", text=wire)]
    rebuild_with(data, [first, source, *twins])
    assert links_of(opened(data)) == {("source", "a")}
    rebuild_with(data.with_name("grown"), [first, source, twins[0]])
    rebuild_with(data.with_name("grown"), [first, source, *twins])
    grown = opened(data.with_name("grown"))
    assert len(grown.segments) == 2
    assert links_of(grown) == {("source", "a")}


def test_deleted_articles_link_to_none_and_none_links_to_them(data: Path):
    archive = [
        article("a", links=["b"]),
        article("b", links=["c"]),
        article("c"),
        *(article(f"x{n}") for n in range(9)),
    ]
    rebuild_with(data, archive)
    assert links_of(opened(data)) == {("a", "b"), ("b", "c")}
    rebuild_with(data, [one for one in archive if one.id != "b"])
    snapshot = opened(data)
    assert sum(segment.rows for segment in snapshot.segments) == len(archive), "the row of b is there, but deleted"
    assert links_of(snapshot) == set()


def test_links_to_an_article_that_comes_later_count_then_and_no_linking_row_is_written_anew(data: Path):
    embedder = CountingEmbedder(64)
    early = [article("source", links=["later", {"title": "Later on"}]), article("other", links=["source"])]
    rebuild_with(data, early, embedder)
    assert links_of(opened(data)) == {("other", "source")}
    report = rebuild_with(data, [*early, article("later", "Later on")], embedder)
    snapshot = opened(data)
    assert (report.added, report.changed, report.embedded) == (1, 0, 1)
    assert [segment.rows for segment in snapshot.segments] == [2, 1]
    assert links_of(snapshot) == {("other", "source"), ("source", "later")}


def test_without_links_the_graph_is_empty_and_answers():
    graph = LinkGraph.empty()
    rows = np.array([0, 3])
    assert len(graph) == len(graph.sources()) == len(graph.from_rows(rows)[0]) == len(graph.to_rows(rows)[1]) == 0
    assert len(LinkGraph.between((), ())) == 0
