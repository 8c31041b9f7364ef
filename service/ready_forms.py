"""A kept answer in the forms that it is sent in, ready to go: plain or compressed, whole or only that it still holds.

Each is made by the code that answers without a cache, so that it is the same in every header.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from werkzeug.http import parse_accept_header

from service.api.responses import Content
from service.compression import Wanting, compress, is_zipped, negotiate, wanting
from service.cors import Cors, Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ENCODING, ORIGIN = "HTTP_ACCEPT_ENCODING", "HTTP_ORIGIN"

MOST_SPELLINGS = 32
"""So many ways to ask for one answer are remembered, then they are read anew; …"""

LONGEST_SPELLING = 200
"""… none of more characters."""

_PLAIN_GET = {"REQUEST_METHOD": "GET"}

Around = tuple[Headers, Headers]
"""What stands before and after the date."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of an answer. `whole` and `unchanged` are the headers of a 200 and of a 304, without their `Date`."""

    etag: str
    body: list[bytes]
    whole: Around
    unchanged: Around


class ReadyForms:
    """The forms of one answer as they are from `since` until `until`; each is made when it is first asked for."""

    __slots__ = ("_content", "_cors", "_forms", "_shared", "_spelt", "since", "until")

    def __init__(self, content: Content, now: datetime, shared: bool, cors: Cors) -> None:
        self._content = content
        self._shared = shared
        self._cors = cors
        self._forms: dict[tuple[bool, str | None], Form] = {}
        self._spelt: dict[tuple[str | None, str | None], Form] = {}
        self.since = now
        self.until = content.same_until(now)

    def of(self, environ: "WSGIEnvironment") -> Form:
        """The form that a request wants."""
        spelling = (environ.get(ENCODING), environ.get(ORIGIN) if self._cors.restricts else None)
        return self._spelt.get(spelling) or self._read(spelling)

    def _read(self, spelling: tuple[str | None, str | None]) -> Form:
        wants = wanting(parse_accept_header(spelling[0]))
        origin = self._cors.known(spelling[1] or "")
        kind = (is_zipped(wants, len(self._content.body)), origin)
        form = self._forms.get(kind)
        if form is None:
            form = self._forms[kind] = self._made("always" if kind[0] else "plain", origin)
        if sum(len(one or "") for one in spelling) <= LONGEST_SPELLING:
            if len(self._spelt) >= MOST_SPELLINGS:
                self._spelt.clear()
            self._spelt[spelling] = form
        return form

    def _made(self, wants: Wanting, origin: str | None) -> Form:
        response = self._content.response(self.since, self._shared)
        negotiate(response, wants)
        response.make_conditional(_PLAIN_GET)
        etag = response.headers["ETag"]
        response.status_code = 304
        unchanged = self._cors.told(response.get_wsgi_headers(_PLAIN_GET).to_wsgi_list(), origin)
        response.status_code = 200
        compress(response)
        whole = self._cors.told(response.get_wsgi_headers(_PLAIN_GET).to_wsgi_list(), origin)
        return Form(etag, [response.get_data()], _around_date(whole), _around_date(unchanged))


def _around_date(headers: Headers) -> Around:
    at = next(at for at, (name, _) in enumerate(headers) if name == "Date")
    return headers[:at], headers[at + 1 :]
