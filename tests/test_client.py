"""The client in Python: typed answers, problems as errors, and nothing done twice."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from service_fixtures import NOON
from werkzeug.serving import make_server
from writing_fixtures import Desk, make_key, small_desk

from service.client import AlsoreadProblem, Client, Unreachable

DOCS = Path(__file__).parents[1] / "docs"


@contextmanager
def serving(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = small_desk(tmp_path_factory.mktemp("client") / "data")
    made.token = make_key(made.data, "admin", "admin")
    return made


@pytest.fixture(scope="module")
def address(desk: Desk) -> Iterator[str]:
    with serving(desk.app) as base:
        yield base


@pytest.fixture
def client(address: str, desk: Desk) -> Iterator[Client]:
    with Client(address, desk.token) as made:
        yield made


def test_a_list_comes_as_the_service_answers_it_with_types(client: Client, desk: Desk):
    answer = client.also_read("flood-1", limit=3, exclude=["flood-2"], lang=["en"], before=NOON, explain=True)
    told = desk.answer(
        "/v1/also-read", id="flood-1", limit=3, exclude="flood-2", lang="en", before="2026-03-20T12:00:00Z"
    )
    assert [item.id for item in answer.items] == [item["id"] for item in told["items"]]
    first = answer.items[0]
    assert (answer.slot, first.source, first.score) == ("also-read", "similar", told["items"][0]["score"])
    assert first.published_at is not None
    assert first.published_at.tzinfo is not None
    assert first.breakdown is not None
    assert client.more_in_section(url="https://www.example.com/flood/1", limit=2).article.id == "flood-1"


def test_a_page_has_its_boxes_by_slot(client: Client):
    page = client.page("flood-1", slots="also-read:2,background:1", ui="de")
    assert list(page.slots) == ["also-read", "background"]
    assert page.slots["also-read"].heading == "Lesen Sie auch"
    assert page.ui == "de"


def test_an_article_is_written_read_and_removed_whatever_its_id_holds(client: Client):
    for article_id in ("a/b?c&d=e", "ä #%", "x/also-read"):
        assert client.put(article_id, {"title": "The river", "published_at": NOON}).result == "created"
        assert client.put(article_id, {"title": "The river", "published_at": NOON}).result == "unchanged"
        assert client.article(article_id).title == "The river"
        assert client.delete(article_id, datetime(2026, 4, 1, tzinfo=UTC)).result == "deleted"
        assert client.delete(article_id).result == "absent"


def test_rules_are_settled_changed_and_removed(client: Client):
    pin = {"kind": "pin", "article_id": "flood-1", "item_id": "match-1", "position": 1}
    rule = client.add_rule(pin)
    assert client.also_read("flood-1", limit=1).items[0].source == "pinned"
    changed = client.change_rule(rule.id, {**pin, "position": 2}, rule.version)
    assert [one.position for one in client.rules(article="flood-1").rules] == [2]
    with pytest.raises(AlsoreadProblem) as outdated:
        client.change_rule(rule.id, pin, rule.version)
    assert (outdated.value.name, outdated.value.members["rule"]["version"]) == ("rule-changed", changed.version)
    assert client.remove_rule(rule.id, changed.version).removed.id == rule.id
    assert client.rules().rules == []


def test_a_problem_is_an_error_with_what_the_service_says(client: Client, address: str):
    with pytest.raises(AlsoreadProblem, match=r"^400 invalid-parameter: limit: expected a whole number from 1 to 50"):
        client.also_read("flood-1", limit=500)
    with pytest.raises(AlsoreadProblem) as unknown:
        client.article("nobody")
    assert (unknown.value.status, unknown.value.name, unknown.value.members) == (404, "unknown-article", {})
    with Client(address) as nobody, pytest.raises(AlsoreadProblem) as refused:
        nobody.put("a", {"title": "A"})
    assert refused.value.name == "key-required"
    assert client.health().articles == 15


def test_what_is_no_question_is_not_asked():
    with pytest.raises(ValueError, match="address of a service"):
        Client("recs.example.com")
    with Client("http://127.0.0.1:9") as client, pytest.raises(ValueError, match="one of them"):
        client.also_read("a", url="https://example.com/a")


def test_a_service_that_is_not_there_is_an_error_of_its_own():
    with Client("http://127.0.0.1:9", retries=0) as client, pytest.raises(Unreachable, match="expected an answer"):
        client.health()


class Scripted(BaseHTTPRequestHandler):
    """Answers as `script` says, one entry a request: a status with a body, or None for an answer that breaks off."""

    protocol_version = "HTTP/1.1"
    script: ClassVar[list[tuple[int, bytes] | None]] = []
    asked: ClassVar[list[tuple[str, str, int]]] = []

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, self.client_address[1]))
        entry = self.script.pop(0)
        if entry is None:
            self.close_connection = True
            return
        status, body = entry
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Retry-After", "7")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815  # as the class that it stands on names them

    def log_message(self, *what: object) -> None:
        """Nothing."""


@pytest.fixture
def scripted() -> Iterator[tuple[str, type[Scripted]]]:
    handler = type("Handler", (Scripted,), {"script": [], "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/prefix/", handler
    server.shutdown()
    thread.join()
    server.server_close()


WRITTEN = (200, b'{"id":"a","result":"updated"}')
BUSY = (503, b'{"type":"urn:alsoread:problem:catalogue-busy","title":"t","status":503,"detail":"d"}')


@pytest.mark.parametrize("first", [BUSY, None, (502, b"<html>")])
def test_what_may_be_repeated_is_and_below_a_prefix(
    scripted: tuple[str, type[Scripted]], first: tuple[int, bytes] | None
):
    address, handler = scripted
    handler.script[:] = [first, first, WRITTEN]
    with Client(address) as client:
        assert client.put("a", {"title": "A"}).result == "updated"
    assert [one[:2] for one in handler.asked] == [("PUT", "/prefix/v1/articles?id=a")] * 3


@pytest.mark.parametrize("first", [BUSY, None])
def test_a_rule_is_settled_once_or_not_at_all(scripted: tuple[str, type[Scripted]], first: tuple[int, bytes] | None):
    address, handler = scripted
    handler.script[:] = [first, WRITTEN]
    with Client(address) as client, pytest.raises(Unreachable if first is None else AlsoreadProblem):
        client.add_rule({"kind": "block", "item_id": "a"})
    assert len(handler.asked) == 1


def test_a_service_that_stays_busy_is_said_with_when_to_ask_again(scripted: tuple[str, type[Scripted]]):
    address, handler = scripted
    handler.script[:] = [BUSY, BUSY]
    with Client(address, retries=1) as client, pytest.raises(AlsoreadProblem) as busy:
        client.health()
    assert (busy.value.name, busy.value.retry_after, len(handler.asked)) == ("catalogue-busy", 7, 2)


def test_connections_stay_open_and_answers_of_something_else_are_said(scripted: tuple[str, type[Scripted]]):
    address, handler = scripted
    handler.script[:] = [WRITTEN, WRITTEN, (200, b"<html>"), (404, b"<html>")]
    with Client(address) as client:
        client.put("a", {"title": "A"})
        client.delete("a")
        with pytest.raises(Unreachable, match="expected an answer of this API"):
            client.health()
        with pytest.raises(AlsoreadProblem) as other:
            client.health()
    assert (other.value.status, other.value.name) == (404, "")
    assert len({port for _, _, port in handler.asked}) == 1


def test_the_example_of_the_docs_runs(address: str, desk: Desk, capsys: pytest.CaptureFixture[str]):
    part = (DOCS / "http.md").read_text(encoding="utf-8").split("## From Python")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", part, flags=re.DOTALL)
    code = code.replace("http://127.0.0.1:8000", address).replace('os.environ["KEY"]', repr(desk.token))
    exec(compile(code, "docs/http.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("created")
    assert len(printed) > 2
    assert printed[-1] == "404 unknown-article"
