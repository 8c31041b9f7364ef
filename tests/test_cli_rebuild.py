"""`alsoread rebuild`: what it reads, what it says, what its exit codes mean."""

import gzip
import json
from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run, write_archive
from service_fixtures import as_lines, numbered, record, small_archive

from index.pointer import current_generation, generations

COUNTS = ["read", "rejected", "articles", "added", "changed", "removed", "embedded"]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return write_archive(tmp_path / "articles.jsonl", small_archive())


def counts(result) -> dict[str, int]:
    (report,) = lines(result)
    return {name: report[name] for name in COUNTS}


def test_a_rebuild_reports_what_it_did_as_one_json_object(archive: Path, data: Path):
    result = run("rebuild", archive, "--data", data, "--json")
    (report,) = lines(result)
    assert list(report) == [
        *COUNTS,
        "skipped",
        "duplicate_ids",
        "generation",
        "published",
        "seconds",
        "difference",
        "boilerplate",
    ]
    assert counts(result) == {**dict.fromkeys(COUNTS, 15), "rejected": 0, "changed": 0, "removed": 0}
    assert report["generation"] == current_generation(data)
    assert report["published"] is True
    assert report["difference"] == {
        "articles": {"before": 0, "after": 15, "added": 15, "removed": 0, "changed": 0},
        "vectors": {"before": 0, "after": 15},
        "sections": {name: {"before": 0, "after": 5} for name in ("council", "news", "sport")},
        "made_with": {},
        "refused": [],
    }
    assert result.stderr == ""


def test_without_json_a_pipe_gets_columns_apart_by_tabs_and_a_sentence(archive: Path, data: Path):
    heading, figures, sentence = run("rebuild", archive, "--data", data).stdout.splitlines()
    assert heading.split("\t") == COUNTS
    assert figures.split("\t") == ["15", "0", "15", "15", "0", "0", "15"]
    assert sentence.startswith(f"published {current_generation(data)} in ")


def test_a_second_rebuild_of_the_same_embeds_and_publishes_nothing(archive: Path, data: Path):
    run("rebuild", archive, "--data", data)
    generation = current_generation(data)
    result = run("rebuild", archive, "--data", data)
    assert result.stdout.splitlines()[1].split("\t") == ["15", "0", "15", "0", "0", "0", "0"]
    assert f"nothing had changed; {generation} serves on" in result.stdout
    assert generations(data) == [generation]


def test_only_what_changed_is_embedded(archive: Path, data: Path):
    run("rebuild", archive, "--data", data)
    changed = [numbered("flood", 1, text="Quite other words."), numbered("flood", 2, section="sport")]
    write_archive(archive, [*changed, *small_archive()[2:14], record("new", "Fresh words.")])
    wanted = {"read": 15, "rejected": 0, "articles": 15, "added": 1, "changed": 2, "removed": 1, "embedded": 2}
    assert counts(run("rebuild", archive, "--data", data, "--json")) == wanted


def test_without_a_source_the_archive_is_indexed_again(archive: Path, data: Path):
    run("rebuild", archive, "--data", data)
    wanted = {**dict.fromkeys(COUNTS, 0), "articles": 15}
    assert counts(run("rebuild", "--data", data, "--json")) == wanted


def test_gzip_and_standard_input_are_read_alike(archive: Path, tmp_path: Path):
    packed = tmp_path / "articles.jsonl.gz"
    packed.write_bytes(gzip.compress(archive.read_bytes()))
    from_gzip = run("rebuild", packed, "--data", tmp_path / "a", "--json")
    from_stdin = run("rebuild", "-", "--data", tmp_path / "b", "--json", stdin=archive.read_bytes())
    assert (
        counts(from_gzip)
        == counts(from_stdin)
        == {**dict.fromkeys(COUNTS, 15), "rejected": 0, "changed": 0, "removed": 0}
    )


def test_several_sources_together_are_the_whole_archive(tmp_path: Path, data: Path):
    one = write_archive(tmp_path / "one.jsonl", small_archive()[:8])
    two = write_archive(tmp_path / "two.jsonl", small_archive()[8:])
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "story.txt").write_text("A headline of a page\n\nA body with sandbags and pumps.\n", encoding="utf-8")
    assert counts(run("rebuild", one, two, pages, "--data", data, "--json"))["articles"] == 16
    assert counts(run("rebuild", one, two, "--data", data, "--json"))["removed"] == 1


def test_what_the_sources_do_not_hold_goes_unless_it_is_an_addition(archive: Path, tmp_path: Path, data: Path):
    run("rebuild", archive, "--data", data)
    more = write_archive(tmp_path / "more.jsonl", [numbered("flood", 6)])
    added = counts(run("rebuild", more, "--data", data, "--add", "--json"))
    assert (added["articles"], added["added"], added["removed"]) == (16, 1, 0)
    fewer = write_archive(tmp_path / "fewer.jsonl", small_archive()[:14])
    assert counts(run("rebuild", fewer, "--data", data, "--json"))["removed"] == 2


def test_fields_are_read_from_where_the_archive_has_them(tmp_path: Path, data: Path):
    theirs = [{"guid": n, "headline": f"Headline {n}", "body": "River flood wall.", "topic": "news"} for n in (1, 2)]
    source = write_archive(tmp_path / "theirs.jsonl", theirs)
    fields = ["--field", "id=guid", "--field", "title=headline", "--field", "text=body", "--field", "section=topic"]
    run("rebuild", source, "--data", data, *fields)
    (answer,) = lines(run("more-in-section", "1", "--data", data, "--json"))
    assert answer["article"]["title"] == "Headline 1"
    assert [item["id"] for item in answer["items"]] == ["2"]


