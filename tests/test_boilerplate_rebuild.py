"""Rebuilds learn a site's furniture, read articles without it, and do what editors decided about it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import rmtree

import pytest
import sqlalchemy as sa
from boilerplate_pages import HOST, body, page
from helpers import CountingEmbedder, Given, opened, rebuild_with
from indexer_fixtures import MODEL, Desk

from index.archive_copies import find_archive_copies
from index.article import Article
from index.article_reader import ArticleReader
from index.article_writes import put_articles
from index.boilerplate.apply import NO_CLEANER, Cleaner
from index.boilerplate.decisions import Decision, add_line, decide, read_decisions, waiting
from index.boilerplate.forms import host_of, plain
from index.boilerplate.rereading import reread
from index.boilerplate.rules import Rule, RuleSet
from index.catalogue import Catalogue, place_of
from index.change_log import Bell, ids_not_embedded
from index.embedder import RECIPE, WordHashEmbedder, embedding_text
from index.generation import Archive
from index.rebuild import Options, rebuild
from index.report import Report
from index.schema import articles
from index.schema import vectors as stored
from index.snapshot import Recipe

MEMBER = "The Echo belongs to its readers and is printed on the island."
PLUG = "Every Friday we send out what happened: sign up for the newsletter."


def pages(count: int = 30, bottom: Sequence[str] = (MEMBER,), first: int = 0) -> list[Article]:
    return [page(number, bottom=bottom) for number in range(first, first + count)]


def decisions(data: Path) -> dict[str, Decision]:
    with Catalogue.open(place_of(data)) as catalogue:
        return {one.finding.example: one for one in read_decisions(catalogue.engine)}


def settle(data: Path, line: str, state: str) -> None:
    with Catalogue.open(place_of(data)) as catalogue:
        decide(catalogue.engine, [line], state, "anna")  # type: ignore[arg-type]  # one of the three


def again(data: Path, embedder: CountingEmbedder | None = None) -> Report:
    """A rebuild of what is there."""
    return rebuild(data, [], embedder or WordHashEmbedder(64), Options())


def vectors(data: Path) -> dict[str, list[float]]:
    snapshot = opened(data)
    return {snapshot.id_of(row): snapshot.vectors.get(snapshot.id_of(row)).tolist() for row in range(len(snapshot))}


def test_a_first_rebuild_reads_articles_as_if_the_site_had_no_furniture(data: Path, tmp_path: Path):
    embedder = CountingEmbedder()
    report = rebuild_with(data, pages(), embedder)
    rebuild_with(tmp_path / "bare", pages(bottom=[]))
    assert report.boilerplate.removed_at_once
    assert [one.example for one in report.boilerplate.new] == [MEMBER]
    assert (report.boilerplate.rules, report.boilerplate.reread, report.embedded) == (1, 30, 30)
    assert not any(MEMBER in text for text in embedder.texts)
    assert vectors(data) == vectors(tmp_path / "bare")


def test_the_articles_themselves_keep_every_line(data: Path):
    rebuild_with(data, pages())
    reader = ArticleReader(place_of(data))
    assert reader.article("p003").text == "\n\n".join([*body(3), MEMBER])
    reader.close()


def test_a_second_rebuild_learns_nothing_embeds_nothing_and_publishes_nothing(data: Path):
    first = rebuild_with(data, pages())
    embedder = CountingEmbedder()
    second = rebuild_with(data, pages(), embedder)
    assert (second.published, second.generation, embedder.texts) == (False, first.generation, [])
    assert second.boilerplate.new == ()
    assert second.boilerplate.reread == 0


def test_what_an_editor_keeps_is_text_from_the_next_rebuild_on_and_never_removed_again(data: Path):
    some = [page(number, bottom=[MEMBER, PLUG] if number % 3 == 0 else [MEMBER]) for number in range(30)]
    rebuild_with(data, some)
    settle(data, PLUG, "kept")
    with Catalogue.open(place_of(data)) as catalogue:
        assert waiting(catalogue.engine) == 1
    embedder = CountingEmbedder()
    report = again(data, embedder)
    assert (report.boilerplate.reread, report.embedded, len(embedder.texts)) == (10, 10, 10)
    assert all(PLUG in text and MEMBER not in text for text in embedder.texts)
    more = rebuild_with(data, [*some, *(page(n, bottom=[MEMBER, PLUG]) for n in range(30, 90))])
    assert more.boilerplate.new == ()
    assert decisions(data)[PLUG].state == "kept"


def test_going_back_to_what_was_decided_before_embeds_nothing(data: Path):
    rebuild_with(data, pages())
    settle(data, MEMBER, "kept")
    again(data)
    settle(data, MEMBER, "removed")
    embedder = CountingEmbedder()
    assert (again(data, embedder).boilerplate.reread, embedder.texts) == (30, [])


def test_a_rule_writes_anew_the_rows_that_it_changes_and_leaves_all_others_where_they_are(data: Path):
    some = [page(number, bottom=[MEMBER, PLUG] if number % 10 == 0 else [MEMBER]) for number in range(60)]
    rebuild_with(data, some)
    before = opened(data)
    settle(data, PLUG, "kept")
    report = again(data)
    assert (report.boilerplate.reread, report.changed, report.added, report.removed) == (6, 6, 0, 0)
    after = opened(data)
    assert after.manifest.recipe != before.manifest.recipe
    assert after.segments[0].name == before.segments[0].name
    assert int(after.dead[0].sum()) == 6


@pytest.mark.parametrize(
    "url", ["https://www.Echo.example:8443/a", "https://bücher.example/a", "http://ECHO.example./a?b#c", None]
)
def test_an_article_is_read_again_where_the_rules_for_its_host_differ_and_others_are_not(data: Path, url: str | None):
    ours, other = replace(page(1, bottom=[MEMBER]), id="a", url=url), replace(page(2, bottom=[MEMBER]), id="b")
    rule = Rule(f"={plain(MEMBER)}", host=host_of(ours))
    cleaner = Cleaner(RuleSet(7, (rule,)))
    assert cleaner.cuts(ours)
    with Catalogue.open(place_of(data)) as catalogue, catalogue.staging() as staging:
        staging.put(ours)
        staging.put(other)
        staging.freeze()
        assert reread(staging.connection, (), NO_CLEANER, cleaner) == 1
        assert reread(staging.connection, (), NO_CLEANER, Cleaner(RuleSet(8, (replace(rule, host="*"),)))) == 1


def test_a_row_hangs_on_what_the_rules_leave_of_its_article(data: Path):
    with Catalogue.open(place_of(data)) as catalogue, catalogue.staging() as staging:
        staging.put(page(1))
        staging.freeze()
        columns = staging.columns()
        copies = find_archive_copies(columns, staging.sketches)
    recipe = Recipe("m", 64, RECIPE)
    read_otherwise = replace(columns, content_hash=columns.content_hash ^ columns.content_hash.dtype.type(1))
    one, other = (Archive(each, copies, {}).fingerprints(recipe).tolist() for each in (columns, read_otherwise))
    assert one != other
    assert one == Archive(columns, copies, {}).fingerprints(replace(recipe, rules=7)).tolist()


def test_an_index_of_before_vectors_were_kept_by_what_rules_leave_goes_on_and_embeds_what_they_cut(data: Path):
    some = [page(number, bottom=[MEMBER] if number % 2 else []) for number in range(40)]
    rebuild_with(data, some)
    vectors_before = vectors(data)
    with Catalogue.open(place_of(data)) as catalogue:
        as_before_0008(catalogue, {one.id: one.content_hash for one in some})
    with Catalogue.open(place_of(data)) as catalogue:
        assert ids_not_embedded(catalogue.engine, opened(data).manifest.recipe.model, RECIPE) == []
    rmtree(data / "snapshots")  # its fingerprints were others
    embedder = CountingEmbedder()
    report = rebuild_with(data, some, embedder)
    assert (report.boilerplate.reread, len(embedder.texts)) == (20, 20)
    assert vectors(data) == vectors_before


def as_before_0008(catalogue: Catalogue, raw: dict[str, bytes]) -> None:
    """Hashes of texts as they came, and vectors under a recipe that names the rules; a schema that says so."""
    with catalogue.engine.begin() as connection:
        rules = connection.execute(
            sa.text("SELECT number FROM boilerplate_sets WHERE active_at IS NOT NULL")
        ).scalar_one()
        for article_id, content_hash in raw.items():
            read = connection.execute(
                sa.select(articles.c.content_hash).where(articles.c.id == article_id)
            ).scalar_one()
            values = {"content_hash": content_hash, "recipe": RECIPE + 1_000 * rules}
            connection.execute(sa.update(stored).where(stored.c.content_hash == read).values(**values))
            where = articles.c.id == article_id
            connection.execute(sa.update(articles).where(where).values(content_hash=content_hash))
        for table in ("projections", "served_terms", "served_segments", "served_links", "served_names", "served"):
            connection.execute(sa.text(f"DROP TABLE {table}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0007'"))


def test_what_later_articles_bring_is_removed_at_once_where_it_is_little_and_proposed_where_it_is_much(data: Path):
    plain = pages(200, bottom=[])
    rebuild_with(data, plain)
    little = rebuild_with(data, [*plain, *pages(25, [PLUG], first=200)])
    assert (little.boilerplate.removed_at_once, little.boilerplate.reread) == (True, 25)
    much = rebuild_with(data, [*pages(100, [MEMBER]), *plain[100:], *pages(25, [PLUG], first=200)])
    assert [one.example for one in much.boilerplate.new] == [MEMBER]
    assert (much.boilerplate.removed_at_once, much.boilerplate.reread) == (False, 0)
    assert decisions(data)[MEMBER].state == "proposed"
    settle(data, MEMBER, "removed")
    assert again(data).boilerplate.reread == 100


def test_where_nobody_wants_it_nothing_is_learnt_or_nothing_removed(data: Path):
    report = rebuild_with(data, pages(), boilerplate="off")
    assert (report.boilerplate.new, decisions(data)) == ((), {})
    report = rebuild_with(data, pages(60), boilerplate="propose")
    assert (len(report.boilerplate.new), report.boilerplate.removed_at_once, report.boilerplate.rules) == (1, False, 0)
    assert decisions(data)[MEMBER].state == "proposed"


def test_a_dry_run_says_what_would_be_learnt_and_keeps_nothing(data: Path):
    rebuild_with(data, pages(30, []))
    report = rebuild_with(data, pages(60), dry_run=True)
    assert (len(report.boilerplate.new), decisions(data)) == (1, {})
    assert report.embedded == 60


@pytest.mark.parametrize("everywhere", [True, False])
def test_a_line_that_nobody_learnt_is_removed_when_an_editor_says_so(data: Path, everywhere: bool):
    odd = "Printed at the harbour."
    rebuild_with(data, [*pages(28, []), page(28, bottom=[odd]), page(29, bottom=[odd], url="https://other.example/a")])
    with Catalogue.open(place_of(data)) as catalogue:
        add_line(catalogue.engine, odd, "anna", "*" if everywhere else HOST)
    embedder = CountingEmbedder()
    again(data, embedder)
    assert len(embedder.texts) == (2 if everywhere else 1)
    assert not any(odd in text for text in embedder.texts)


def test_what_is_written_between_rebuilds_is_read_by_the_rules_of_the_last(data: Path):
    desk = Desk(data)
    rebuild_with(data, pages(), model_name=MODEL, force=True)
    put_articles(desk.catalogue, [page(77, bottom=[MEMBER])])
    Bell(data).ring()
    desk.work()
    desk.close()
    assert desk.embedder.texts[-1] == embedding_text(page(77))


def test_copies_of_a_wire_story_are_no_furniture(data: Path):
    wire = "The agency said in one and the same text that the river rose over the wall at the quay."
    copies = [page(n, paragraphs=[wire], title=f"Wire {n}") for n in range(12)]
    two = [page(n, paragraphs=[wire, "It rained."], title=f"Wire {n}") for n in range(12, 24)]
    report = rebuild(data, [Given([*copies, *two, *pages(30, [], first=30)])], WordHashEmbedder(64), Options())
    assert report.boilerplate.new == ()
