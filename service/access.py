"""Who may write, and how many at once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from index.access_keys import KeyInfo, Scope, is_key, scope_of
from index.archive_writer import ArchiveWriter
from index.catalogue import Catalogue, Place
from index.engines import said
from index.errors import CatalogueBusy, CatalogueUnusable
from service.errors import KeyMissing, ScopeMissing


class Access:
    """Lets requests in that carry a key, at most `at_once` of them: writes wait for each other, and readers need threads.

    The key is looked up for each request, so that a revocation counts at once. It is in no message, and in no log.
    """

    def __init__(self, writer: ArchiveWriter, place: Place, at_once: int) -> None:
        self._writer = writer
        self._place = place
        self._seats = threading.BoundedSemaphore(at_once)

    @contextmanager
    def granted(self, authorization: str | None, scope: Scope) -> Iterator[KeyInfo]:
        """A seat for the time of one request, for whoever has a key of this scope.

        Raises `KeyMissing`, `ScopeMissing`, `CatalogueBusy` where all seats are taken, `CatalogueUnusable`. What has not
        even the form of a key is refused before it costs anything.
        """
        scheme, _, token = (authorization or "").strip().partition(" ")
        if scheme.lower() != "bearer" or not is_key(token.strip()):
            raise KeyMissing("expected a key: Authorization: Bearer KEY; make one with: alsoread keys add")
        if not self._seats.acquire(blocking=False):
            raise CatalogueBusy("other writes are under way; try again in a few seconds")
        try:
            yield self._checked(token.strip(), scope)
        finally:
            self._seats.release()

    def _checked(self, token: str, scope: Scope) -> KeyInfo:
        try:
            key = scope_of(self._catalogue(), token)
        except SQLAlchemyError as error:
            # without the cause: what a database tells is for its log, and this error goes out to whoever asked
            raise said(error) from None
        if key is None:
            raise KeyMissing("the key is unknown or was revoked")
        if not key.covers(scope):
            raise ScopeMissing(f"this needs a key of scope {scope}, this one is of scope {key.scope}")
        return key

    def _catalogue(self) -> Catalogue:
        if isinstance(self._place, Path) and not self._place.is_file():
            raise CatalogueUnusable("nothing was put into the archive yet; begin with: alsoread rebuild SOURCE")
        return self._writer.catalogue()
