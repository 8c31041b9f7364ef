"""The page of the API: whole, readable without a script, and free of everything from elsewhere."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from lxml import html
from openapi_fixtures import DOCUMENT, calls
from service_fixtures import Service

from service.openapi.page import render_page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return Service(tmp_path_factory.mktemp("empty")).get("/docs").text


def test_it_needs_no_script_and_nothing_from_elsewhere(page: str):
    tree = html.fromstring(page)
    assert (
        tree.xpath("//script | //iframe | //img | //object | //form | //link[not(starts-with(@href, 'data:'))]") == []
    )
    assert tree.xpath("//*[@style] | //@*[starts-with(name(), 'on')]") == []
    loaded = re.findall(r"url\(|@import", "".join(tree.xpath("//style/text()")))
    assert loaded == []
    assert {link for link in tree.xpath("//a/@href") if not link.startswith("#")} == {"/openapi.json"}


def test_its_policy_lets_its_own_style_in_and_nothing_else(tmp_path: Path):
    answer = Service(tmp_path / "data").get("/docs")
    policy = answer.headers["Content-Security-Policy"]
    (style,) = html.fromstring(answer.text).xpath("//style/text()")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_operation_problem_and_type_has_a_place_and_every_link_leads_to_one(page: str):
    tree = html.fromstring(page)
    places = set(tree.xpath("//@id"))
    assert len(places) == len(tree.xpath("//@id"))
    assert {str(call) for call in calls()} <= places
    assert {f"problem-{name}" for name in DOCUMENT["components"]["examples"]} <= places
    assert {link[1:] for link in tree.xpath("//a/@href") if link[0] == "#"} <= places


def test_each_operation_shows_its_parameters_its_call_and_its_answers(page: str):
    tree = html.fromstring(page)
    for call in calls():
        (told,) = tree.xpath(f"//article[@id='{call}']")
        said = " ".join(told.text_content().split())
        assert f"{call.method} {call.path}" in said
        assert told.xpath(".//figcaption[.='Request']/following-sibling::pre[starts-with(., 'curl ')]")
        for name in [*call.parameters("query"), *call.parameters("path"), *call.parameters("header")]:
            assert told.xpath(f".//dl[@class='params']//dt/code[.='{name}']"), (call, name)
        for status in call.told["responses"]:
            assert told.xpath(f".//span[.='{status}'] | .//a/b[.='{status}']"), (call, status)


def test_what_is_said_in_the_document_stands_on_the_page_as_text_and_never_as_html():
    document = {**DOCUMENT, "info": {**DOCUMENT["info"], "description": "<script>alert(1)</script> **bold** `code`"}}
    document["tags"] = [{"name": "Lists", "description": "<i>x</i>"}]
    shown = render_page(document)
    assert "<script>" not in shown
    assert "<i>x</i>" not in shown
    assert "<strong>bold</strong>" in shown
