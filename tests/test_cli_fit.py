"""`alsoread fit` on a small invented archive whose editors have a habit that can be learnt."""

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive

from recommender.features import FEATURES
from recommender.policy import load_policy
from recommender.truth import own_links, without_link_words
from service.commands.truth_options import read_archive

START = datetime(2025, 1, 1, tzinfo=UTC)
WORDS = "river wall goal vote pump club song mayor quay budget ferry tide crew stage choir".split()


def records(count: int = 48, links: bool = True) -> list[dict[str, Any]]:
    """Of six tags in turn; the editors link each piece to the last one of its tag, whatever it is about."""
    made = []
    for n in range(count):
        about = " ".join(WORDS[(n * 7 + step * step) % len(WORDS)] for step in range(6))
        record = {
            "id": f"a{n:02}",
            "title": f"Piece number {n}",
            "text": f"{about} own{n}.",
            "tags": [f"tag{n % 6}"],
            "published_at": (START + timedelta(days=n)).isoformat(),
        }
        if links and n >= 6:
            record["links"] = [f"a{n - 6:02}"]
            record["text"] += f" Also read: Piece number {n - 6}."
        made.append(record)
    return made


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "articles.jsonl", records())


def fitted(archive: Path, data: Path, *options: object, **more: Any):
    return run("fit", "--articles", archive, "--data", data, "--only-older", *options, **more)


def test_what_is_learnt_is_a_policy_that_is_read_and_served_by(archive: Path, tmp_path: Path, data: Path):
    output = tmp_path / "policy.toml"
    said = fitted(archive, data, "--output", output)
    assert said.stdout == ""
    assert f"Wrote {output}; read a few lists under it: alsoread also-read ID --policy {output}" in said.stderr
    learnt, shipped = (policy.slots["also-read"] for policy in (load_policy(output), load_policy()))
    assert learnt.weights.topics > shipped.weights.topics, "the editors go by the tag"
    assert learnt.weights.words < shipped.weights.words, "and not by the words"
    settled = tomllib.loads(output.read_text(encoding="utf-8"))
    assert set(settled) == {"also-read", "background", "more-in-section"}
    assert set(settled["also-read"]) == {"half_life_days", "recency", "weights"}
    run("rebuild", write_archive(tmp_path / "again.jsonl", records(links=False)), "--data", data)
    arguments = ("also-read", "a47", "--data", data, "--at", "2026-01-01", "--json", "--explain")
    (served,) = lines(run(*arguments, "--policy", output))
    weights = {name: part["weight"] for name, part in served["items"][0]["breakdown"]["features"].items()}
    assert weights == learnt.weights.model_dump()
    (before,) = lines(run(*arguments))
    assert served["list_id"] != before["list_id"]
    assert [int(item["id"][1:]) % 6 for item in served["items"][:3]] == [47 % 6] * 3, "the first are of its tag"


def test_what_was_learnt_was_checked_on_the_newest_and_the_verdict_heads_the_file(
    archive: Path, tmp_path: Path, data: Path
):
    output = tmp_path / "policy.toml"
    (figures,) = lines(fitted(archive, data, "--output", output, "--json"))
    # 42 articles link to an older one; of those the newest quarter is 10.5, rounded to the even 10
    assert (figures["sources"], figures["links"], figures["checked"]) == (42, 42, 10)
    assert figures["ndcg@10_after"] >= figures["ndcg@10_before"]
    assert set(FEATURES) < set(figures)
    assert figures["output"] == str(output)
    verdict = (
        f"# On the newest 10 articles with links, learnt from the older ones: nDCG@10 {figures['ndcg@10_after']:.3f}, "
        f"the policy that it started from {figures['ndcg@10_before']:.3f}; better."
    )
    assert verdict in output.read_text(encoding="utf-8").splitlines()


def test_without_an_output_the_policy_is_printed(archive: Path, tmp_path: Path, data: Path):
    said = fitted(archive, data)
    path = tmp_path / "printed.toml"
    path.write_text(said.stdout, encoding="utf-8")
    fitted(archive, data, "--output", tmp_path / "written.toml")
    assert load_policy(path).version == load_policy(tmp_path / "written.toml").version
    assert "nDCG@10" in said.stderr


def test_a_file_that_is_there_is_not_replaced_unless_asked(archive: Path, tmp_path: Path, data: Path):
    output = tmp_path / "policy.toml"
    output.write_text("[also-read]\nlimit = 3\n", encoding="utf-8")
    said = one_line_error(fitted(archive, data, "--output", output, code=1))
    assert "--overwrite" in said
    assert output.read_text(encoding="utf-8") == "[also-read]\nlimit = 3\n"
    fitted(archive, data, "--output", output, "--overwrite")
    assert "[also-read.weights]" in output.read_text(encoding="utf-8")


def test_links_of_a_file_count_as_those_of_the_articles_do(archive: Path, tmp_path: Path, data: Path):
    bare = [{**one, "text": one["text"].split(" Also read")[0]} for one in records(links=False)]
    source = write_archive(tmp_path / "bare.jsonl", bare)
    links = tmp_path / "links.tsv"
    rows = "".join(f"a{n:02}\ta{n - 6:02}\n" for n in range(6, 48))
    links.write_text(f"source_id\ttarget_id\n{rows}", encoding="utf-8")
    (by_file,) = lines(fitted(source, data, "--links", links, "--json"))
    (by_articles,) = lines(fitted(archive, data, "--json"))
    assert by_file["sources"] == by_articles["sources"] == 42
    assert by_file["topics"] > load_policy().slots["also-read"].weights.topics


