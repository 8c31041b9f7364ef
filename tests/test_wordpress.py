"""The WordPress plugin tells the service what is public and nothing else: real plugin code, a real service."""

import json
from pathlib import Path

import pytest
from wordpress_fixtures import articles, play, play_for_real
from writing_fixtures import Desk, small_desk

from service.incoming import parse_writing

HERE = "/v1/articles/wp-1-"


@pytest.fixture
def desk(data: Path) -> Desk:
    return small_desk(data)


def test_a_published_post_becomes_an_article_with_all_its_fields_in_one_call(desk: Desk):
    played = play_for_real("publish", desk)
    assert played.calls == [f"PUT {HERE}1"]
    assert articles(desk)["wp-1-1"] == {
        "id": "wp-1-1",
        "url": "https://www.example.com/flood-wall/",
        "title": "The flood wall holds",
        "text": "The river rose overnight.\n\nThe wall held & stayed dry.",
        "summary": "A river, a wall.",
        "section": "world/europe",
        "tags": ["Rivers & Seas", "Walls"],
        "authors": ["Peg O'Sallow"],
        "published_at": "2026-03-14T08:00:00Z",
        "updated_at": "2026-03-14T09:30:00Z",
        "lang": "en-gb",
        "image_url": "https://images.example.com/large.jpg",
        "type": "post",
    }
    assert parse_writing(json.loads(played.requests[0].body), "wp-1-1").unknown == ()


def test_a_published_post_is_served_by_its_address(desk: Desk):
    play_for_real("publish", desk)
    assert desk.answer("/v1/articles", url="https://www.example.com/flood-wall/")["id"] == "wp-1-1"


def test_an_update_replaces_the_article(desk: Desk):
    assert play_for_real("update", desk).calls == [f"PUT {HERE}1"] * 2
    assert articles(desk)["wp-1-1"]["title"] == "The flood wall broke"


WAYS_OUT = ("unpublish", "make_private", "set_password", "trash", "delete", "retype", "empty_it")


@pytest.mark.parametrize("scenario", WAYS_OUT)
def test_whatever_takes_a_post_out_of_sight_removes_its_article(desk: Desk, scenario: str):
    played = play_for_real(scenario, desk)
    assert played.calls == [f"PUT {HERE}1", f"DELETE {HERE}1"]
    assert articles(desk) == {}
    assert played.said == {"mark": "", "waiting": 0}


@pytest.mark.parametrize("scenario", ["never_public", "never_with_a_password"])
def test_what_not_everybody_may_read_is_never_sent(desk: Desk, scenario: str):
    played = play_for_real(scenario, desk)
    assert not any(request.body for request in played.requests)
    assert articles(desk) == {}


def test_drafts_cost_no_call():
    assert play("never_public").requests == []


def test_a_scheduled_post_is_sent_when_its_time_has_come(desk: Desk):
    played = play_for_real("scheduled", desk)
    assert played.said == {"before": 0}
    assert articles(desk)["wp-1-1"]["published_at"] == "2026-03-15T06:00:00Z"


def test_the_section_is_the_primary_category_where_an_editor_chose_one(desk: Desk):
    play_for_real("primary_category", desk)
    assert [article["section"] for article in articles(desk).values()] == ["sport", "новости"]


def test_a_page_is_sent_as_one_and_no_category_is_no_section(desk: Desk):
    play_for_real("page_type", desk)
    article = articles(desk)["wp-1-1"]
    assert (article["type"], article["title"], article.get("section")) == ("page", "About us", None)


def test_titles_arrive_as_readers_see_them(desk: Desk):
    play_for_real("odd_titles", desk)
    assert [article.get("title") for article in articles(desk).values()] == [
        "“Quotes” & 'apostrophes' — “déjà vu” 🌊👩‍🚒",
        "Fish & chips: “<b> is a tag”",
        "Slanted and broken over lines",
        "A < B and C > D",
        "Broken \ufffd( bytes",
        '{"json": "\\u0041"}',
        "ü" * 2_000,
        "0",
        None,
    ]


def test_texts_keep_paragraphs_and_lose_markup_blocks_and_shortcodes(desk: Desk):
    play_for_real("texts", desk)
    assert [article["text"] for article in articles(desk).values()] == [
        "Classic first.\n\nClassic second,\nsecond line.",
        "Inside a shortcode. [sic] After.",
        "One\n\nFirst\n\nSecond\n\nline\nbreak",
        "Broken \ufffd( bytes\n\nstay",
        '"} /-->\n\n1 < 2',
    ]


def test_a_long_text_is_cut_at_a_paragraph_or_at_least_a_character(desk: Desk):
    played = play_for_real("long_content", desk)
    assert all(len(request.body.encode()) < 600_000 for request in played.requests)
    paragraphs, one_run = (article["text"] for article in articles(desk).values())
    assert set(paragraphs.split("\n\n")) == {"Über die Mauer."}
    assert len(paragraphs.encode()) > 490_000
    assert set(one_run) == {"水"}
    assert len(one_run) == 500_000 // 3


def test_language_and_authors_come_from_the_plugins_that_newsrooms_use(desk: Desk):
    play_for_real("languages_and_authors", desk)
    article = articles(desk)["wp-1-1"]
    assert (article["lang"], article["authors"], article["published_at"]) == (
        "de-de",
        ["Peg", "Tom"],
        "2026-03-14T08:00:00Z",
    )


def test_ids_of_any_kind_are_written_and_removed(desk: Desk):
    played = play_for_real("other_ids", desk)
    assert played.calls == [f"{method} /v1/articles?id=news%2F1%3Falso-read" for method in ("PUT", "DELETE")]
    assert json.loads(played.requests[0].body)["id"] == "news/1?also-read"
    assert articles(desk) == {}
