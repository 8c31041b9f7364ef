"""What may follow the question mark: each parameter obeyed, each mistake named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from service_fixtures import NOON, Service, check_problem, ids, numbered, record, small_archive, subject_words

from service.parameter_table import MAX_EXCLUDED
from service.parameters import PARAMETERS

ALSO = "/v1/articles/flood-1/also-read"
MORE = "/v1/articles/flood-1/more-in-section"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return Service(tmp_path_factory.mktemp("data")).publish(small_archive())


@pytest.mark.parametrize("limit", [1, 2, 4])
def test_a_limit_is_the_length_of_the_list(service: Service, limit: int):
    assert service.ids(ALSO, limit=limit) == ["flood-2", "flood-3", "flood-4", "flood-5"][:limit]
    assert len(service.ids(MORE, limit=limit)) == limit


def test_the_greatest_limit_gives_every_article_but_the_one_asked_about(service: Service):
    assert len(service.ids(ALSO, limit=50)) == 14


@pytest.mark.parametrize("limit", ["0", "-1", "51", "abc", "5.0", "", " 5", "+5", "1e1", "٥", "99999999999999999999"])
def test_a_bad_limit_is_refused_with_what_came_and_what_was_expected(service: Service, limit: str):
    for path in (ALSO, MORE):
        body = check_problem(service.get(path, limit=limit), 400, "invalid-parameter")
        assert body["parameter"] == "limit"
        assert body["value"] == limit
        assert body["expected"] == "a whole number from 1 to 50"
        assert body["detail"] == f"limit: expected a whole number from 1 to 50, got {limit!r}"


@pytest.mark.parametrize("query", ["limit=3&limit=3", "fallback=true&fallback=false", "max_age=1d&max_age=2d"])
def test_a_parameter_that_may_stand_once_is_refused_twice(service: Service, query: str):
    body = check_problem(service.get(f"{ALSO}?{query}"), 400, "invalid-parameter")
    assert body["parameter"] == query.partition("=")[0]
    assert body["value"] == "2 values"
    assert body["expected"].endswith(", given once")


@pytest.mark.parametrize("name", ["limt", "Limit", "max-age", "excludes", "callback", "q", "", "limit "])
def test_a_misspelt_parameter_is_refused_with_those_that_there_are(service: Service, name: str):
    body = check_problem(service.get(ALSO, **{name: "5"}), 400, "invalid-parameter")
    assert body["parameter"] == name
    assert body["value"] == "5"
    assert body["detail"].startswith(f"unknown parameter {name!r}: expected one of ")
    for known in PARAMETERS:
        assert known in body["expected"]


@pytest.mark.parametrize("name", ["id", "url"])
def test_an_article_is_not_named_twice_by_path_and_query(service: Service, name: str):
    assert check_problem(service.get(ALSO, **{name: "x"}), 400, "invalid-parameter")["parameter"] == name


def test_excluded_articles_do_not_come_however_many(service: Service):
    assert service.ids(ALSO, exclude="flood-2", limit=3) == ["flood-3", "flood-4", "flood-5"]
    assert service.ids(f"{ALSO}?exclude=flood-2&exclude=flood-4&limit=2") == ["flood-3", "flood-5"]
    assert service.ids(f"{MORE}?exclude=flood-2&exclude=flood-3&exclude=flood-4") == ["flood-5"]


def test_excluding_what_does_not_exist_changes_nothing(service: Service):
    assert service.ids(ALSO, exclude="nobody") == service.ids(ALSO)


def test_filling_up_obeys_what_is_excluded(service: Service):
    wanted = {item["id"] for item in small_archive()} - {"flood-1", "match-1", "budget-2"}
    assert set(service.ids(f"{ALSO}?exclude=match-1&exclude=budget-2&limit=50")) == wanted


def test_exclusions_are_limited_in_number_and_length(service: Service):
    most = "&".join(f"exclude=x{n}" for n in range(MAX_EXCLUDED))
    assert service.get(f"{ALSO}?{most}").status_code == 200
    body = check_problem(service.get(f"{ALSO}?{most}&exclude=y"), 400, "invalid-parameter")
    assert body["value"] == f"{MAX_EXCLUDED + 1} values"
    assert str(MAX_EXCLUDED) in body["expected"]
    check_problem(service.get(ALSO, exclude=""), 400, "invalid-parameter")
    check_problem(service.get(ALSO, exclude="x" * 513), 400, "invalid-parameter")


@pytest.mark.parametrize(
    ("age", "found"),
    [
        ("23h", []),
        ("24h", ["flood-2"]),
        ("1d", ["flood-2"]),
        ("2d", ["flood-2", "flood-3"]),
        ("1w", ["flood-2", "flood-3", "flood-4", "flood-5"]),
        ("1m", ["flood-2", "flood-3", "flood-4", "flood-5"]),
        ("999999y", ["flood-2", "flood-3", "flood-4", "flood-5"]),
    ],
)
def test_max_age_of_also_read_counts_back_from_the_article(service: Service, age: str, found: list[str]):
    assert service.ids(ALSO, max_age=age, fallback="false") == found


def test_max_age_of_more_in_section_counts_back_from_the_clock(tmp_path: Path):
    service = Service(tmp_path).publish([*small_archive(), numbered("match", 6, published_at=NOON.isoformat())])
    assert service.ids("/v1/articles/flood-5/more-in-section", max_age="1d") == ["flood-1"]
    assert set(service.ids("/v1/articles/flood-5/more-in-section", max_age="2d")) == {"flood-1", "flood-2"}


def test_max_age_of_more_in_section_counts_back_from_the_newest_piece_where_the_archive_rests(service: Service):
    assert set(service.ids("/v1/articles/flood-5/more-in-section", max_age="1d")) == {"flood-1", "flood-2"}


@pytest.mark.parametrize("age", ["", "7", "d", "0d", "-1d", "7 d", "1.5d", "7D", "P7D", "7days", "1000000d", "٣d"])
def test_a_bad_max_age_is_refused(service: Service, age: str):
    body = check_problem(service.get(ALSO, max_age=age), 400, "invalid-parameter")
    assert (body["parameter"], body["value"]) == ("max_age", age)
    assert body["expected"] == "a span such as 36h, 7d, 2w, 6m or 1y"


@pytest.mark.parametrize(
    "moment",
    ["2026-03-17T12:00:00Z", "2026-03-17T13:00:00+01:00", "2026-03-17T12:00", "2026-03-17 12:00:00", "20260317T12"],
)
def test_before_is_exclusive_and_understands_zones(service: Service, moment: str):
    assert service.ids(ALSO, before=moment, fallback="false") == ["flood-4", "flood-5"]


def test_a_plus_that_was_not_encoded_is_taken_for_a_plus(service: Service):
    assert service.ids(f"{ALSO}?before=2026-03-17T13:00:00+01:00&fallback=false") == ["flood-4", "flood-5"]


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-13-01", "2026-02-30", "1", "0000-01-01", "2026-03-17T25:00"])
def test_a_bad_before_is_refused(service: Service, moment: str):
    body = check_problem(service.get(ALSO, before=moment), 400, "invalid-parameter")
    assert (body["parameter"], body["value"]) == ("before", moment)
    assert "2026-03-14" in body["expected"]


def test_lang_keeps_these_languages_and_articles_of_unknown_language(tmp_path: Path):
    languages = {1: "en", 2: "de", 3: "en-GB", 4: "fr", 5: None}
    service = Service(tmp_path).publish([numbered("flood", n, lang=lang) for n, lang in languages.items()])
    assert service.ids(ALSO) == ["flood-3", "flood-5"]
    assert service.ids(ALSO, lang="de") == ["flood-2", "flood-5"]
    assert service.ids(ALSO, lang="DE-at") == ["flood-2", "flood-5"]
    assert service.ids(f"{ALSO}?lang=de&lang=fr") == ["flood-2", "flood-4", "flood-5"]


@pytest.mark.parametrize("lang", ["", "e", "english", "en us", "en_US", "en-", "12"])
def test_a_bad_language_is_refused(service: Service, lang: str):
    assert check_problem(service.get(ALSO, lang=lang), 400, "invalid-parameter")["parameter"] == "lang"


def test_without_fallback_a_list_is_short_rather_than_filled_up(service: Service):
    filled = service.answer(ALSO, limit=6)
    assert ids(filled)[:4] == ["flood-2", "flood-3", "flood-4", "flood-5"]
    assert [item["source"] for item in filled["items"]] == ["similar"] * 4 + ["latest"] * 2
    assert [item["score"] for item in filled["items"][4:]] == [0.0, 0.0]
    assert filled["fallback"] == "4 of 6 are related enough; filled up with the 2 newest of all sections"
    plain = service.answer(ALSO, limit=6, fallback="false")
    assert ids(plain) == ["flood-2", "flood-3", "flood-4", "flood-5"]
    assert plain["fallback"] is None
    assert service.answer(ALSO, limit=6, fallback="true") == filled


@pytest.mark.parametrize("flag", ["", "1", "0", "True", "FALSE", "no", "on"])
def test_a_bad_flag_is_refused(service: Service, flag: str):
    body = check_problem(service.get(ALSO, fallback=flag), 400, "invalid-parameter")
    assert (body["parameter"], body["value"], body["expected"]) == ("fallback", flag, "true or false")


def test_a_filter_never_starves_a_small_section(tmp_path: Path):
    crowd = [record(f"crowd-{n}", subject_words("flood", 12) + f" own{n}", section="world") for n in range(300)]
    few = [record(f"few-{n}", f"{subject_words('match', 6)} few{n}", section="arts") for n in range(12)]
    service = Service(tmp_path).publish([*crowd, *few])
    assert len(service.ids("/v1/articles/few-0/more-in-section", limit=10)) == 10
    assert len(service.ids("/v1/articles/crowd-0/also-read", limit=10, exclude="crowd-1")) == 10


NAMES = st.sampled_from([*PARAMETERS, "id", "url", "limt"])
VALUES = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.sampled_from(
        ["flood-1", "true", "false", "7d", "en", "5", "https://www.example.com/flood/1", "Mon, 1 2 3", "-0"]
    ),
    st.text(alphabet="0123456789-:+TZ .,MonJa", max_size=30),
    st.text(alphabet=":/?#[]@%aé.0", max_size=20).map("https://".__add__),
)
PATHS = st.sampled_from([ALSO, MORE, "/v1/also-read", "/v1/more-in-section", "/health/ready", "/v1/articles"])


@given(path=PATHS, query=st.lists(st.tuples(NAMES, VALUES), max_size=4))
def test_no_query_makes_the_service_fail(service: Service, path: str, query: list[tuple[str, str]]):
    response = service.client.get(path, query_string=query)
    _check_answered(response)


@given(path=PATHS, raw=st.one_of(st.binary(max_size=40), st.text(alphabet="%=&+;aF0 é", max_size=40).map(str.encode)))
@example(path=ALSO, raw=b"limit=\xff")
@example(path=ALSO, raw=b"%ED%A0%80=1")
@example(path="/v1/also-read", raw=b"id=%ED%A0%80")
@example(path="/v1/also-read", raw=b"id=%00")
def test_no_bytes_in_a_query_make_the_service_fail(service: Service, path: str, raw: bytes):
    _check_answered(service.client.get(path, environ_overrides={"QUERY_STRING": raw.decode("latin-1")}))


@given(raw=st.binary(max_size=30))
def test_no_bytes_in_a_path_make_the_service_fail(service: Service, raw: bytes):
    path = "/v1/articles/" + raw.decode("latin-1") + "/also-read"
    _check_answered(service.client.get("/", environ_overrides={"PATH_INFO": path}))


def _check_answered(response) -> None:
    assert response.status_code < 500, response.text
    wanted = "application/json" if response.status_code == 200 else "application/problem+json"
    assert response.content_type == wanted
    assert isinstance(response.get_json(), dict)
