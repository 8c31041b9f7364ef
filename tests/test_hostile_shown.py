"""What a hostile article does to whoever shows it: the boxes, the demonstration's pages, the desk, and tables of it."""

import csv
import io
from pathlib import Path

import pytest
from demo_fixtures import SITE, DemoSite, publish_newspaper
from editors_fixtures import Newsroom
from service_fixtures import Service, numbered, publish, small_archive
from test_desk_escaping import Tags
from writing_fixtures import Desk, make_key

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "</title></style></script><svg/onload=alert(1)>",
    "<!-- --!><iframe srcdoc=x>",
    "]]><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "{{ 7919*7927 }}{% include '/etc/passwd' %}",
    "**<script>alert(1)</script>**",
    "javascript:alert(1)//",
    "\u202e>tpircs<\u202c",
    "+ADw-script+AD4-alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<base href=//evil.example>",
    "<style>*{background:url(//evil.example)}</style>",
)

ADDRESSES = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/x",
    "/x",
    "file:///etc/passwd",
    "http:javascript:alert(1)",
    "https:///x",
    "blob:https://evil.example/1",
)


def check(html: str, allowed: set[str]) -> None:
    """No element came out of what the article says, no attribute that runs, and no link to anything but the web."""
    tags = Tags()
    tags.feed(html)
    assert tags.found
    for tag, attributes in tags.found:
        assert tag in allowed, (tag, attributes)
        assert not any(name.startswith("on") or name in ("style", "srcdoc") for name in attributes), attributes
        for name in ("href", "src"):
            value = attributes.get(name) or "/"
            assert value.startswith(("/", "https://", "http://", "#", "data:image/svg")), value
        assert tag != "script" or (attributes.get("src") or "").startswith(("/", SITE))
    assert "62773913" not in html, "a template was run"
    assert "root:" not in html


def hostile(text: str) -> dict[str, object]:
    """An article that says it wherever it may."""
    article = numbered(
        "flood", 2, title=text, summary=text, tags=[text], authors=[text], series=text, section=text.replace("/", "|")
    )
    return {
        **article,
        "id": text,
        "text": f"{article['text']} {text}\n\n{text}",
        "url": "https://www.example.com/odd?a='\"<>",
    }


@pytest.mark.parametrize("text", TEXTS)
def test_the_boxes_show_it_as_text(tmp_path: Path, text: str):
    service = Service(tmp_path).publish([numbered("flood", 1), hostile(text), numbered("flood", 3)])
    for query in ({"id": "flood-1"}, {"id": text}, {"id": "flood-1", "ui": "de", "css": "none"}):
        response = service.get("/embed", **query)
        assert response.status_code == 200
        assert response.mimetype == "text/html"
        check(response.text, {"link", "section", "h2", "ol", "li", "a", "span", "time", "img"})
    for path in ("/v1/page", "/v1/also-read", "/v1/more-in-section", "/v1/articles"):
        for name in (text, "nobody " + text):
            assert service.get(path, id=name).mimetype in ("application/json", "application/problem+json")


@pytest.mark.parametrize("text", TEXTS)
def test_the_pages_of_the_demonstration_show_it_as_text(site: DemoSite, key: dict[str, str], text: str):
    record = {**hostile(text), "url": f"{SITE}/news/odd", "section": "news", "published_at": "2026-11-24T08:00:00Z"}
    asked = {name: value for name, value in record.items() if name != "id"}
    assert site.client.put("/v1/articles", query_string={"id": "odd"}, json=asked, headers=key).status_code in (
        200,
        201,
    )
    for path in ("/news/odd", "/news/odd?boxes=script", "/", "/section/news", f"/{text.replace('#', '')}"):
        response = site.client.get(path)
        assert response.status_code in (200, 301, 302, 308, 404)
        assert "script-src 'self'" in response.headers.get("Content-Security-Policy", "script-src 'self'")
        if response.status_code in (200, 404) and response.mimetype == "text/html":
            page = Tags()
            page.feed(response.text)
            assert not {"iframe", "base", "object", "embed"} & {tag for tag, _ in page.found}
            for tag, attributes in page.found:
                assert not any(name.startswith("on") or name == "srcdoc" for name in attributes), attributes
                assert tag != "script" or (attributes.get("src") or "").startswith(("/", SITE)), attributes
                for name in ("href", "src"):
                    assert not (attributes.get(name) or "").lower().startswith(("javascript:", "//evil", "vbscript:"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> DemoSite:
    data = tmp_path_factory.mktemp("data")
    publish_newspaper(data)
    return DemoSite(data)


@pytest.fixture(scope="module")
def key(site: DemoSite) -> dict[str, str]:
    return {"Authorization": f"Bearer {make_key(site.data)}"}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("field", ["url", "image_url"])
def test_an_article_has_no_address_that_is_not_of_the_web(tmp_path: Path, address: str, field: str):
    desk = Desk(tmp_path)
    publish(tmp_path, small_archive())
    response = desk.put("odd", {"title": "Odd", "text": "x", field: address})
    assert response.status_code == 400
    assert response.get_json()["errors"][0]["field"] == field
    assert desk.get("/v1/articles", id="odd").status_code == 404


FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    '=HYPERLINK("//evil.example")',
    "=cmd|'/c calc'!A0",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_any_table_is_a_formula(tmp_path: Path, formula: str):
    """What an editor writes, and what an article is called, in every table that can be taken along."""
    publish(tmp_path, [{**numbered("flood", 1), "id": formula.strip()}, *small_archive()])
    room = Newsroom(tmp_path)
    name = formula.strip()
    admin = room.editor("admin", name)
    admin.send("/desk/steer", do="block-everywhere", item=name, page="flood-2", reason=formula)
    key = {"Authorization": f"Bearer {make_key(tmp_path, 'reports', 'read')}"}
    tables = [
        admin.get("/desk/rules/export", format="csv"),
        admin.get("/desk/audit/export", format="csv"),
        admin.get("/desk/clicks/export", format="csv"),
        room.reader().get("/v1/rules?format=csv", headers=key),
        room.reader().get("/v1/reports/clicks?format=csv&by=section,slot", headers=key),
    ]
    for response in tables:
        assert response.status_code == 200
        assert response.mimetype == "text/csv"
        for row in csv.reader(io.StringIO(response.text)):
            for cell in row:
                assert not cell.startswith(tuple("=+-@\t\r＝＋－＠")), (response.request.path, row)
    assert name in {cell.lstrip("'") for row in csv.reader(io.StringIO(tables[0].text)) for cell in row}
