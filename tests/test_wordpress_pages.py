"""What the plugin puts into pages: the service's boxes, kept for when it is away, and nothing that could do harm."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from wordpress_fixtures import Request, play, play_for_real
from writing_fixtures import small_desk


class Links(HTMLParser):
    """The addresses of a page's links, and every tag and attribute in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src") and tag == "a"]


def shown(page: str) -> list[str]:
    return [address.rpartition("/")[2] for address in Links(page).addresses]


def embed_calls(requests: list[Request]) -> list[Request]:
    return [request for request in requests if request.path.startswith("/embed")]


def test_boxes_stand_after_the_content_inside_the_elements_of_their_slots():
    page = play("page_with_boxes").said["page"]
    element = '<also-read url="https://www.example.com/flood-wall/" limit="4">'
    assert page.startswith(f'<p>Story.</p>{element}<section class="alsoread" ')
    assert shown(page) == ["a", "b", "c"]
    assert page.count("</also-read>") == 1
    assert "more-in-section" not in page
    assert '</also-read><section class="alsoread" data-slot="background"' in page


def test_the_services_own_boxes_come_through_whole(data: Path):
    desk = small_desk(data)
    played = play_for_real("page_for_real", desk)
    said, (call,) = played.said, embed_calls(played.requests)
    fragment = desk.get(call.path).text
    assert fragment.count("<li ") == 3
    assert fragment in said["page"]
    assert said["style"] == desk.get("/widget.css").text


def test_a_box_keeps_all_that_the_script_and_the_reader_need():
    page = play("page_with_boxes").said["page"]
    for part in (
        'data-list="96f0.sss" data-article="wp-1-1" aria-labelledby="alsoread-also-read" lang="en" dir="ltr">',
        '<h2 class="alsoread-heading" id="alsoread-also-read">Heading</h2>',
        '<ol class="alsoread-list" lang="de"><li class="alsoread-item" data-id="a"><a class="alsoread-link" href=',
        'loading="lazy" alt="" width="96" height="64">',
        '<time class="alsoread-date" datetime="2026-03-12T06:35:00Z" lang="en">12 March 2026</time>',
    ):
        assert part in page


def test_the_service_has_a_second_and_gets_no_key():
    (call,) = embed_calls(play("page_with_boxes").requests)
    assert call.method == "GET"
    assert call.timeout == 1
    assert "Authorization" not in call.headers
    assert parse_qs(urlsplit(call.path).query) == {
        "url": ["https://www.example.com/flood-wall/"],
        "slots": ["also-read:4,more-in-section:6,background:2"],
        "css": ["none"],
    }


def test_the_script_comes_as_a_module_and_the_style_stands_in_the_page():
    said = play("page_with_boxes").said
    assert said["head"] == [
        {"alsoread": "https://alsoread.example.com/widget.js"},
        {"alsoread": "also-read{display:block}"},
    ]
    assert said["tag"] == '<script type="module" src="https://alsoread.example.com/widget.js"></script>\n'


def test_without_an_address_for_readers_pages_carry_the_boxes_alone():
    played = play("page_without_a_script")
    assert played.said["head"] == []
    assert played.said["page"].startswith('<p>Story.</p><section class="alsoread" ')
    assert all(request.path.startswith("http://127.0.0.1:8000/") for request in played.requests)


def test_where_there_is_nothing_to_say_nothing_is_left_and_a_new_article_is_asked_for_again_soon():
    said = play("page_with_nothing_to_say").said
    assert said["nothing"] == said["unknown"] == "<p>Story.</p>"
    assert said["asked"] == 2
    assert shown(said["then"]) == ["a"]


def test_an_answer_is_kept_for_minutes():
    said = play("page_kept").said
    assert said["same"]
    assert said["asked"] == 1
    assert shown(said["then"]) == ["b"]


def test_while_the_service_is_away_the_kept_boxes_stay_and_one_view_a_minute_asks():
    said = play("page_while_away").said
    assert shown(said["stale"]) == ["a"]
    assert said["calls"] == 1
    assert said["after_a_minute"] == 2
    assert said["after_two"] == 3
    assert shown(said["back"]) == ["b"]


def test_without_a_kept_copy_the_readers_browser_may_ask():
    said = play("page_while_away").said
    for page, name in ((said["other"], "never-shown"), (said["next_day"], "never-shown")):
        assert page == f'<p>Story.</p><also-read url="https://www.example.com/{name}/" limit="4"></also-read>'


def test_what_is_taken_down_here_is_gone_from_kept_boxes_at_once():
    said = play("page_takes_down").said
    assert shown(said["before"]) == ["wp-1-2", "wp-1-3", "wp-2-99"]
    assert shown(said["one"]) == ["wp-1-3", "wp-2-99"]
    assert said["all"] == "<p>Story.</p>"


def test_a_hostile_fragment_can_do_nothing():
    page = play("page_hostile").said["page"]
    found = Links(page)
    assert found.tags <= {"p", "also-read", "section", "h2", "ol", "li", "a", "img", "span", "time"}
    assert not [name for name in found.attributes if name.startswith("on") or name == "style"]
    assert [address for address in found.addresses if address] == ["https://www.example.com/a"]
    for word in ("alert(", "display:none", "evil.example", "inside", "outside", "javascript:"):
        assert word not in page


def test_a_page_of_somebody_else_is_not_shown():
    assert play("page_hostile").said["portal"] == "<p>Story.</p>"


def test_a_stylesheet_with_markup_is_not_put_into_the_page():
    assert play("page_style_with_markup").said == []


@pytest.mark.parametrize("place", ["side", "feed", "list", "has_block", "block_of_none", "password"])
def test_boxes_come_by_themselves_only_on_a_posts_own_page(place: str):
    assert "alsoread" not in play("page_places").said[place]


def test_an_editor_chooses_the_place_and_what_stands_there():
    said = play("page_places").said
    assert shown(said["automatic"]) == ["a"]
    assert said["block"].startswith(
        '<div class="wp-block"><also-read url="https://www.example.com/flood-wall/" limit="2">'
    )
    assert shown(said["shortcode"]) == ["b"]
    assert said["shortcode"].startswith('<more-in-section url="https://www.example.com/flood-wall/" limit="3">')
    assert said["plain_shortcode"].startswith('<also-read url="https://www.example.com/flood-wall/" limit="4">')
