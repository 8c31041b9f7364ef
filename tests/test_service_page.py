"""`/v1/page`: several slots in one answer, each as its own route gives it, nothing twice across them."""

from pathlib import Path
from string import Formatter

import pytest
from service_fixtures import Service, check_problem, numbered, record, small_archive, subject_words
from writing_fixtures import make_key

from recommender.policy import SLOTS
from service.headings import _WORDS, heading, language_of

PAGE = "/v1/page"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "data").publish(small_archive())


def ids_of(page: dict, slot: str) -> list[str]:
    return [item["id"] for item in page["slots"][slot]["items"]]


def all_ids(page: dict) -> list[str]:
    return [item["id"] for slot in page["slots"].values() for item in slot["items"]]


def test_both_boxes_come_by_default_and_nothing_stands_twice(service: Service):
    page = service.answer(PAGE, id="flood-1")
    assert list(page) == ["article", "slots", "ui", "generation"]
    assert list(page["slots"]) == ["also-read", "more-in-section"]
    assert page["article"]["id"] == "flood-1"
    found = all_ids(page)
    assert len(found) == len(set(found)) >= 5
    assert "flood-1" not in found


def test_the_first_slot_is_what_its_own_route_answers_and_the_next_what_it_answers_without_those(service: Service):
    page = service.answer(PAGE, id="flood-1", slots="also-read:2,more-in-section:3")
    alone = service.answer("/v1/articles/flood-1/also-read", limit=2)
    assert page["slots"]["also-read"]["items"] == alone["items"]
    assert page["slots"]["also-read"]["list_id"] == alone["list_id"]
    others = service.answer("/v1/articles/flood-1/more-in-section", limit=3, exclude=ids_of(page, "also-read"))
    assert page["slots"]["more-in-section"]["items"] == others["items"]


def test_slots_are_filled_in_the_order_that_is_asked(service: Service):
    one = service.answer(PAGE, id="flood-1", slots="also-read:2,more-in-section:2")
    other = service.answer(PAGE, id="flood-1", slots="more-in-section:2,also-read:2")
    assert list(other["slots"]) == ["more-in-section", "also-read"]
    assert ids_of(other, "more-in-section") == service.ids("/v1/articles/flood-1/more-in-section", limit=2)
    assert ids_of(other, "more-in-section") != ids_of(one, "more-in-section")


def test_a_copy_of_what_stands_in_one_slot_stands_in_no_other(tmp_path: Path):
    words = subject_words("flood", 14)
    twins = [record(f"twin-{n}", words, section="news", title="The wall holds") for n in (1, 2)]
    service = Service(tmp_path / "data").publish([*small_archive(), *twins, numbered("flood", 7, section="news")])
    page = service.answer(PAGE, id="flood-1", slots="also-read:5,more-in-section:5,background:5")
    assert sum(found.startswith("twin-") for found in all_ids(page)) == 1


def test_repeats_stand_where_the_request_wants_them(service: Service):
    page = service.answer(PAGE, id="flood-1", slots="also-read:3,more-in-section:3", repeat="true")
    for slot in page["slots"]:
        assert ids_of(page, slot) == service.ids(f"/v1/articles/flood-1/{slot}", limit=3)
    assert set(ids_of(page, "also-read")) & set(ids_of(page, "more-in-section"))


def test_repeats_stand_where_the_policy_wants_them(tmp_path: Path):
    policy = tmp_path / "policy.toml"
    policy.write_text("[more-in-section]\nrepeats = true\n", encoding="utf-8")
    service = Service(tmp_path / "data", policy).publish(small_archive())
    page = service.answer(PAGE, id="flood-1", slots="also-read:3,more-in-section:3,background:3")
    assert ids_of(page, "more-in-section") == service.ids("/v1/articles/flood-1/more-in-section", limit=3)
    assert not set(ids_of(page, "background")) & {*ids_of(page, "also-read"), *ids_of(page, "more-in-section")}


def test_each_slot_has_its_policy_and_what_the_request_excludes_stands_in_none(service: Service):
    page = service.answer(PAGE, id="flood-3", slots="also-read,more-in-section,background", exclude="flood-2")
    assert "flood-2" not in all_ids(page)
    dates = [item["published_at"] for item in page["slots"]["background"]["items"]]
    assert all(date < page["article"]["published_at"] for date in dates)
    assert all(item["section"].startswith("news") for item in page["slots"]["more-in-section"]["items"])


