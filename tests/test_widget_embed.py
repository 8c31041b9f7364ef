"""`/embed`: the boxes of a page as HTML, escaped, and nothing where there is nothing to say."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from service_fixtures import Service, check_problem, numbered, record, small_archive, subject_words

from service.widget.boxes import render_boxes
from service.widget.dates import written_date

HARD = [
    "<script>alert(1)</script>",
    """Double " and single ' quotes & ampersands &amp; entities""",
    "Flood 🌊 at the quay 👩‍🚒",
    "החומה מחזיקה מעמד (2026)",
    "</span></a></li></ol></section><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %}",
]


class Boxes(HTMLParser):
    """What a browser would read: tags with attributes, and the text of each element with a class."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("img", "link"):
            self.open.append(dict(attrs).get("class") or tag)
            self.texts.setdefault(self.open[-1], []).append("")

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def attributes(self, tag: str, name: str) -> list[str | None]:
        return [attrs.get(name) for found, attrs in self.tags if found == tag]


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "data").publish(small_archive())


def embed(service: Service, **query: Any) -> str:
    response = service.get("/embed", **query)
    assert response.status_code == 200, response.text
    assert response.content_type == "text/html; charset=utf-8"
    return response.text


def page_of(*items: dict[str, Any], **article: Any) -> dict[str, Any]:
    """The record of a page with one slot."""
    blank = {"title": "T", "url": "https://e.example/t", "summary": None, "section": None, "published_at": None}
    shown = [{"id": f"i{n}", "image_url": None, **blank, **item} for n, item in enumerate(items, 1)]
    slot = {"heading": "Also read", "items": shown, "fallback": None, "list_id": "l.p.s"}
    return {
        "article": {"id": "a", "lang": "en", **article},
        "slots": {"also-read": slot},
        "ui": "en",
        "generation": "g",
    }


def test_each_slot_with_items_is_a_section_with_what_the_page_answers(service: Service):
    html = embed(service, id="flood-1", slots="also-read:2,more-in-section:3")
    page = service.answer("/v1/page", id="flood-1", slots="also-read:2,more-in-section:3")
    boxes = Boxes(html)
    assert boxes.attributes("section", "data-slot") == ["also-read", "more-in-section"]
    assert boxes.attributes("section", "data-list") == [slot["list_id"] for slot in page["slots"].values()]
    assert boxes.texts["alsoread-heading"] == ["Also read", "More in News"]
    items = [item for slot in page["slots"].values() for item in slot["items"]]
    assert boxes.attributes("li", "data-id") == [item["id"] for item in items]
    assert boxes.attributes("a", "href") == [item["url"] for item in items]
    assert boxes.texts["alsoread-title"] == [item["title"] for item in items]
    assert boxes.texts["alsoread-date"][0] == written_date(items[0]["published_at"], "en")
    assert boxes.open == []


def test_the_stylesheet_is_linked_once_unless_it_is_not_wanted(service: Service):
    linked = Boxes(embed(service, id="flood-1"))
    assert linked.attributes("link", "href") == ["//localhost/widget.css"]
    assert linked.tags[0][0] == "link"
    assert Boxes(embed(service, id="flood-1", css="none")).attributes("link", "href") == []


@pytest.mark.parametrize("title", HARD)
def test_a_title_is_text_whatever_stands_in_it(tmp_path: Path, title: str):
    hard = record("hard", subject_words("flood", 14), title=title, url="https://e.example/a?b=1&c='\"", section='"<b>')
    service = Service(tmp_path / "data").publish([*small_archive(), hard])
    boxes = Boxes(embed(service, id="flood-1", slots="also-read:8"))
    at = boxes.attributes("li", "data-id").index("hard")
    assert boxes.texts["alsoread-title"][at] == title
    assert boxes.attributes("a", "href")[at] == "https://e.example/a?b=1&c='\""
    assert {tag for tag, _ in boxes.tags} <= {"link", "section", "h2", "ol", "li", "a", "span", "time"}


def test_ids_lists_and_the_services_name_are_escaped_too():
    page = page_of({"id": '"><x>', "section": "<i>"}, id='a"<y>')
    page["slots"]["also-read"] |= {"heading": "<z>", "list_id": '"l'}
    boxes = Boxes(render_boxes(page, True, '//"><w>'))
    assert boxes.attributes("section", "data-article") == ['a"<y>']
    assert boxes.attributes("section", "data-list") == ['"l']
    assert boxes.attributes("link", "href") == ['//"><w>/widget.css']
    assert boxes.texts["alsoread-heading"] == ["<z>"]
    assert not {"x", "y", "z", "w", "i"} & {tag for tag, _ in boxes.tags}


@pytest.mark.parametrize(
    "bad", [None, "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//e.example/x"]
)
def test_only_web_addresses_are_linked_and_what_comes_after_keeps_its_position(bad: str | None):
    boxes = Boxes(render_boxes(page_of({}, {"url": bad}, {}, {"image_url": bad}), False, ""))
    assert boxes.attributes("li", "data-id") == ["i1", "i3", "i4"]
    assert boxes.attributes("li", "value") == [None, "3", "4"]
    assert boxes.attributes("img", "src") == []


def test_an_item_without_a_title_shows_its_summary_and_without_either_is_left_out():
    boxes = Boxes(render_boxes(page_of({"title": None, "summary": "S"}, {"title": None}), False, ""))
    assert boxes.texts["alsoread-title"] == ["S"]


def test_what_is_not_known_leaves_no_empty_element():
    boxes = Boxes(render_boxes(page_of({}), False, ""))
    assert not {"alsoread-meta", "alsoread-section", "alsoread-date"} & set(boxes.texts)
    assert boxes.attributes("section", "dir") == ["ltr"]


def test_languages_are_said_where_they_differ():
    dated = {"published_at": "2026-03-12T06:35:00Z"}
    page = page_of(dated, lang="de-at") | {"ui": "he"}
    boxes = Boxes(render_boxes(page, False, ""))
    assert (boxes.attributes("section", "lang"), boxes.attributes("section", "dir")) == (["he"], ["rtl"])
    assert (boxes.attributes("ol", "lang"), boxes.attributes("time", "lang")) == (["de-at"], ["he"])
    same = Boxes(render_boxes(page_of(dated, lang="en-gb"), False, ""))
    assert (same.attributes("ol", "lang"), same.attributes("time", "lang")) == ([None], [None])


def test_a_slot_that_is_empty_is_not_there_and_where_all_are_nothing_is(tmp_path: Path):
    alone = numbered("flood", 1)
    service = Service(tmp_path / "data").publish([alone])
    assert embed(service, id="flood-1") == ""
    assert embed(service, id="nobody") == ""
    assert embed(service, url="https://www.example.com/nobody") == ""
    two = Service(tmp_path / "two").publish([alone, numbered("match", 1)])
    boxes = Boxes(embed(two, id="flood-1"))
    assert boxes.attributes("section", "data-slot") == ["also-read"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"css": "inline"}, "css"),
        ({"css": ["link", "none"]}, "css"),
        ({"slots": "sidebar"}, "slots"),
        ({"limit": "3"}, "limit"),
        ({"theme": "dark"}, "theme"),
        ({"ui": "!"}, "ui"),
    ],
)
def test_a_bad_parameter_is_a_problem_also_for_an_unknown_article(service: Service, query: dict, parameter: str):
    for article in ("flood-1", "nobody"):
        body = check_problem(service.get("/embed", id=article, **query), 400, "invalid-parameter")
        assert body["parameter"] == parameter


def test_without_a_host_that_is_one_no_stylesheet_is_linked(service: Service):
    boxes = embed(service, id="flood-1", css="none")
    for host in ("", "a b", 'x"><script>'):
        assert service.client.get("/embed?id=flood-1", headers={"Host": host}).text == boxes


def test_parameters_of_a_page_count_here_too(service: Service):
    all_of_it = Boxes(embed(service, id="flood-1", slots="also-read:2")).attributes("li", "data-id")
    without = Boxes(embed(service, id="flood-1", slots="also-read:2", exclude=all_of_it[0])).attributes("li", "data-id")
    assert without[0] == all_of_it[1]
    assert Boxes(embed(service, id="flood-1", ui="de")).texts["alsoread-heading"][0] == "Lesen Sie auch"


def test_the_fragment_can_be_checked_again_and_kept_by_shared_caches(service: Service):
    first = service.get("/embed", id="flood-1")
    assert first.headers["Cache-Control"] == "no-cache"
    assert "stale-if-error" in first.headers["CDN-Cache-Control"]
    assert len(first.headers["Surrogate-Key"].split()) > 2
    again = service.client.get("/embed?id=flood-1", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    nothing = service.get("/embed", id="nobody")
    assert "CDN-Cache-Control" not in nothing.headers
    assert nothing.headers["Cache-Control"] == "no-cache"


def test_a_date_in_a_language_that_is_not_known_is_one_that_all_can_read():
    assert written_date("2026-03-09T06:35:00Z", "de-CH") == "9. März 2026"
    assert written_date("2026-03-09T23:35:00Z", "ja") == "2026-03-09"