@pytest.mark.parametrize(("count", "usable"), [(6, None), (20, 14)])
def test_too_few_links_are_one_line_that_says_how_many(tmp_path: Path, data: Path, count: int, usable: int | None):
    source = write_archive(tmp_path / "few.jsonl", records(count))
    said = one_line_error(fitted(source, data, code=1))
    if usable is None:
        assert "no link leads from one of these articles to another" in said
    else:
        assert f"expected links from at least 20 articles to others that are candidates for them, got {usable}" in said


def test_with_too_few_to_check_on_some_of_them_it_says_so_and_learns_from_all(tmp_path: Path, data: Path):
    source = write_archive(tmp_path / "few.jsonl", records(30))
    output = tmp_path / "policy.toml"
    said = fitted(source, data, "--output", output)
    assert "too few articles with links to check" in said.stderr
    assert "# Learnt from 24 links that editors placed in 24 articles" in output.read_text(encoding="utf-8")


def test_what_the_start_settles_stands_in_what_is_written(archive: Path, tmp_path: Path, data: Path):
    start, output = tmp_path / "start.toml", tmp_path / "policy.toml"
    start.write_text(
        "[also-read]\nwindow_days = 730\ngrace_days = 30\napart = [['a', 'b']]\n[also-read.never_suggest]\ntypes = ['ad']\n"
        "[also-read.sections.sport]\nlimit = 2\n",
        encoding="utf-8",
    )
    fitted(archive, data, "--policy", start, "--output", output)
    before, after = load_policy(start), load_policy(output)
    for name in ("window_days", "grace_days", "apart", "never_suggest", "limit"):
        assert getattr(after.slots["also-read"], name) == getattr(before.slots["also-read"], name), name
    assert after.sections["also-read", "sport"].limit == 2
    assert after.sections["also-read", "sport"].weights == after.slots["also-read"].weights


def test_a_folder_that_is_not_there_is_said_before_anything_is_learnt(archive: Path, tmp_path: Path, data: Path):
    said = one_line_error(fitted(archive, data, "--output", tmp_path / "nowhere" / "policy.toml", code=1))
    assert "there is no folder" in said
    assert not data.exists()


def test_a_text_field_that_no_article_has_is_refused(archive: Path, data: Path):
    said = one_line_error(fitted(archive, data, "--text-field", "txet", code=1))
    assert "expected a field that some articles have, got 'txet'" in said


def test_the_links_of_the_articles_lead_by_id_address_and_title(tmp_path: Path):
    there = {"id": "there", "title": "The wall — again!", "url": "https://e.example/wall"}
    by = {
        "id": "there",
        "url": {"url": "HTTPS://e.example/wall/?utm_source=x"},
        "title": {"title": "the wall again"},
        "both": {"id": "stranger", "title": "The wall again"},
        "none": {"title": "The wall"},
        "odd": {"url": "mailto:a@e.example"},
    }
    linking = [{"id": f"by-{name}", "title": f"By {name}", "links": [link]} for name, link in by.items()]
    own = {"id": "self", "title": "Self", "links": ["self", {"title": "Self"}]}
    articles = read_archive(str(write_archive(tmp_path / "a.jsonl", [there, *linking, own])), {})
    assert own_links(articles) == {f"by-{name}": {"there"} for name in ("id", "url", "title")}


def test_the_titles_of_what_is_linked_are_cut_from_the_text_that_is_learnt_from(tmp_path: Path):
    source = {
        "id": "source",
        "title": "The wall again",
        "text": "The tide rose (2026). ALSO READ: the Wall (2025)! and What the pumps cost. The wall held.",
        "links": ["wall", {"title": "What the pumps cost", "url": "https://elsewhere.example/"}],
    }
    wall = {"id": "wall", "title": "The wall (2025)!", "text": "x"}
    articles = read_archive(str(write_archive(tmp_path / "a.jsonl", [source, wall])), {})
    cut = without_link_words(articles["source"], [articles["wall"]])
    assert cut.text.split() == "The tide rose (2026). ALSO READ: and . The wall held.".split()
    assert cut.title == "The wall again"
    alone = read_archive(str(write_archive(tmp_path / "b.jsonl", [{"id": "s", "text": "The wall (2025)!"}])), {})["s"]
    assert without_link_words(alone, [articles["wall"]]).text == "The wall (2025)!", "else nothing would be left of it"


def test_learning_reads_the_text_without_those_titles(tmp_path: Path, data: Path):
    """Each text names its target's headline, which shares no word with anything else: with it every target would be found
    by its title alone; without it the title says nothing."""
    told = [
        {**one, "title": f"Headline{n} of{n} its{n} own{n}", "text": one["text"].split(" Also read")[0]}
        for n, one in enumerate(records())
    ]
    for n in range(6, 48):
        told[n]["text"] += f" {told[n - 6]['title']}."
    source = write_archive(tmp_path / "told.jsonl", told)
    (figures,) = lines(fitted(source, data, "--json"))
    assert figures["title"] <= load_policy().slots["also-read"].weights.title
    links = tmp_path / "links.tsv"
    rows = "".join(f"a{n:02}\ta{n - 6:02}\n" for n in range(6, 48))
    links.write_text(f"source_id\ttarget_id\n{rows}", encoding="utf-8")
    (as_they_stand,) = lines(fitted(source, data, "--links", links, "--json"))
    assert as_they_stand["ndcg@10_before"] > figures["ndcg@10_before"]
    assert as_they_stand["title"] > figures["title"]