def test_a_list_id_names_the_policy_and_the_source_of_each_item(service: Service):
    page = service.answer(PAGE, id="flood-1", slots="also-read:10,more-in-section:2")
    version = service.answer("/health/ready")["policy"]
    letters = {"similar": "s", "section": "c", "latest": "l"}
    for slot in page["slots"].values():
        digest, policy, codes = slot["list_id"].split(".")
        assert (len(digest), policy) == (16, version)
        assert codes == "".join(letters[item["source"]] for item in slot["items"])
    assert {*page["slots"]["also-read"]["list_id"].split(".")[2]} >= {"s", "l"}


def test_an_article_is_found_by_its_address_too(service: Service):
    by_url = service.answer(PAGE, url="https://www.example.com/flood/1?utm_source=x")
    assert by_url == service.answer(PAGE, id="flood-1")


def test_headings_speak_the_articles_language_unless_another_is_asked_for(tmp_path: Path):
    records = [numbered("flood", 1, lang="de-AT"), numbered("flood", 2, lang="de"), numbered("flood", 3, lang="cy")]
    service = Service(tmp_path / "data").publish(records)
    said = {slot: one["heading"] for slot, one in service.answer(PAGE, id="flood-1")["slots"].items()}
    assert said == {"also-read": "Lesen Sie auch", "more-in-section": "Mehr aus News"}
    asked = service.answer(PAGE, id="flood-1", ui="nn-NO")["slots"]
    assert [one["heading"] for one in asked.values()] == ["Les også", "Mer fra News"]
    assert service.answer(PAGE, id="flood-3")["slots"]["also-read"]["heading"] == "Also read"


@pytest.mark.parametrize("language", _WORDS)
def test_every_language_has_all_three_headings(language: str):
    assert language_of(language.upper()) == language
    given = [heading(slot, "local-news/north", language) for slot in SLOTS]
    assert len(set(given)) == 3
    assert all(given)
    assert "Local news" in given[1]
    assert [field for _, field, _, _ in Formatter().parse(_WORDS[language][1]) if field is not None] == [""]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"slots": ""}, "slots"),
        ({"slots": "also-read:0"}, "slots"),
        ({"slots": "also-read:51"}, "slots"),
        ({"slots": "also-read,also-read"}, "slots"),
        ({"slots": "sidebar"}, "slots"),
        ({"slots": "also-read:"}, "slots"),
        ({"slots": ["also-read", "background"]}, "slots"),
        ({"repeat": "yes"}, "repeat"),
        ({"ui": "english!"}, "ui"),
        ({"limit": "3"}, "limit"),
        ({"explain": "true"}, "explain"),
        ({"url": "https://www.example.com/flood/1"}, "id, url"),
    ],
)
def test_what_is_not_understood_is_said(service: Service, query: dict, parameter: str):
    body = check_problem(service.get(PAGE, id="flood-1", **query), 400, "invalid-parameter")
    assert body["parameter"] == parameter
    assert body["expected"]


def test_an_unknown_article_is_a_404(service: Service):
    check_problem(service.get(PAGE, id="nobody"), 404, "unknown-article")


def test_a_page_has_a_validator_and_answers_head(service: Service):
    response = service.get(PAGE, id="flood-1")
    again = service.client.get(
        PAGE, query_string={"id": "flood-1"}, headers={"If-None-Match": response.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    head = service.client.head(PAGE, query_string={"id": "flood-1"})
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", response.headers["ETag"])


@pytest.mark.parametrize("path", [PAGE, "/embed"])
def test_what_a_browser_kept_holds_no_longer_once_a_story_on_it_is_taken_down(service: Service, path: str):
    kept = service.get(path, id="flood-1")
    gone = all_ids(service.answer(PAGE, id="flood-1"))[0]
    key = {"Authorization": f"Bearer {make_key(service.data, 'cms', 'write')}"}
    asking_again = {"If-None-Match": kept.headers["ETag"]}
    assert service.client.get(path, query_string={"id": "flood-1"}, headers=asking_again).status_code == 304
    assert service.client.delete(f"/v1/articles/{gone}", headers=key).status_code == 200
    now = service.client.get(path, query_string={"id": "flood-1"}, headers=asking_again)
    assert now.status_code == 200
    assert gone in kept.text
    assert f'"{gone}"' not in now.text
