"""The desk as an editor's browser meets it, called in process: signed in with a key, forms sent with their token."""

import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from service_fixtures import Clock, Service, publish, small_archive
from werkzeug.test import TestResponse
from writing_fixtures import make_key

from index.access_keys import Scope
from index.archive_writer import ArchiveWriter
from index.catalogue import place_of
from service.app import create_app, make_recommender
from service.settings import Settings

TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')


@dataclass
class Editor:
    """A browser at the desk of one application."""

    client: FlaskClient
    key: str = field(default="", repr=False)

    def sign_in(self, key: str | None = None) -> TestResponse:
        return self.client.post("/desk/sign-in", data={"key": key or self.key})

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(path, query_string=query or None)

    def page(self, path: str, **query: Any) -> str:
        """A page's HTML; fails where it is not there."""
        response = self.get(path, **query)
        assert response.status_code == 200, (response.status_code, response.text[:2000])
        return response.text

    def form_token(self) -> str:
        found = TOKEN.search(self.page("/desk"))
        assert found is not None
        return found[1]

    def send(self, path: str, *, follow: bool = True, headers: Any = None, **fields: Any) -> TestResponse:
        """A form of ours, sent as a browser does."""
        given = {"token": self.form_token(), **{name: value for name, value in fields.items() if value is not None}}
        return self.client.post(path, data=given, follow_redirects=follow, headers=headers)


@dataclass
class Newsroom:
    """The service over an archive, and whoever sits at its desk."""

    data: Path
    settings: dict[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        settings = Settings(data=self.data, **self.settings)
        self.recommender = make_recommender(settings)
        writer = ArchiveWriter(place_of(self.data), self.data)
        self.app = create_app(settings, self.recommender, self.clock, writer)
        self.writer = writer

    def browser(self) -> Editor:
        """Someone who is not signed in."""
        return Editor(self.app.test_client())

    def editor(self, scope: Scope = "rules", name: str | None = None) -> Editor:
        """Someone who is."""
        one = Editor(self.app.test_client(), make_key(self.data, name or f"someone with {scope}", scope))
        response = one.sign_in()
        assert response.status_code == 303, response.text
        return one

    def reader(self) -> FlaskClient:
        """A site's reader."""
        return self.app.test_client()


def small_newsroom(data: Path, **settings: Any) -> Newsroom:
    """A newsroom over the small archive."""
    publish(data, small_archive())
    return Newsroom(data, settings)


def text_of(html: str) -> str:
    """What is to be read on a page, without its tags."""
    without = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without)).split())


__all__ = ["Editor", "Newsroom", "Service", "small_newsroom", "text_of"]
