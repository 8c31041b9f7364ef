"""Reading pages with several processes, in order; a page that kills or occupies its reader costs itself and no other.

Where pages come slowly, because they are fetched, each is read while the next ones are waited for. A process is started for
a page that finds none idle: a single page has one, and where there is none to read, none is started.
"""

import subprocess
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

import orjson

from index.article_record import restore_article
from index.extraction.worker import READY, Answer, Readable, answer
from index.processes import started
from index.sources import Item, Rejected, Skipped

TIME_LIMIT = 20.0
"""Seconds that one page may take, some hundred times what the longest do."""
STARTING = 60.0
"""Seconds until a process must have imported its libraries; the time of its first page counts from then."""
AHEAD = 4
"""Pages that may be waiting or read for each process while an earlier one is still being read."""
WORKER = "index.extraction.worker"
"""The module that a process runs."""
NO_ARTICLE = "pages without an article"


def read_in_order(
    pages: Iterable[Readable | Item], workers: int = 2, time_limit: float | None = None
) -> Iterator[Item]:
    """What each page is, in the order of the pages, one for one; what is no page goes through as it is.

    `workers` processes read, for at most `time_limit` seconds a page (`TIME_LIMIT` by default); with 0 it is this one, without
    a limit. All are gone when the iterator is.
    """
    if workers <= 0:
        for page in pages:
            yield _item(page, answer(page)) if isinstance(page, Readable) else page
        return
    pool = _Pool(workers, TIME_LIMIT if time_limit is None else time_limit)
    try:
        yield from pool.read(pages)
    finally:
        pool.end()


def _item(page: Readable, answered: Answer) -> Item:
    kind, said = answered
    if isinstance(said, bytes):
        return restore_article(orjson.loads(said))
    return Skipped(page.place, NO_ARTICLE, "; ".join(said)) if kind == "skipped" else Rejected(page.place, said)


@dataclass(slots=True)
class _Reader:
    """One process and the page that it has."""

    process: subprocess.Popen[bytes]
    connection: Connection
    is_new: bool = True
    job: "_Job | None" = None
    since: float = 0.0

    def give(self, job: "_Job") -> bool:
        """Whether the process took it."""
        self.job, self.since = job, time.monotonic()
        try:
            self.connection.send(job.page)
        except OSError:
            return False
        return True

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.wait()


@dataclass(slots=True)
class _Job:
    page: Readable
    item: Item | None = None
    tries: int = 0


@dataclass(slots=True)
class _Pool:
    workers: int
    time_limit: float
    readers: list[_Reader] = field(default_factory=list)

    def read(self, pages: Iterable[Readable | Item]) -> Iterator[Item]:
        coming = iter(pages)
        line: deque[_Job | Item] = deque()  # in order: read, being read, and waiting
        waiting: deque[_Job] = deque()
        more = True
        while more or line:
            takes = more and len(line) < AHEAD * self.workers and len(waiting) < self.workers
            if takes:
                page = next(coming, None)
                if page is None:
                    more = takes = False
                elif isinstance(page, Readable):
                    job = _Job(page)
                    line.append(job)
                    waiting.append(job)
                else:
                    line.append(page)
            self._give_out(waiting)
            while line:
                first = line[0].item if isinstance(line[0], _Job) else line[0]
                if first is None:
                    break
                line.popleft()
                yield first
            if line:
                self._take_in(waiting, block=not takes)

    def _give_out(self, waiting: deque[_Job]) -> None:
        while waiting:
            reader = next((one for one in self.readers if one.job is None), None)
            if reader is None:
                if len(self.readers) >= self.workers:
                    return
                reader = _started()
                self.readers.append(reader)
            job = waiting.popleft()
            if not reader.give(job):
                self._lose(reader, waiting)

    def _take_in(self, waiting: deque[_Job], block: bool) -> None:
        """Take what was answered; with `block`, wait for it, or for the moment when the first page has taken too long."""
        busy = {one.connection: one for one in self.readers if one.job is not None}
        if not busy:
            return
        left = min(one.since + self._limit(one) for one in busy.values()) - time.monotonic()
        for ready in wait(list(busy), max(left, 0) if block else 0):
            reader = busy[ready]  # type: ignore[index]  # it is of those that were waited for
            job = reader.job
            try:
                answered: Answer = reader.connection.recv()
            except (EOFError, OSError):
                self._lose(reader, waiting)
                continue
            if answered[0] == READY:
                reader.is_new, reader.since = False, time.monotonic()
                continue
            if job is not None:
                job.item = _item(job.page, answered)
            reader.job = None
        for reader in list(self.readers):
            if reader.job is not None and time.monotonic() - reader.since > self._limit(reader):
                problem = f"it took longer than {self.time_limit:g} seconds to read"
                reader.job.item = Rejected(reader.job.page.place, (problem,), passing=True)
                self._drop(reader)

    def _limit(self, reader: _Reader) -> float:
        return STARTING if reader.is_new else self.time_limit

    def _lose(self, reader: _Reader, waiting: deque[_Job]) -> None:
        """A process is gone. The page it had is tried once more: another's end may have come while it waited."""
        job = reader.job
        self._drop(reader)
        if job is None or job.item is not None:
            return
        job.tries += 1
        if job.tries < 2:
            waiting.appendleft(job)
        else:
            status = reader.process.returncode
            job.item = Rejected(
                job.page.place, (f"the process that read it ended (status {status}), twice",), passing=True
            )

    def _drop(self, reader: _Reader) -> None:
        self.readers.remove(reader)
        reader.end()

    def end(self) -> None:
        for reader in self.readers:
            reader.end()
        self.readers.clear()


def _started() -> _Reader:
    return _Reader(*started(WORKER))
