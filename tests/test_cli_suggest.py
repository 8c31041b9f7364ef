"""`alsoread also-read` and `more-in-section`: the same answers as over HTTP, as tables and as JSON lines."""

from pathlib import Path

import pytest
from cli_fixtures import lines, one_line_error, run
from service_fixtures import Service, numbered, publish, small_archive

AT = "2026-03-20T12:00:00Z"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    publish(folder, small_archive())
    return folder


@pytest.mark.parametrize("slot", ["also-read", "more-in-section"])
def test_json_is_the_very_answer_of_http_one_line_an_article(shared: Path, slot: str):
    result = run(
        slot, "flood-1", "https://www.example.com/match/2?utm_source=x", "--data", shared, "--at", AT, "--json"
    )
    service = Service(shared)
    wanted = [service.get(f"/v1/articles/{article_id}/{slot}").text for article_id in ("flood-1", "match-2")]
    assert result.stdout.splitlines() == wanted
    assert result.stderr == ""


def test_a_pipe_gets_a_heading_and_columns_apart_by_tabs(shared: Path):
    said = run("also-read", "flood-1", "--data", shared, "--at", AT, "--limit", "2").stdout.splitlines()
    assert said[0] == "also-read: flood1 (news/flood · 2026-03-19)"
    assert said[1].split("\t") == ["#", "score", "id", "title", "section", "date", "source", "why"]
    rows = [line.split("\t") for line in said[2:]]
    assert [(row[0], *row[2:7]) for row in rows] == [
        ("1", "flood-2", "flood2", "news/flood", "2026-03-18", "similar"),
        ("2", "flood-3", "flood3", "news/flood", "2026-03-17", "similar"),
    ]
    assert all(0 < float(row[1]) <= 1 and row[7] for row in rows)


def test_a_list_that_was_filled_up_says_so_unless_it_must_not_be(shared: Path):
    filled = run("also-read", "flood-1", "--data", shared, "--at", AT).stdout.splitlines()
    assert filled[-1] == "note: 4 of 5 are related enough; filled up with the 1 newest of all sections"
    plain = run("also-read", "flood-1", "--data", shared, "--at", AT, "--no-fallback").stdout.splitlines()
    assert len(plain) == 2 + 4


def test_the_date_given_is_the_clock(shared: Path):
    (then,) = lines(run("also-read", "flood-5", "--data", shared, "--at", "2026-03-17", "--json", "--no-fallback"))
    assert [item["id"] for item in then["items"]] == ["flood-4"]
    said = one_line_error(run("also-read", "flood-1", "--data", shared, "--at", "2026-03-17", code=1))
    assert said == "alsoread: no article has the id 'flood-1'"


def test_an_unknown_article_is_one_line_and_a_failure(shared: Path):
    for slot in ("also-read", "more-in-section"):
        said = one_line_error(run(slot, "nobody", "--data", shared, code=1))
        assert said == "alsoread: no article has the id 'nobody'"
        said = one_line_error(run(slot, "https://example.com/x", "--data", shared, "--json", code=1))
        assert said == "alsoread: no article has the address 'https://example.com/x'"


def test_the_answers_before_an_unknown_article_are_printed(shared: Path):
    result = run("also-read", "flood-1", "nobody", "--data", shared, "--json", code=1)
    assert [answer["article"]["id"] for answer in lines(result)] == ["flood-1"]
    assert result.stderr == "alsoread: no article has the id 'nobody'\n"


def test_an_id_that_is_itself_an_address_is_found_by_it(data: Path):
    guid = "https://www.example.com/?p=17"
    elsewhere = numbered("flood", 1, id=guid, url="https://www.example.com/flood-wall")
    publish(data, [elsewhere, numbered("flood", 2, url=None), numbered("flood", 3, id="http://h/", url=None)])
    for name in (guid, elsewhere["url"], "http://h/"):
        assert len(lines(run("also-read", name, "--data", data, "--at", AT, "--json"))[0]["items"]) == 2


@pytest.mark.parametrize(
    "options",
    [["--limit", "0"], ["--limit", "51"], ["--limit", "x"], ["--at", "soon"], ["--at", "2026-02-30"], ["--nope"], []],
)
def test_wrong_usage_is_exit_code_2(shared: Path, options: list[str]):
    article = ["flood-1"] if options else []
    result = run("also-read", *article, "--data", shared, *options, code=2)
    assert "Usage: " in result.stderr
    assert result.stdout == ""


def test_without_an_index_it_says_how_to_make_one(data: Path):
    said = one_line_error(run("also-read", "x", "--data", data, code=1))
    assert said == f"alsoread: no index in {data}; make one with: alsoread rebuild SOURCE --data {data}"


def test_a_policy_file_is_obeyed_and_a_bad_one_named(shared: Path, tmp_path: Path):
    shipped = (Path(__file__).parents[1] / "recommender" / "default_policy.toml").read_text(encoding="utf-8")
    policy = tmp_path / "policy.toml"
    policy.write_text(shipped.replace("limit = 5 ", "limit = 2 "), encoding="utf-8")
    asked = ["also-read", "flood-1", "--data", shared, "--at", AT, "--json"]
    assert len(lines(run(*asked, "--policy", policy))[0]["items"]) == 2
    assert len(lines(run(*asked, ALSOREAD_POLICY=str(policy)))[0]["items"]) == 2
    policy.write_text("[also-red]\n", encoding="utf-8")
    assert "no slot is called 'also-red'" in one_line_error(run(*asked, "--policy", policy, code=1))
    assert "missing.toml" in one_line_error(run(*asked, "--policy", tmp_path / "missing.toml", code=1))
