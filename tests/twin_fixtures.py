"""Two services over one folder, one with its answers kept and one without: what is asked of both must come out the same."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from service_fixtures import Clock, numbered, publish, small_archive, wait_until
from werkzeug.test import TestResponse

from index.archive_writer import ArchiveWriter
from index.article_record import parse_article
from index.catalogue import Catalogue, place_of
from index.change_log import not_embedded, position_now
from index.embedder import WordHashEmbedder
from index.kept import roll_back
from index.live_index import LiveIndex
from index.pointer import current_generation, generations
from index.policy_versions import save_policy
from index.rule_writes import add_rule, remove_rule
from index.rules import RuleDraft, RuleExists, read_rules
from recommender.policy import policy_from_toml
from recommender.recommend import Recommender
from service.app import create_app, make_recommender
from service.settings import Settings

IDS = tuple(f"{subject}-{number}" for subject in ("flood", "match") for number in (1, 2, 3))
NEW = "flood-9"
PAGE = "slots=also-read:2,more-in-section:3,background:2"
ORIGINS = "https://www.example.com,https://m.example.com"

QUESTIONS = tuple(
    path.format(id=article_id, number=article_id.replace("-", "/"))
    for article_id in ("flood-1", "flood-2", "match-1", NEW)
    for path in (
        "/v1/articles/{id}/also-read",
        "/v1/articles/{id}/more-in-section?limit=3",
        "/v1/also-read?url=https://www.example.com/{number}&limit=2",
        "/v1/also-read?limit=2&url=https://www.example.com/{number}",
        "/v1/more-in-section?id={id}&exclude=flood-3&exclude=match-2",
        f"/v1/page?id={{id}}&{PAGE}",
        "/embed?id={id}",
        "/v1/articles/{id}",
        "/v1/articles?id={id}",
        "/v1/articles/{id}/also-read?explain=true",
        "/v1/articles/{id}/also-read?max_age=3d&lang=en",
        "/v1/articles/{id}/also-read?limit=0",
    )
)

HEADERS: tuple[Mapping[str, str], ...] = (
    {},
    {"Accept-Encoding": "gzip, deflate, br, zstd"},
    {"Accept-Encoding": "gzip;q=0.5, identity;q=0.8"},
    {"Accept-Encoding": "identity;q=0, gzip"},
    {"Origin": "https://www.example.com"},
    {"Origin": "https://elsewhere.example.com", "Accept-Encoding": "gzip"},
    {"If-None-Match": "*"},
    {"If-None-Match": '"nothing", W/"else"'},
    {"If-None-Match": ""},
    {"If-Match": '"nothing"'},
    {"Range": "bytes=0-9"},
    {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"},
    {"Host": "news.example.com"},
    {"Host": "a b/c"},
    {"Authorization": "Bearer x"},
)

CHANGES: Mapping[str, Mapping[str, Any]] = {
    "as it was": {},
    "another title": {"title": "Quite another title"},
    "another section": {"section": "sport"},
    "another address": {"url": "https://www.example.com/moved"},
    "at another's address": {"url": "https://www.example.com/flood/1"},
    "the words of another": {"text": "river flood wall quay rain tide sandbags engineers pumps", "published_at": None},
    "unpublished": {"status": "unpublished"},
    "embargoed for half an hour": {"published_at": timedelta(minutes=30)},
    "embargoed for ten seconds": {"published_at": timedelta(seconds=10)},
    "fresh": {"published_at": -timedelta(hours=5, minutes=59, seconds=50)},
}
"""Of a record; a date is so far from the clock's now."""

RULES: Mapping[str, Mapping[str, Any]] = {
    "pin": {"kind": "pin", "article_id": "flood-1", "item_id": "match-3", "position": 1},
    "block": {"kind": "block", "item_id": "flood-2"},
    "block beside one": {"kind": "block", "item_id": "flood-3", "article_id": "flood-1"},
    "sensitive": {"kind": "sensitive", "item_id": "match-2"},
}

POLICIES = ("[also-read]\nlimit = 2\n", "[also-read]\nlimit = 4\n", '[also-read]\nage_from = "clock"\n')

STEPS_FORWARD = tuple(timedelta(seconds=seconds) for seconds in (0, 1, 10, 11, 1_801, 3_600))


