"""The service as a reader's browser meets it: lists asked for, events reported, and what was counted of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service_fixtures import Service
from werkzeug.test import TestResponse
from writing_fixtures import make_key

from index.archive_writer import ArchiveWriter
from index.catalogue import place_of
from service.app import create_app, make_recommender
from service.clicks.counter import ClickCounter
from service.settings import Settings

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
READER = "203.0.113.7"


def event(answer: Mapping[str, Any], position: int = 1, kind: str = "seen", **other: Any) -> dict[str, Any]:
    """What a browser reports of one item of an answer."""
    return {
        "type": kind,
        "list_id": answer["list_id"],
        "slot": answer["slot"],
        "article": answer["article"]["id"],
        "item": answer["items"][position - 1]["id"],
        "position": position,
        **other,
    }


@dataclass
class Site(Service):
    """A service that counts clicks when it is told to write."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    archive: ArchiveWriter | None = None
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        settings = Settings(data=self.data, **self.settings)
        self.recommender = make_recommender(settings)
        self.counter = ClickCounter(self.archive or ArchiveWriter(place_of(self.data), self.data), self.clock, None)
        self.app = create_app(settings, self.recommender, self.clock, counter=self.counter)
        self.client = self.app.test_client()
        self.token = self.token or make_key(self.data, "reports", "read")

    def report(self, *events: Mapping[str, Any], address: str = READER, agent: str | None = BROWSER, **headers: str):
        """POST events as a browser does, and give what became of them."""
        response = self.post(json.dumps({"events": events}).encode(), address, agent, **headers)
        assert response.status_code == 200, response.text
        assert response.headers["Cache-Control"] == "no-store"
        return response.get_json()

    def post(
        self, body: bytes, address: str = READER, agent: str | None = BROWSER, kind: str = "text/plain", **headers: str
    ) -> TestResponse:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if agent is not None:
            given["User-Agent"] = agent
        environ = {"REMOTE_ADDR": address} | ({} if agent is not None else {"HTTP_USER_AGENT": ""})
        return self.client.post("/v1/events", data=body, content_type=kind, headers=given, environ_base=environ)

    def clicks(self, **query: Any) -> dict[str, Any]:
        """The report as JSON, once what is held was written."""
        assert self.counter.write()
        response = self.ask(**query)
        assert response.status_code == 200, response.text
        record: dict[str, Any] = response.get_json()
        return record

    def ask(self, headers: Mapping[str, str] = {}, **query: Any) -> TestResponse:
        given = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.get("/v1/reports/clicks", query_string=query, headers=given)


def site_over(data: Path, token: str = "", **settings: Any) -> Site:
    return Site(data, settings=settings, token=token)
