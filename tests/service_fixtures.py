"""A tiny archive whose answers can be read by eye, and the service over it.

Three subjects that share no word: a flood (news/flood), a football club (sport) and a council (council). In each, piece
n shares fewer words with piece 1 the higher n is.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from index.article_record import FieldNames
from index.embedder import Embedder, WordHashEmbedder
from index.rebuild import Options, rebuild
from index.report import Report
from index.sources.jsonl import JsonLines
from service.app import create_app, make_recommender
from service.settings import Settings

NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)

WORDS = {
    "flood": "river flood wall quay rain tide sandbags engineers pumps meadow culvert sluice gauge evacuation marsh",
    "match": "rovers goal striker keeper penalty league terrace derby captain referee corner kit dressing whistle stand",
    "budget": "council budget tax mayor ledger vote chamber deficit audit motion levy clerk minutes treasury quorum",
}
SECTIONS = {"flood": "news/flood", "match": "sport", "budget": "council"}


def record(article_id: str, text: str = "", **fields: Any) -> dict[str, Any]:
    """A record with a title of its own; a field of None is left out."""
    given = {"id": article_id, "title": f"Piece {article_id}", "text": text, "published_at": "2026-03-10", **fields}
    return {name: value for name, value in given.items() if value is not None}


def subject_words(subject: str, count: int) -> str:
    """The first `count` words of a subject, as a text."""
    return " ".join(WORDS[subject].split()[:count]) + "."


def numbered(subject: str, number: int, **fields: Any) -> dict[str, Any]:
    """Piece `number` of a subject: fewer of its words, an own word, a day older, the higher the number."""
    given = {
        "title": f"{subject}{number}",
        "url": f"https://www.example.com/{subject}/{number}",
        "section": SECTIONS[subject],
        "published_at": (NOON - timedelta(days=number)).isoformat(),
        "lang": "en",
        "text": f"{subject_words(subject, 16 - 2 * number)} own{subject}{number}",
        **fields,
    }
    return record(f"{subject}-{number}", **given)


def small_archive() -> list[dict[str, Any]]:
    """Five pieces on each of the three subjects."""
    return [numbered(subject, number) for subject in WORDS for number in range(1, 6)]


def as_lines(records: Iterable[Mapping[str, Any]]) -> bytes:
    """The records as JSON lines."""
    return b"".join(json.dumps(item, ensure_ascii=False).encode() + b"\n" for item in records)


def publish(
    data: Path, records: Iterable[Mapping[str, Any]], embedder: Embedder | None = None, **options: Any
) -> Report:
    """Rebuild the index in `data` from these records alone."""
    source = JsonLines("records", BytesIO(as_lines(records)), FieldNames())
    return rebuild(data, [source], embedder or WordHashEmbedder(), Options(**options))


@dataclass
class Clock:
    """The time that the service takes for now; tests set it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Service:
    """The application over a data folder, called in process."""

    data: Path
    policy: Path | None = None
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        settings = Settings(data=self.data, policy=self.policy, cache_grace=0.0)
        self.recommender = make_recommender(settings)
        self.app = create_app(settings, self.recommender, self.clock)
        self.client: FlaskClient = self.app.test_client()

    def publish(self, records: Iterable[Mapping[str, Any]], **options: Any) -> "Service":
        publish(self.data, records, **options)
        return self

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query or None)

    def answer(self, path: str, **query: Any) -> dict[str, Any]:
        """The answer as a record; fails with the body where the status is not 200."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        record: dict[str, Any] = response.get_json()
        return record

    def ids(self, path: str, **query: Any) -> list[str]:
        """The ids suggested."""
        return ids(self.answer(path, **query))


def ids(answer: Mapping[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def wait_until(true: Callable[[], Any], seconds: float = 5.0, what: str = "it") -> Any:
    """Ask again and again until the answer is true, and give it; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)
    return answer


def check_problem(response: TestResponse, status: int, name: str) -> dict[str, Any]:
    """The body of a problem, having checked what every problem has (RFC 9457) and that it gives nothing away."""
    assert response.status_code == status, response.text
    assert response.content_type == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.get_json()
    assert body["type"] == f"urn:alsoread:problem:{name}"
    assert body["status"] == status
    assert isinstance(body["title"], str)
    assert isinstance(body["detail"], str)
    assert body["title"]
    assert body["detail"]
    for hint in ("Traceback", 'File "', "/tmp", "pytest-of", ".py"):
        assert hint not in response.text
    return body
