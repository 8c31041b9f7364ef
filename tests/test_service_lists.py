"""What may stand in a list, asked over HTTP: never the article, never a copy, nothing from the future, nothing sensitive."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from service_fixtures import NOON, Service, as_lines, check_problem, ids, numbered, record, small_archive, subject_words

SLOTS = ("also-read", "more-in-section")
LONG = " ".join(f"{subject_words('flood', 15)} line{n}" for n in range(10))


def test_no_article_is_ever_suggested_to_itself(tmp_path: Path):
    service = Service(tmp_path).publish(small_archive())
    for item in small_archive():
        for slot in SLOTS:
            found = service.ids(f"/v1/articles/{item['id']}/{slot}", limit=50)
            assert found
            assert item["id"] not in found
            assert len(found) == len(set(found))


def test_a_copy_under_another_id_is_suggested_neither_to_its_original_nor_twice(tmp_path: Path):
    original = record("original", LONG, section="news")
    copy = record("copy", LONG.upper().replace(".", " !"), section="news", title="Another title")
    other = record("other", subject_words("flood", 12), section="news")
    service = Service(tmp_path).publish([original, copy, other])
    for slot in SLOTS:
        assert service.ids(f"/v1/articles/original/{slot}") == ["other"]
        assert service.ids(f"/v1/articles/copy/{slot}") == ["other"]
        assert len({"original", "copy"} & {*service.ids(f"/v1/articles/other/{slot}")}) == 1


def test_an_article_that_a_correction_replaced_is_answered_for_and_never_suggested(tmp_path: Path):
    service = Service(tmp_path).publish(
        [numbered("flood", 3), numbered("flood", 2, version_of="flood-3"), numbered("flood", 1)]
    )
    for slot in SLOTS:
        assert service.ids(f"/v1/articles/flood-1/{slot}") == ["flood-2"]
        assert service.ids(f"/v1/articles/flood-3/{slot}") == ["flood-1"]


def test_an_archive_of_one_article_answers_with_no_items(tmp_path: Path):
    service = Service(tmp_path).publish([numbered("flood", 1)])
    for slot in SLOTS:
        answer = service.answer(f"/v1/articles/flood-1/{slot}")
        assert answer["items"] == []
        assert answer["fallback"] == {"also-read": None}.get(slot, "the section 'news' has no other article to show")


def test_an_article_from_the_future_is_unknown_and_suggested_nowhere_until_its_time(tmp_path: Path):
    due = NOON + timedelta(hours=2, minutes=30)
    embargoed = numbered("flood", 2, published_at=due.isoformat())
    service = Service(tmp_path).publish([numbered("flood", 1), embargoed, numbered("flood", 3)])
    for moment in (NOON, due - timedelta(seconds=1)):
        service.clock.now = moment
        for slot in SLOTS:
            check_problem(service.get(f"/v1/articles/flood-2/{slot}"), 404, "unknown-article")
            check_problem(service.get(f"/v1/{slot}", url=embargoed["url"]), 404, "unknown-article")
            assert service.ids(f"/v1/articles/flood-1/{slot}", limit=50) == ["flood-3"]
    service.clock.now = due
    for slot in SLOTS:
        assert ids(service.answer(f"/v1/articles/flood-2/{slot}"))
        assert set(service.ids(f"/v1/articles/flood-1/{slot}", limit=50)) == {"flood-2", "flood-3"}


def test_an_embargo_of_a_fraction_of_a_second_is_kept_to_the_end(tmp_path: Path):
    due = NOON + timedelta(milliseconds=700)
    service = Service(tmp_path).publish([numbered("flood", 1), numbered("flood", 2, published_at=due.isoformat())])
    service.clock.now = due - timedelta(milliseconds=1)
    assert service.get("/v1/articles/flood-2/also-read").status_code == 404
    assert service.ids("/v1/articles/flood-1/also-read") == []
    service.clock.now = NOON + timedelta(seconds=1)
    assert service.ids("/v1/articles/flood-1/also-read") == ["flood-2"]


def test_a_correction_from_the_future_replaces_nothing_before_its_time(tmp_path: Path):
    due = NOON + timedelta(hours=1)
    correction = numbered("flood", 4, version_of="flood-2", published_at=due.isoformat())
    service = Service(tmp_path).publish([numbered("flood", 1), numbered("flood", 2), correction])
    assert service.ids("/v1/articles/flood-1/also-read") == ["flood-2"]
    service.clock.now = due
    assert service.ids("/v1/articles/flood-1/also-read") == ["flood-4"]


def test_an_article_without_a_section_is_related_and_has_no_more_in_section(tmp_path: Path):
    service = Service(tmp_path).publish(
        [numbered("flood", 1, section=None), numbered("flood", 2), numbered("flood", 3)]
    )
    assert service.ids("/v1/articles/flood-1/also-read") == ["flood-2", "flood-3"]
    answer = service.answer("/v1/articles/flood-1/more-in-section")
    assert answer["items"] == []
    assert answer["fallback"] == "the article has no section"
    assert answer["article"]["section"] is None
    assert service.ids("/v1/articles/flood-2/more-in-section") == ["flood-3"]


def test_nothing_stands_beside_a_sensitive_article_and_it_is_suggested_nowhere(tmp_path: Path):
    service = Service(tmp_path).publish(
        [numbered("flood", 1, sensitive=True), numbered("flood", 2), numbered("flood", 3)]
    )
    for slot in SLOTS:
        answer = service.answer(f"/v1/articles/flood-1/{slot}")
        assert answer["items"] == []
        assert answer["fallback"] == "the article is marked sensitive, and the policy shows nothing beside such"
        assert service.ids(f"/v1/articles/flood-2/{slot}") == ["flood-3"]


def test_a_policy_may_show_sensitive_articles(tmp_path: Path):
    shipped = (Path(__file__).parents[1] / "recommender" / "default_policy.toml").read_text(encoding="utf-8")
    policy = tmp_path / "policy.toml"
    policy.write_text(
        shipped.replace("suggest_sensitive = false", "suggest_sensitive = true").replace('"nothing"', '"suggestions"'),
        encoding="utf-8",
    )
    service = Service(tmp_path / "data", policy=policy)
    service.publish([numbered("flood", 1, sensitive=True), numbered("flood", 2), numbered("flood", 3, sensitive=True)])
    assert service.ids("/v1/articles/flood-1/also-read") == ["flood-2", "flood-3"]


def test_an_article_that_is_not_recommendable_is_answered_for_and_never_suggested(tmp_path: Path):
    service = Service(tmp_path).publish([numbered("flood", 1), numbered("flood", 2, recommendable=False)])
    for slot in SLOTS:
        assert service.ids(f"/v1/articles/flood-2/{slot}") == ["flood-1"]
        assert service.ids(f"/v1/articles/flood-1/{slot}") == []


def test_an_undated_article_is_asked_about_and_suggested(tmp_path: Path):
    service = Service(tmp_path).publish(
        [numbered("flood", 1, published_at=None), numbered("flood", 2), numbered("flood", 3)]
    )
    answer = service.answer("/v1/articles/flood-1/also-read")
    assert ids(answer) == ["flood-2", "flood-3"]
    assert answer["article"]["published_at"] is None
    assert "flood-1" in service.ids("/v1/articles/flood-2/also-read")
    assert "flood-1" not in service.ids("/v1/articles/flood-2/also-read", max_age="100y")


def test_an_article_of_five_megabytes_is_indexed_in_seconds_and_answered(tmp_path: Path):
    words = [f"word{number}" for number in range(50_000)]
    filler = " ".join(f"{words[number * 7 % 50_000]} Jane Roe." for number in range(280_000))
    huge = numbered("flood", 1, text=f"{subject_words('flood', 15)} {filler}")
    assert len(as_lines([huge])) > 5_000_000
    begun = time.process_time()
    service = Service(tmp_path).publish([huge, numbered("flood", 2), numbered("match", 1)])
    assert time.process_time() - begun < 20
    response = service.get("/v1/articles/flood-1/also-read", limit=1)
    assert ids(response.get_json()) == ["flood-2"]
    assert len(response.data) < 10_000
    assert "flood-1" in service.ids("/v1/articles/flood-2/also-read")


def test_markup_in_a_title_comes_as_it_was_written(tmp_path: Path):
    title = 'A <b>bold</b> "claim" & more — naïve 日本語 🌊'
    service = Service(tmp_path).publish([numbered("flood", 1), numbered("flood", 2, title=title)])
    response = service.get("/v1/articles/flood-1/also-read")
    assert response.get_json()["items"][0]["title"] == title
    assert title.split('"')[2].encode() in response.data
    assert b"\n" not in response.data


@pytest.mark.parametrize("slot", SLOTS)
def test_equal_scores_stand_newest_first_and_then_by_id(tmp_path: Path, slot: str):
    same = subject_words("flood", 10)
    twins = [record(name, f"{same} {name}", title="Twin", section="news", published_at=date) for name, date in TWINS]
    subject = record("subject", same, title="Twin", section="news", published_at="2026-03-12")
    service = Service(tmp_path).publish([subject, *twins])
    assert service.ids(f"/v1/articles/subject/{slot}") == ["d", "a", "b", "c"]


TWINS = [("c", "2026-03-12"), ("a", "2026-03-12"), ("b", "2026-03-12"), ("d", "2026-03-13")]
