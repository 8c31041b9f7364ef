"""The snippets of docs/site.md: each is what it says it is, and those that can run here do."""

import re
import subprocess
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl

import pytest
from ports import free_port
from wordpress_fixtures import ROOT, listening, need
from writing_fixtures import Desk, small_desk

PAGE = ROOT / "docs" / "site.md"
TEXT = PAGE.read_text(encoding="utf-8")
VOID = {"link", "img", "br", "meta"}


def snippets(language: str) -> list[str]:
    found = re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert found, language
    return found


class Tags(HTMLParser):
    """Fails at a tag that closes what is not open; `open` is what was never closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("html", snippets("html"))
def test_html_is_well_formed(html: str):
    assert Tags(html).open == []


def test_the_includes_and_the_elements_name_what_the_service_knows(data: Path):
    desk = small_desk(data)
    queries = re.findall(r"/embed\?([^\"\s`…]*slots=[^\"\s`]*)", TEXT)
    assert len(queries) >= 2
    for query in queries:
        names = dict(parse_qsl(query.replace("&amp;", "&")))
        assert desk.get("/embed", **{**names, "url": "https://www.example.com/flood/1"}).text.count("<li ") == 4
    bare = desk.get("/embed", url="https://www.example.com/flood/1", slots="also-read:3", css="none").text
    assert bare.startswith("<section")
    assert bare.count("<li ") == 3
    assert "slots=also-read:3" in TEXT
    assert "css=none" in TEXT


@pytest.mark.parametrize("toml", snippets("toml"))
def test_toml_is_toml(toml: str):
    assert tomllib.loads(toml)


@pytest.mark.parametrize("script", snippets("sh"))
def test_shell_is_shell(script: str):
    subprocess.run(["sh", "-n"], input=script, text=True, check=True)


def test_javascript_is_javascript(tmp_path: Path):
    node = need("node", "apt-get install nodejs")
    without_markup = [
        re.sub(r"return \(\s*<>.*</>\s*\);", "return html;", script, flags=re.DOTALL) for script in snippets("jsx")
    ]
    assert all("<" not in script for script in without_markup)
    for at, script in enumerate([*snippets("js"), *without_markup]):
        file = tmp_path / f"{at}.mjs"
        file.write_text(script, encoding="utf-8")
        subprocess.run([node, "--check", file], check=True)


def test_markup_in_javascript_is_well_formed():
    for script in snippets("jsx"):
        markup = re.search(r"<>(.*)</>", script, re.DOTALL)[1]
        assert len(re.findall(r"<[a-z]", markup)) == len(re.findall(r"/>\s*$", markup, re.MULTILINE)) == 3


def test_links_lead_somewhere():
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", TEXT, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(([^)\s]+)\)", TEXT)
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    files = {link.partition("#")[0] for link in links if not link.startswith(("#", "http"))}
    assert "../examples/wordpress/alsoread" in files
    assert [file for file in files if not (PAGE.parent / file).exists()] == []


@contextmanager
def nginx(folder: Path, service: str) -> Iterator[str]:
    """The address of nginx as the page configures it, before a folder of pages and a service."""
    program = need("nginx", "apt-get install nginx")
    port = free_port("127.0.0.1")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]  # silenced
    pages = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    Thread(target=pages.serve_forever, daemon=True).start()
    (site,) = snippets("nginx")
    for given, ours in (
        ("127.0.0.1:8080", f"127.0.0.1:{pages.server_port}"),
        ("127.0.0.1:8000", service.removeprefix("http://")),
        ("listen 80;", f"listen 127.0.0.1:{port};"),
    ):
        assert given in site
        site = site.replace(given, ours)
    ours_alone = [f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}\n"
        f"http {{ access_log off; {' '.join(ours_alone)}\n{site} }}",
        encoding="utf-8",
    )
    command = [program, "-p", str(folder), "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    process = subprocess.Popen(command)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        pages.shutdown()
        pages.server_close()


def read(address: str) -> str:
    deadline = time.monotonic() + 10
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.mark.server
def test_nginx_includes_the_boxes_and_keeps_the_page_whole_without_them(data: Path, tmp_path: Path):
    desk: Desk = small_desk(data)
    folder = tmp_path / "pages"
    folder.mkdir(mode=0o755)
    (include,) = [html for html in snippets("html") if "include virtual" in html]
    known = include.replace("www.example.com%2Fnews%2Fflood-wall", "www.example.com%2Fflood%2F1")
    for name, html in (("known", known), ("unknown", include), ("wrong", known.replace("slots=", "slot="))):
        (folder / f"{name}.html").write_text(f"<p>Before.</p>{html.strip()}<p>After.</p>", encoding="utf-8")
    whole = '<p>Before.</p><also-read limit="4"></also-read><p>After.</p>'
    with listening(desk) as service, nginx(folder, service) as site:
        page = read(f"{site}/known.html")
        assert page.startswith(
            '<p>Before.</p><also-read limit="4"><link rel="stylesheet" href="//alsoread.example.com/widget.css">'
        )
        assert page.count("<li ") == 4
        assert page.endswith("</section></also-read><p>After.</p>")
        assert read(f"{site}/unknown.html") == whole
        assert read(f"{site}/wrong.html") == whole
        assert read(f"{site}/alsoread/embed?url=https%3A%2F%2Fwww.example.com%2Fflood%2F1") == ""
        address = service
    with nginx(folder, address) as site:
        assert read(f"{site}/known.html") == whole