def test_a_field_that_no_record_has_is_refused_before_it_costs_every_text(tmp_path: Path, data: Path):
    records = [{"id": "a", "title": "Flood", "body": "river"}, {"id": "b", "title": "Wall", "body": "bank"}]
    source = write_archive(tmp_path / "a.jsonl", records)
    result = run("rebuild", source, "--data", data, "--field", "text=bodyy", code=1)
    assert "no record has the field 'bodyy', from which 'text' was to be read; records have, besides ours: body" in (
        result.stderr
    )
    assert not (data / "current").exists()
    some = write_archive(tmp_path / "b.jsonl", [{**records[0], "teaser": None}, records[1]])
    run("rebuild", some, "--data", data, "--field", "text=body", "--field", "summary=teaser")


@pytest.mark.parametrize("field", ["titel=headline", "title", "title=", "=headline"])
def test_a_bad_field_is_wrong_usage(archive: Path, data: Path, field: str):
    result = run("rebuild", archive, "--data", data, "--field", field, code=2)
    assert "--field" in result.stderr
    assert field.partition("=")[0] in result.stderr
    assert not data.exists()


def test_an_unknown_field_is_reported_once_and_kept(tmp_path: Path, data: Path):
    source = write_archive(tmp_path / "a.jsonl", [numbered("flood", n, mood="wet") for n in (1, 2, 3)])
    assert "kept, but not used: mood (3)" in run("rebuild", source, "--data", data, "--json").stderr.splitlines()


def test_a_bad_record_costs_itself_and_says_line_field_what_came_and_what_was_expected(tmp_path: Path, data: Path):
    source = tmp_path / "articles.jsonl"
    bad = [{"id": "", "title": "No id"}, {"id": "x", "title": "T", "published_at": "soon"}, {"id": "y"}]
    source.write_bytes(as_lines([numbered("flood", 1), *bad]) + b"{broken\n" + as_lines([numbered("flood", 2)]))
    result = run("rebuild", source, "--data", data, "--json", code=3)
    assert (counts(result)["rejected"], counts(result)["articles"]) == (4, 2)
    assert lines(result)[0]["published"] is True
    said = result.stderr.splitlines()
    assert said[0].startswith(f"rejected {source}, line 2: id: expected a string of 1 to 512 characters")
    assert said[0].endswith('got ""')
    assert said[1].startswith(f"rejected {source}, line 3: published_at: expected a date or date-time such as")
    assert said[1].endswith('got "soon"')
    assert said[2] == f"rejected {source}, line 4: title, text: expected at least one of them, got neither"
    assert said[3].startswith(f"rejected {source}, line 5: expected one JSON object, got text that is not JSON")


def test_many_bad_records_are_counted_and_some_shown(tmp_path: Path, data: Path):
    source = write_archive(tmp_path / "a.jsonl", [numbered("flood", 1), *({"id": str(n)} for n in range(1_500))])
    said = run("rebuild", source, "--data", data, code=3).stderr.splitlines()
    assert len(said) == 11
    assert said[-1] == f"… and 1,490 more; all of them stand in {data / 'rejects.jsonl'}"
    rejects = [json.loads(line) for line in (data / "rejects.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rejects) == 1_500
    assert rejects[-1] == {
        "place": f"{source}, line 1,501",
        "problems": ["title, text: expected at least one of them, got neither"],
    }


def test_strict_ends_at_the_first_bad_record_and_publishes_nothing(archive: Path, tmp_path: Path, data: Path):
    run("rebuild", archive, "--data", data)
    before = current_generation(data)
    source = write_archive(tmp_path / "bad.jsonl", [*small_archive(), record("new", "x"), {"id": "bad"}])
    said = one_line_error(run("rebuild", source, "--data", data, "--strict", code=1))
    assert "line 17: title, text: expected at least one of them, got neither" in said
    assert current_generation(data) == before


def test_of_several_records_with_one_id_the_newest_counts(tmp_path: Path, data: Path):
    versions = [numbered("flood", 1, title=f"Version {day}", updated_at=f"2026-04-0{day}") for day in (1, 3, 2)]
    result = run("rebuild", write_archive(tmp_path / "a.jsonl", versions), "--data", data, "--json")
    assert "2 ids came more than once; the newest counted: flood-1" in result.stderr
    assert lines(result)[0]["duplicate_ids"] == 2
    assert lines(run("also-read", "flood-1", "--data", data, "--json"))[0]["article"]["title"] == "Version 3"


def test_a_dry_run_says_what_would_change_and_changes_nothing(archive: Path, tmp_path: Path, data: Path):
    run("rebuild", archive, "--data", data)
    before = (current_generation(data), generations(data), sorted(path.name for path in (data / "segments").iterdir()))
    source = write_archive(tmp_path / "b.jsonl", [*small_archive()[1:], record("new", "Other words.")])
    result = run("rebuild", source, "--data", data, "--dry-run", "--json")
    assert counts(result) == {
        "read": 15,
        "rejected": 0,
        "articles": 15,
        "added": 1,
        "changed": 0,
        "removed": 1,
        "embedded": 1,
    }
    assert lines(result)[0]["published"] is False
    after = (current_generation(data), generations(data), sorted(path.name for path in (data / "segments").iterdir()))
    assert after == before
    assert run("rebuild", source, "--data", data, "--dry-run").stdout.endswith("dry run: nothing was changed\n")
    assert counts(run("rebuild", "--data", data, "--json"))["articles"] == 15
