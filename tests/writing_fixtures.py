"""The service with a key: articles written, removed and sent in batches, in process."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service_fixtures import Service, as_lines, small_archive
from werkzeug.test import TestResponse

from index.access_keys import Scope, add_key
from index.article_record import record_of
from index.article_rows import article_of
from index.catalogue import Catalogue, place_of
from index.schema import articles

JSON = "application/json"
JSON_LINES = "application/x-ndjson"
NOBODYS_KEY = f"alsoread_{'0' * 12}_{'0' * 64}"


def make_key(data: Path, name: str = "cms", scope: Scope = "write") -> str:
    """A new key for the archive in `data`."""
    with Catalogue.open(place_of(data)) as catalogue:
        return add_key(catalogue, name, scope)


def stored(data: Path) -> dict[str, dict[str, Any]]:
    """The records in the catalogue, by id."""
    with Catalogue.open(place_of(data)) as catalogue, catalogue.engine.connect() as connection:
        rows = connection.execute(articles.select()).all()
    return {row.id: record_of(article_of(row.record)) for row in rows}


@dataclass
class Desk(Service):
    """The service over an archive, and a key to write with."""

    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.token = self.token or make_key(self.data)

    def headers(self, token: str | None = None, **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token or self.token}", **more}

    def put(self, path: str, record: object, **options: Any) -> TestResponse:
        """PUT a record (bytes as they are) to the article of an id, or to a whole path."""
        body = record if isinstance(record, bytes) else json.dumps(record).encode()
        given = {"headers": self.headers(), "content_type": JSON, **options}
        return self.client.put(path if path[0] == "/" else f"/v1/articles/{path}", data=body, **given)

    def delete(self, path: str, **query: str) -> TestResponse:
        path = path if path[0] == "/" else f"/v1/articles/{path}"
        return self.client.delete(path, headers=self.headers(), query_string=query or None)

    def post(self, body: bytes, **options: Any) -> TestResponse:
        """POST the lines of a batch as they are."""
        given = {"headers": self.headers(), "content_type": JSON_LINES, **options}
        return self.client.post("/v1/articles", data=body, **given)

    def batch(self, records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The results of a batch of records; fails where the status is not 200."""
        return results(self.post(as_lines(records)))


def results(response: TestResponse) -> list[dict[str, Any]]:
    """The lines of a batch's answer."""
    assert response.status_code == 200, response.text
    assert response.content_type == JSON_LINES
    assert response.headers["Cache-Control"] == "no-store"
    return [json.loads(line) for line in response.data.splitlines()]


def small_desk(data: Path) -> Desk:
    """A desk over the small archive."""
    Service(data).publish(small_archive())
    return Desk(data)
