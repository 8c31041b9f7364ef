"""What others wrote is shown at the desk as text and never run: headlines, ids, reasons, names, searches, files."""

from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from editors_fixtures import Editor, Newsroom
from service_fixtures import numbered, publish, small_archive
from writing_fixtures import make_key

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus x='",
    "</textarea><svg/onload=alert(1)>",
    "{{ 7919*7927 }}{% raise %}",
    "javascript:alert(1)",
    "</title><base href=//evil.example>",
)


class Tags(HTMLParser):
    """The elements of a page, and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def check(html: str) -> None:
    """No element or attribute came out of what others wrote."""
    tags = Tags()
    tags.feed(html)
    for tag, attributes in tags.found:
        assert tag not in ("base", "iframe", "object", "embed", "style"), tag
        assert not any(name.startswith("on") or name == "style" for name in attributes), attributes
        for name in ("href", "src", "action"):
            value = attributes.get(name) or "/"
            assert value.startswith(("/", "#", "https://", "http://")), value
            assert not value.startswith("//"), value
        if tag == "script":
            assert (attributes["src"] or "").startswith("/desk/static/")
    assert "62773913" not in html, "a template was run"


@pytest.fixture(params=range(len(ATTACKS)))
def attack(request: pytest.FixtureRequest) -> str:
    return ATTACKS[request.param]


@pytest.fixture
def room(data: Path, attack: str) -> Newsroom:
    odd = numbered(
        "flood",
        2,
        title=attack,
        summary=attack,
        tags=[attack],
        authors=[attack],
        series=attack,
        section=attack.replace("/", "|"),
    )
    own = numbered("flood", 1, authors=[attack], tags=[attack], series=attack)
    odd["id"] = attack
    publish(data, [own, odd, *(one for one in small_archive() if one["id"] not in ("flood-1", "flood-2"))])
    return Newsroom(data)


def test_nothing_that_others_wrote_is_run_on_any_page(room: Newsroom, attack: str):
    editor = Editor(room.app.test_client(), make_key(room.data, f"x {attack}"[:200], "rules"))
    assert editor.sign_in().status_code == 303
    sent = [
        editor.send(
            "/desk/steer",
            do="pin",
            page="flood-1",
            article="flood-1",
            item=attack,
            slot="also-read",
            position=1,
            reason=attack,
        ),
        editor.send("/desk/steer", do="block-everywhere", page="flood-1", item="match-1", reason=attack),
        editor.send("/desk/steer", do=attack, page=attack),
        editor.send("/desk/steer", do="change", rule=attack, version=1, page=attack, until="same", reason=attack),
        editor.send("/desk/rules/import", number=attack, file=(BytesIO(f"kind,{attack}\nx,y".encode()), attack)),
        editor.send("/desk/rules/import", number="1", file=(BytesIO(b"[" + attack.encode()), attack)),
    ]
    pages = [
        editor.get("/desk"),
        editor.get("/desk", q=attack),
        editor.get("/desk", q="flood"),
        editor.get("/desk/article", id="flood-1"),
        editor.get("/desk/article", id=attack),
        editor.get("/desk/article", id="flood-1", pick=attack[:8], beside=attack),
        editor.get("/desk/article", id=attack + "x"),
        editor.get("/desk/article", id="flood-1", did=attack),
        editor.get("/desk/article", id="flood-1", beside="policy:0"),
        editor.get("/desk/rules"),
        editor.get("/desk/rules", q=attack, kind=attack, state=attack),
        editor.get("/desk/audit"),
        editor.get("/desk/audit", who=attack, what=attack, below=attack),
        editor.client.get("/desk/sign-in", query_string={"next": attack}),
        room.browser().client.get("/desk/sign-in", query_string={"next": attack}),
        room.browser().client.post("/desk/sign-in", data={"key": attack, "next": attack}),
        editor.client.get("/desk/" + attack.replace("/", "%2F")),
    ]
    for response in (*sent, *pages):
        assert response.status_code < 500
        if response.mimetype == "text/html" and response.data:
            check(response.text)
    assert any("flood-1" in response.text and response.status_code == 200 for response in pages)


def test_an_address_that_is_no_web_address_becomes_no_link(room: Newsroom):
    html = room.editor().page("/desk/article", id="flood-1")
    assert 'href="javascript' not in html
