"""The script and the stylesheet as they are sent: small, whole, kept by browsers, and free of what they promise not to do."""

import gzip
import re
from pathlib import Path

import pytest
from service_fixtures import Service

from service.widget.assets import compact_script, compact_style

WIDGET = Path(__file__).parents[1] / "service" / "widget"


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path / "data")


def test_the_script_is_at_most_3_kb_compressed_and_the_stylesheet_half_of_that(service: Service):
    for path, most in (("/widget.js", 3_000), ("/widget.css", 1_500)):
        sent = service.client.get(path, headers={"Accept-Encoding": "gzip"})
        assert sent.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(sent.data) == service.get(path).data
        print(f"{path}: {len(sent.data)} bytes with gzip")
        assert len(sent.data) <= most


@pytest.mark.parametrize(("path", "kind"), [("/widget.js", "text/javascript"), ("/widget.css", "text/css")])
def test_any_page_may_load_them_and_keep_them_for_an_hour(service: Service, path: str, kind: str):
    first = service.client.get(path, headers={"Origin": "https://www.example.com"})
    assert first.content_type == f"{kind}; charset=utf-8"
    assert first.headers.getlist("Access-Control-Allow-Origin") == ["*"]
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert first.headers["X-Content-Type-Options"] == "nosniff"
    assert "public, max-age=3600" in first.headers["Cache-Control"]
    again = service.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert service.get(path, v="2").data == first.data
    assert service.get(path, version="2").status_code == 400


@pytest.mark.parametrize(
    "forbidden",
    """cookie localStorage sessionStorage indexedDB caches innerHTML outerHTML insertAdjacentHTML document.write eval
    Function( setAttribute('style serviceWorker XMLHttpRequest importScripts createPolicy userAgent fingerprint""".split(),
)
def test_the_script_uses_nothing_that_stores_tracks_or_runs_text(service: Service, forbidden: str):
    assert forbidden not in service.get("/widget.js").text


def test_every_address_in_the_script_is_relative_to_its_own(service: Service):
    text = service.get("/widget.js").text
    assert re.findall(r"https?://\w", text) == []
    assert text.count("new URL(") == text.count(",import.meta.url)")
    assert "'omit'" in text


def test_the_stylesheet_asks_for_nothing(service: Service):
    text = service.get("/widget.css").text
    assert "url(" not in text
    assert "@import" not in text


def test_a_compact_script_keeps_its_strings_and_its_lines():
    source = """/* One
   two */
const a = 'x  = y';

  /* Three. */
  if (a != 'b') go({a : 1}, /^https?:\\/\\//i);
return ;
"""
    assert compact_script(source) == "const a='x  = y';\nif(a!='b')go({a:1},/^https?:\\/\\//i);\nreturn;"


def test_a_compact_stylesheet_keeps_the_blanks_that_count():
    source = (
        "/* A */\n.a .b:hover::after ,\n.c > .d {\n  block-size: calc(1em + 2lh);\n}\n@media (x: y) { .e { f: g; } }\n"
    )
    assert compact_style(source) == ".a .b:hover::after,.c>.d{block-size:calc(1em + 2lh)}@media (x:y){.e{f:g}}"


def test_the_compact_stylesheet_has_every_rule_of_its_source(service: Service):
    source = re.sub(r"/\*.*?\*/", "", (WIDGET / "also-read.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    sent = service.get("/widget.css").text
    assert sent.count("{") == source.count("{") == sent.count("}")
    assert len(re.findall(r"[\w-]+:", sent)) >= len(re.findall(r"^\s+[\w-]+:", source, flags=re.MULTILINE))
