"""A process that reads pages, one after the other, for the process that started it; `index.sources.saved.pool` is its
other end.

It ends when its connection closes, so that none is left behind whatever becomes of the process that started it.
"""

import signal
import sys
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Protocol, runtime_checkable

from index.article import Article
from index.article_record import dump_record
from index.errors import InvalidArticle, NotAnArticle

READY = "ready"
"""What a process says before its first answer, when its libraries are there."""
Answer = tuple[str, bytes | tuple[str, ...]]
"""`article` and its record, `rejected` and its problems, or `skipped` and what was seen."""


@runtime_checkable
class Readable(Protocol):
    """A page to be read, which goes from process to process as it is."""

    @property
    def place(self) -> str: ...

    def read(self) -> Article:
        """Its article. Raises `NotAnArticle`, and `InvalidArticle` for one that is too long or damaged."""
        ...


def answer(page: Readable) -> Answer:
    """What a page is, in a form that goes from process to process."""
    try:
        return "article", dump_record(page.read())
    except InvalidArticle as error:
        return "rejected", error.problems
    except NotAnArticle as error:
        return "skipped", (str(error),)


def main(descriptor: int) -> None:
    """Answer until the connection closes."""
    # Ctrl-C goes to all processes of a terminal; this one ends when the one that it works for has closed the connection
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    connection = Connection(descriptor)

    def tell(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        connection.send(("rejected", (f"its reader failed on it: {kind.__name__}: {str(error)[:300]}",)))

    sys.excepthook = tell
    connection.send((READY, ()))
    while True:
        try:
            page: Readable = connection.recv()
        except (EOFError, ConnectionError):
            return
        connection.send(answer(page))


if __name__ == "__main__":
    main(int(sys.argv[1]))