@dataclass
class Twins:
    """The two services, and who writes beside them."""

    data: Path
    grace: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    saved: int = 0
    """So many policies were."""

    def __post_init__(self) -> None:
        self.recommenders: list[Recommender] = []
        self.cached = self._client(cache_grace=self.grace)
        self.plain = self._client(cache_bytes=0)
        self.writer = ArchiveWriter(place_of(self.data), self.data)

    def _client(self, **settings: Any) -> FlaskClient:
        given = Settings(data=self.data, **{"origins": ORIGINS, **self.settings}, **settings)
        self.recommenders.append(make_recommender(given))
        return create_app(given, self.recommenders[-1], self.clock).test_client()

    def close(self) -> None:
        self.writer.close()

    def settle(self) -> None:
        """Wait until both serve all that was written."""
        with Catalogue.open(place_of(self.data)) as catalogue:
            last = position_now(catalogue.engine)
        generation = current_generation(self.data)
        for recommender in self.recommenders:
            live = recommender.index
            assert isinstance(live, LiveIndex)
            wait_until(lambda live=live: _is_settled(live, generation, last), 30, "settling")

    def alike(self, question: str, method: str = "GET", headers: Mapping[str, str] = {}) -> TestResponse:
        """Ask both, and give what the one with a cache said."""
        given = {"Accept-Encoding": "", **headers}
        ours, twin = (client.open(question, method=method, headers=given) for client in (self.cached, self.plain))
        asked = f"{method} {question} {dict(headers)}"
        assert ours.status == twin.status, (asked, ours.text, twin.text)
        assert _told(ours) == _told(twin), asked
        assert ours.data == twin.data, asked
        return ours

    def all_alike(self, question: str, headers: Mapping[str, str]) -> None:
        """Ask both in several ways: whole, with the validator that was given, for the headers alone."""
        self.alike(question, "HEAD", headers)
        etag = self.alike(question, "GET", headers).headers.get("ETag")
        if etag is not None:
            held = {**headers, "If-None-Match": etag}
            self.alike(question, "GET", held)
            self.alike(question, "GET", {**headers, "If-None-Match": f'"other", W/{etag}'})

    def put(self, article_id: str, change: str) -> None:
        subject, number = article_id.split("-")
        record = {**numbered(subject, int(number)), **CHANGES[change]}
        if isinstance(record["published_at"], timedelta):
            record["published_at"] = (self.clock.now + record["published_at"]).isoformat()
        self.writer.put([parse_article({name: value for name, value in record.items() if value is not None})])

    def delete(self, article_id: str) -> None:
        self.writer.delete(article_id)

    def embed(self) -> None:
        """As the indexer does."""
        embedder = WordHashEmbedder()
        with Catalogue.open(place_of(self.data)) as catalogue:
            waiting = not_embedded(catalogue.engine, embedder.model, 1, 99)
            if waiting:
                vectors = embedder.embed([text for _, text in waiting])
                self.writer.run(
                    lambda written: written.keep_vectors(
                        [key for key, _ in waiting], vectors, embedder.model, 1, log=True
                    )
                )

    def rule(self, name: str, seconds: int | None) -> None:
        until = None if seconds is None else self.clock.now + timedelta(seconds=seconds)
        draft = RuleDraft(**RULES[name], expires_at=until)
        try:
            self.writer.run(lambda catalogue: add_rule(catalogue, draft, "anna"))
        except RuleExists as error:
            rule = error.rule
            self.writer.run(lambda catalogue: remove_rule(catalogue, rule.id, "anna"))

    def remove_rules(self) -> None:
        for rule in read_rules(self.writer.catalogue().engine).rules:
            self.writer.run(lambda catalogue, rule=rule: remove_rule(catalogue, rule.id, "anna"))

    def policy(self) -> None:
        """Another than the one before."""
        self.saved += 1
        toml = POLICIES[self.saved % len(POLICIES)]
        version = policy_from_toml(toml).version
        self.writer.run(lambda catalogue: save_policy(catalogue, toml, version, "anna"))

    def rebuild(self, title: str) -> None:
        publish(self.data, [*small_archive()[:-1], numbered("budget", 5, title=title)], keep_unseen=True, checks=())

    def roll_back(self) -> None:
        if len(generations(self.data)) > 1 and current_generation(self.data) != generations(self.data)[0]:
            roll_back(self.data)

    def later(self, span: timedelta) -> None:
        self.clock.now += span


def _is_settled(live: LiveIndex, generation: str, last: int) -> bool:
    serving, following = live.snapshot().generation, live.following
    return serving == generation and following.seq >= last and following.waiting == 0


def _told(response: TestResponse) -> list[tuple[str, str]]:
    """The headers in their order; the date counts seconds while we ask."""
    return [(name, re.sub(r"\d", "0", value)[:4] if name == "Date" else value) for name, value in response.headers]
