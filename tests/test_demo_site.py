"""The demonstration site, in process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from demo_fixtures import AUTUMN, GERMAN, PORT, PUMPS, SITE, DemoSite, publish_newspaper, read_page
from service_fixtures import check_problem

from index.access_keys import add_key
from index.catalogue import Catalogue, place_of
from service.app import create_app
from service.demo.newspaper import SECTIONS, newspaper
from service.demo.site import POLICY
from service.settings import Settings


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("demo") / "data"
    publish_newspaper(data)
    return data


@pytest.fixture(scope="module")
def demo(published: Path) -> DemoSite:
    """For tests that only read."""
    return DemoSite(published)


@pytest.fixture
def own(data: Path) -> DemoSite:
    """For tests that write."""
    publish_newspaper(data)
    return DemoSite(data)


@pytest.fixture
def key(own: DemoSite) -> Iterator[dict[str, str]]:
    with Catalogue.open(place_of(own.data)) as catalogue:
        yield {"Authorization": f"Bearer {add_key(catalogue, 'desk', 'write')}"}


RECORDS = [json.loads(line) for line in newspaper().read_text(encoding="utf-8").splitlines()]


def path_in(record: dict) -> str:
    return record["url"].removeprefix("https://www.oxenhythe-packet.example")


def test_no_link_of_the_whole_site_leads_nowhere_and_no_page_refers_elsewhere(demo: DemoSite):
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        if path not in seen and not path.startswith("/desk"):
            seen.add(path)
            waiting += links_from(demo, path)
    listed = {path_in(record) for record in RECORDS if record.get("recommendable", True) and not is_copy(record)}
    assert listed <= seen
    assert len(listed) > 160


def links_from(demo: DemoSite, path: str) -> list[str]:
    """The paths that a page refers to, all of the site; fails where it refers to another, or has anything inline."""
    with demo.get(path) as response:
        assert response.status_code == 200, path
        if response.mimetype != "text/html":
            return []
        assert response.headers["Content-Security-Policy"] == POLICY
        page = read_page(response.text)
    assert page.inline == [], path
    assert not [has for _, has in page.elements if any(name == "style" or name[:2] == "on" for name in has)], path
    addresses = [address for _, has in page.elements for address in (has.get("href"), has.get("src")) if address]
    paths = [address.removeprefix(SITE).split("#")[0] for address in addresses]
    assert all(there[:1] in ("/", "") and there[:2] != "//" for there in paths), paths
    return [there for there in paths if there and not there.startswith("/widget.")]


def is_copy(record: dict) -> bool:
    """Replaced by a newer version, or the same text as another: reachable by its address, listed nowhere."""
    texts = [other["text"] for other in RECORDS]
    versions = {other.get("version_of") for other in RECORDS}
    return record["id"] in versions or texts.count(record["text"]) > 1


def test_each_article_of_the_newspaper_has_its_page_at_its_own_path(demo: DemoSite):
    for record in RECORDS:
        text = demo.page(path_in(record)).text
        if record["id"] != "2026-01-09-eel-bridge-need-to-know-first":  # another article has its address since
            assert " ".join(record["title"].split()) in text, record["id"]
            assert " ".join(record["text"].replace("**", "").split()) in text, record["id"]


def test_the_front_page_shows_nothing_twice_and_begins_with_the_newest_news(demo: DemoSite):
    page = demo.page("/")
    stories = [link for link in page.links() if link.count("/") > 2 and not link.startswith(("/section", "/health"))]
    assert len(stories) == len(set(stories)) > 30
    assert stories[0] == "/business/2026/09/flood-insurance"
    assert "Monday 28 September 2026" in page.text
    assert all(f"/section/{name}" in page.links() for name in SECTIONS)


def test_a_section_shows_its_own_pieces_only_newest_first(demo: DemoSite):
    page = demo.page("/section/culture/music")
    expected = [path_in(record) for record in reversed(RECORDS) if record.get("section") == "culture/music"]
    assert [link for link in page.links() if link.startswith("/culture/")] == expected
    days = [str(has["datetime"]) for has in page.all("time")]
    assert days == sorted(days, reverse=True)


def test_the_first_paint_carries_the_boxes_and_they_are_what_the_json_says(demo: DemoSite):
    page = demo.page(PUMPS)
    (asked,) = [link for link in page.links() if link.startswith("/v1/page")]
    slots = demo.get(asked).get_json()["slots"]
    said = [item["id"] for slot in ("also-read", "more-in-section") for item in slots[slot]["items"]]
    assert page.box_ids() == said
    assert len(said) == len(set(said)) == 10
    assert [has["data-slot"] for has in page.all("section", class_="alsoread")] == ["also-read", "more-in-section"]
    assert all(link.startswith(f"{SITE}/") for link in page.links(class_="alsoread-link"))


def test_the_boxes_can_be_left_to_the_script_which_the_page_says(demo: DemoSite):
    page = demo.page(f"{PUMPS}?boxes=script")
    assert page.box_ids() == []
    assert page.all("also-read") == [{"limit": "4"}]
    assert page.all("more-in-section") == [{}]
    assert "the server left the boxes out" in page.text


def test_a_sensitive_story_has_no_boxes_and_nothing_that_would_ask_for_some(demo: DemoSite):
    record = next(record for record in RECORDS if record.get("sensitive"))
    page = demo.page(path_in(record))
    assert page.box_ids() == []
    assert not page.all("also-read") + page.all("more-in-section")


def test_what_looks_like_markup_is_shown_and_not_obeyed(demo: DemoSite):
    response = demo.get("/council/2026/03/notice-wrong-bold")
    assert "typed “&lt;script&gt; for the letter goes here”" in response.text
    page = read_page(response.text)
    assert "tells residents to <b>PAY NOW</b> & then <blink>s" in page.text
    assert not page.all("b") + page.all("blink")


def test_an_article_in_german_says_so_and_is_dated_and_signed_in_german(demo: DemoSite):
    page = demo.page(GERMAN)
    assert page.all("article", class_="story", lang="de")
    assert "März 2025" in page.text
    assert "Von " in page.text
    assert {has["lang"] for has in page.all("section", class_="alsoread")} == {"de"}


def test_another_spelling_of_an_address_leads_to_the_one_that_is_right(demo: DemoSite):
    response = demo.get(f"{PUMPS}/?utm_source=x")
    assert (response.status_code, response.headers["Location"]) == (302, PUMPS)


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("/news/köln", "/news/k%C3%B6ln"),
        ("/news/k%c3%b6ln", "/news/k%C3%B6ln"),
        ("/news/2:1", "/news/2%3A1"),
        ("/news/heron#top", "/news/heron"),
        ("/news/heron/", "/news/heron/"),
        ("/story?id=7", "/article/heron"),
        ("/a%2Fb", "/article/heron"),
        ("//evil.example/heron", "/article/heron"),
    ],
)
def test_however_an_address_is_spelt_its_page_is_here_and_no_redirect_leads_round_or_away(
    own: DemoSite, key: dict[str, str], address: str, path: str
):
    record = {"title": "Heron steals wedding trout", "section": "news", "lang": "en", "url": SITE + address}
    own.client.put("/v1/articles/heron", json=record | {"published_at": "2026-11-24T08:00:00Z"}, headers=key)
    by_id = own.get("/article/heron")
    assert (by_id.headers.get("Location") if by_id.status_code == 302 else "/article/heron") == path
    assert "<h1>Heron steals wedding trout</h1>" in own.get(path).text
    assert path in own.page("/").links()


def test_what_is_not_there_is_said_in_a_page_by_the_paper_and_in_json_by_the_api(demo: DemoSite):
    for path in ("/nope", "/news/2026/09/nope", "/section/nope", "/article/nope", "/v1x", "/.env"):
        response = demo.get(path)
        assert (response.status_code, response.mimetype) == (404, "text/html"), path
        assert "There is no such page" in response.text
        assert response.headers["Content-Security-Policy"] == POLICY
    check_problem(demo.get("/v1/nope"), 404, "unknown-address")
    check_problem(demo.get("/health"), 404, "unknown-address")
    check_problem(demo.get("/v1/articles/nope"), 404, "unknown-article")


def test_an_address_that_is_not_there_is_shown_as_text(demo: DemoSite):
    response = demo.get("/%3Cscript%3Ealert(1)%3C/script%3E%22onload=")
    assert response.status_code == 404
    assert "<script>alert" not in response.text


def test_without_the_setting_there_is_no_site(published: Path):
    client = create_app(Settings(data=published)).test_client()
    check_problem(client.get("/"), 404, "unknown-address")
    check_problem(client.get(PUMPS), 404, "unknown-address")


def test_the_site_takes_nothing_from_the_api(published: Path):
    def rules(demo_site: bool) -> set[str]:
        app = create_app(Settings(data=published, demo_site=demo_site))
        return {rule.rule for rule in app.url_map.iter_rules() if not rule.endpoint.startswith("demo.")}

    assert rules(True) == rules(False)


def test_an_article_that_is_taken_down_is_gone_from_the_site_on_the_next_view(own: DemoSite, key: dict[str, str]):
    article = "2026-09-24-flood-insurance"
    before = own.get("/")
    assert own.get("/business/2026/09/flood-insurance").status_code == 200
    assert own.client.delete(f"/v1/articles/{article}", headers=key).get_json()["result"] == "deleted"
    assert own.get("/business/2026/09/flood-insurance").status_code == 404
    for path in ("/", "/section/business", "/nope", PUMPS):
        assert "flood-insurance" not in own.get(path).text.replace("/section/", ""), path
    etag = before.headers["ETag"]
    assert own.get("/", If_None_Match=etag).status_code == 200


def test_an_article_that_is_written_is_on_the_site_at_once_also_without_an_address(own: DemoSite, key: dict[str, str]):
    new = {"title": "Heron steals wedding trout", "text": "It was **poached**.", "section": "news", "lang": "en",
           "published_at": "2026-11-24T08:00:00Z", "summary": "Twice."}  # fmt: skip
    for name, more, path in (
        ("heron", {"url": f"{SITE}/news/2026/11/heron"}, "/news/2026/11/heron"),
        ("odd/heron & co", {"url": None, "title": "Heron sorry"}, "/article/odd/heron%20%26%20co"),
    ):
        assert (
            own.client.put("/v1/articles", query_string={"id": name}, json={**new, **more}, headers=key).status_code
            == 201
        )
        assert own.page(path).all("strong")
        assert path in own.page("/").links()
        assert own.page(path).links(href=f"{path}?boxes=script")


def test_an_article_whose_time_has_not_come_has_no_page(published: Path):
    demo = DemoSite(published)
    demo.clock.now = AUTUMN.replace(month=9, day=1)
    assert demo.get("/business/2026/09/flood-insurance").status_code == 404
    assert "flood-insurance" not in demo.get("/").text


def test_a_page_that_did_not_change_is_not_sent_again(demo: DemoSite):
    first = demo.get(PUMPS)
    assert first.headers["Cache-Control"] == "no-cache"
    assert demo.get(PUMPS, If_None_Match=first.headers["ETag"]).status_code == 304


def test_before_anything_is_published_the_paper_says_so(data: Path):
    response = DemoSite(data).get("/")
    assert (response.status_code, response.mimetype) == (503, "text/html")
    assert "not running yet" in response.text


def test_another_port_embeds_nothing_again_and_moves_every_link(own: DemoSite):
    report = publish_newspaper(own.data, PORT + 1)
    assert (report.embedded, report.changed) == (0, len(RECORDS))
    moved = create_app(Settings(data=own.data, port=PORT + 1, demo_site=True), clock=own.clock).test_client()
    page = read_page(moved.get(PUMPS).text)
    assert len(page.box_ids()) == 10
    assert all(link.startswith(f"http://127.0.0.1:{PORT + 1}/") for link in page.links(class_="alsoread-link"))
    again = publish_newspaper(own.data, PORT + 1)
    assert (again.embedded, again.changed, again.published) == (0, 0, False)


def test_an_empty_paper_has_a_front_page(own: DemoSite, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service.demo.site.stories", lambda *_: [])
    assert own.get("/").status_code == 200


def test_every_page_links_the_desk_and_an_article_its_own_page_there(demo: DemoSite):
    front, article = demo.page("/"), demo.page("/business/2026/09/flood-insurance")
    assert "/desk" in front.links()
    assert "/desk/article?id=2026-09-24-flood-insurance" in article.links()
    with demo.get("/desk/article?id=2026-09-24-flood-insurance") as response:
        assert response.headers["Location"].startswith("/desk/sign-in?next=")
