"""A newsroom and its readers: writes whose acknowledgements are noted, and questions whose answers are held against them."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from benchmarks.fault_server import BROKEN, Server, TornAnswer, ask, until

HONOURED_SECONDS = 1.0
"""After so long a removed article may be in no answer."""

TRIES = 3
"""So often a call is sent that was not answered, or refused with 503; then the writer writes something else."""

Known = str | None
"""An article's title, or None for one that is not there."""

WORDS = "river wall flood quay rain tide pump council vote budget derby goal ferry harbour school tram market".split()


@dataclass
class Truth:
    """What was acknowledged. An article of which a call was not answered may be in any of several states."""

    may_be: dict[str, set[Known]] = field(default_factory=dict)
    gone_since: dict[str, float] = field(default_factory=dict)
    """When the call that removed an article returned; not there while one that may bring it back is under way."""
    acknowledged: int = 0
    unanswered: int = 0
    asked: int = 0
    broken: int = 0
    """Questions whose connection broke because the process was killed."""
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    refusals: list[tuple[float, int, str, str]] = field(default_factory=list)
    """Writes that were refused: after how many seconds, status, the problem's name and detail."""


class Traffic:
    """One writer and two readers of a server. Use it as a context; `paused()` holds the writer between two calls."""

    def __init__(self, server: Server, ids: int = 60, seed: int = 1, rate: float = 20.0, reads: float = 25.0) -> None:
        self.server = server
        self.truth = Truth()
        self._key = server.key()
        self._ids = [f"live-{number}" for number in range(ids)]
        self._chance = random.Random(seed)
        self._pause, self._reader_pause = 1 / rate, 1 / reads
        self._writing = threading.Lock()
        self._over = threading.Event()
        self._editions = 0
        self.durations: list[tuple[float, float]] = []
        """When each question was asked, and how long its answer took."""

    def __enter__(self) -> "Traffic":
        jobs = [self._write_on, self._read_on, self._read_on]
        self._threads = [threading.Thread(target=job, daemon=True) for job in jobs]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(20)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """No write is under way meanwhile."""
        with self._writing:
            yield

    def _write_on(self) -> None:
        while not self._over.wait(self._pause):
            with self._writing:
                self.write(self._chance.choice(self._ids))

    def write(self, article_id: str) -> int:
        """One write of a kind that chance decides; its status, 0 where no answer came."""
        self._editions += 1
        title = f"{article_id} in edition {self._editions}"
        kind = self._chance.choices(("put", "unpublish", "delete"), (6, 1, 2))[0]
        record = {"title": title, "text": " ".join(self._chance.choices(WORDS, k=40)), "section": "news"}
        if kind == "unpublish":
            record["status"] = "unpublished"
        body = None if kind == "delete" else json.dumps(record).encode()
        for _ in range(TRIES):
            status = self._send(
                "DELETE" if kind == "delete" else "PUT", article_id, body, title if kind == "put" else None
            )
            if status not in (0, 503) or self._over.wait(0.2):
                break
        return status

    def _send(self, method: str, article_id: str, body: bytes | None, becomes: Known) -> int:
        truth = self.truth
        truth.may_be.setdefault(article_id, {None})
        if becomes is not None:
            truth.gone_since.pop(article_id, None)
        truth.may_be[article_id] |= {becomes}
        began = time.monotonic()
        try:
            status, answer, _ = ask(self.server.port, method, f"/v1/articles/{article_id}", body, self._key)
        except (TornAnswer, *BROKEN):
            truth.unanswered += 1
            return 0
        if status in (200, 201):
            truth.may_be[article_id] = {becomes}
            truth.acknowledged += 1
            if becomes is None:
                truth.gone_since.setdefault(article_id, time.monotonic())
        elif status == 503:
            name = answer["type"].rpartition(":")[2]
            truth.refusals.append((time.monotonic() - began, status, name, answer["detail"]))
        else:
            truth.wrong.append(f"{method} {article_id}: {status} {answer}")
        return status

    def _read_on(self) -> None:
        chance = random.Random(threading.get_ident())
        while not self._over.wait(self._reader_pause):
            article_id = chance.choice([*self._ids, *(f"base-{number}" for number in range(100))])
            question = chance.choice(("", "/also-read?limit=20", "/more-in-section?limit=20"))
            began = time.monotonic()
            try:
                status, answer, _ = self.server.get(f"/v1/articles/{article_id}{question}")
            except TornAnswer as error:
                self.truth.wrong.append(str(error))
                continue
            except BROKEN:
                self.truth.broken += 1
                continue
            self.truth.asked += 1
            self.durations.append((began, time.monotonic() - began))
            self._judge(article_id, status, answer, began)

    def _judge(self, article_id: str, status: int, answer: dict[str, object], began: float) -> None:
        if status not in (200, 404):
            self.truth.wrong.append(f"{article_id}: {status} {answer}")
            return
        items = answer.get("items", [])
        assert isinstance(items, list)
        shown = [item["id"] for item in items]
        if article_id in shown:
            self.truth.wrong.append(f"{article_id} suggested to itself")
        for held in [*shown, *([article_id] if status == 200 else [])]:
            since = self.truth.gone_since.get(held)
            if since is not None and began - since > HONOURED_SECONDS:
                self.truth.wrong.append(f"{held} in an answer {began - since:.1f} s after it was removed")

    def check(self, seconds: float = 10) -> None:
        """Ask every worker for every article that was written; what is not as acknowledged after a while is lost."""
        with self.paused():
            waiting = dict(self.truth.may_be)
            deadline = time.monotonic() + seconds
            while waiting and time.monotonic() < deadline:
                waiting = {key: may for key, may in waiting.items() if not self._is_so(key, may)}
            self.truth.lost += [f"{key}: expected one of {may}" for key, may in waiting.items()]
            for key in waiting:  # told once
                del self.truth.may_be[key]

    def _is_so(self, article_id: str, may_be: set[Known]) -> bool:
        try:
            answers = self.server.of_each_worker(f"/v1/articles/{article_id}")
        except TornAnswer:
            return False
        titles = {answer[1].get("title") if answer[0] == 200 else None for answer in answers.values()}
        # an article whose call was not answered may be shown by one worker a moment before the other
        return bool(answers) and titles <= may_be and all(answer[0] in (200, 404) for answer in answers.values())

    def writes_go_on(self) -> float:
        """Wait until a write is acknowledged again; gives after how many seconds."""
        before = self.truth.acknowledged
        return until(lambda: self.truth.acknowledged > before, "a write is acknowledged")
