"""The REST API of a WordPress site: where it is, what it is asked, and the JSON in its answers."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from index.entities import unescape
from index.errors import FetchFailed, UnreadableSource
from index.fetching import Fetches
from index.record_fields import shown
from index.urls import joined

_LINK_HEADER = re.compile(r"""<([^<>]{1,2000})>\s*;[^<]{0,200}?rel=["']?https://api\.w\.org/["']?""")
_LINK_ELEMENT = re.compile(rb"<link\s[^<>]{0,3000}>", re.IGNORECASE)
_HREF = re.compile(r"""href\s*=\s*["']([^"']{1,2000})["']""", re.IGNORECASE)
_RELATION = b"https://api.w.org/"
_LANGUAGE = re.compile(rb"""<html\s[^<>]{0,500}?\blang\s*=\s*["']([A-Za-z-]{2,20})["']""", re.IGNORECASE)
_TRANSLATED = re.compile(rb"<link\s[^<>]{0,500}?\bhreflang\b", re.IGNORECASE)
_JSON_BEGINS = re.compile(r'\[\s*\{\s*"|\{\s*"|\[\s*\]')
_TITLE = re.compile(rb"<title[^>]{0,200}>([^<]{1,200})", re.IGNORECASE)
_TRIES = 20
"""How many places of an answer are tried for the beginning of its JSON."""
_AFTER_JSON = re.compile(r"\s*(?:<.*)?", re.DOTALL)
"""What may follow it: comments of caches, the mark-up of plug-ins."""

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    value: object
    headers: Mapping[str, str]

    def number(self, header: str) -> int | None:
        """A header that is a whole number; None where it is not."""
        text = self.headers.get(header, "").strip()
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None

    def objects(self) -> list[dict[str, object]]:
        """The list of objects that was asked for; empty where the answer is another."""
        return [one for one in self.value if isinstance(one, dict)] if isinstance(self.value, list) else []


class WordPressApi:
    """Asks the API of one site."""

    def __init__(self, fetches: Fetches, root: str) -> None:
        self.root = root
        self._fetches = fetches

    def url(self, route: str, **parameters: object) -> str:
        """The address of a route such as `wp/v2/posts`."""
        parts = urlsplit(self.root)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        if "rest_route" in query:
            query["rest_route"] = f"{query['rest_route'].rstrip('/')}/{route}"
            path = parts.path
        else:
            path = f"{parts.path.rstrip('/')}/{route}"
        query |= {name: str(value) for name, value in parameters.items()}
        return urlunsplit((parts.scheme, parts.netloc, path, urlencode(query, safe="/,.:"), ""))

    def get(self, route: str, **parameters: object) -> Answer:
        """What a route answers. Raises `FetchFailed`, and `UnreadableSource` where there is no JSON in the answer."""
        url = self.url(route, **parameters)
        fetched = self._fetches.get(url, accept=JSON)
        return Answer(read_json(fetched.body, url), fetched.headers)

    def list(self, route: str, **parameters: object) -> Answer:
        """The list of objects that a route answers. Raises as `get` does, and `UnreadableSource` for an answer of another
        kind."""
        answer = self.get(route, **parameters)
        if not isinstance(answer.value, list):
            raise UnreadableSource(f"{self.url(route)}: expected a list, got {shown(answer.value)}")
        return answer


def find_api(fetches: Fetches, address: str) -> tuple[WordPressApi, Mapping[str, object]]:
    """The API of the site that a page belongs to, and what its root says of the site (nothing, where the root is closed).

    Raises `UnreadableSource` where there is none: the message says what else can be read.
    """
    tried: list[str] = []
    closed: FetchFailed | None = None
    roots, language = _roots(fetches, address)
    for root in roots:
        if root in tried:
            continue
        tried.append(root)
        api = WordPressApi(fetches, root)
        try:
            value = api.get("", _fields="name,description,url,home,gmt_offset,namespaces").value
        except UnreadableSource:
            continue
        except FetchFailed as error:
            if error.passing:
                raise
            closed = error if error.status in (401, 403) and closed is None else closed
            continue
        if isinstance(value, dict) and ("namespaces" in value or "routes" in value or "home" in value):
            return api, {**value, "language": language}
    if closed is not None:
        raise UnreadableSource(closed_to_visitors(address, closed)) from closed
    raise UnreadableSource(
        f"{address}: expected a WordPress site with its REST API, found none at {', '.join(tried)};"
        " give the address of its feed or its sitemap, or a file exported under Tools, Export"
    )


def closed_to_visitors(address: str, error: FetchFailed) -> str:
    """One sentence: the API is there and answers nobody who has not logged in, and what to do."""
    return (
        f"{address}: its REST API is closed to visitors (status {error.status}); let it answer GET /wp-json/wp/v2/posts and"
        " /categories, or give the address of its feed or its sitemap, or a file exported under Tools, Export"
    )


def _roots(fetches: Fetches, address: str) -> tuple[list[str], str | None]:
    """Where the API may be, as the address itself or its page says, else where WordPress has it; and the page's language,
    unless the site has several."""
    parts = urlsplit(address)
    before, found, _ = parts.path.partition("/wp-json")
    if found:
        return [urlunsplit((parts.scheme, parts.netloc, f"{before}/wp-json/", "", ""))], None
    if "rest_route" in dict(parse_qsl(parts.query)):
        return [urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "rest_route=/", ""))], None
    roots: list[str] = []
    language = None
    base = address
    try:
        page = fetches.get(address, accept="text/html,*/*")
    except FetchFailed as error:
        if error.passing:
            raise
    else:
        base = page.url
        head = page.body[: 1 << 20]
        if (found_language := _LANGUAGE.search(head)) and not _TRANSLATED.search(head):
            language = found_language[1].decode("ascii", "replace")
        stated = _LINK_HEADER.search(page.headers.get("link", ""))
        elements = (element[0] for element in _LINK_ELEMENT.finditer(head) if _RELATION in element[0])
        named = [_HREF.search(element.decode("utf-8", "replace")) for element in elements]
        roots += [whole for link in (stated, *named) if link and (whole := joined(base, unescape(link[1])))]
    at = urlsplit(base)
    path = at.path if at.path.endswith("/") else at.path.rpartition("/")[0] + "/"
    for folder in dict.fromkeys((path, "/")):
        roots.append(urlunsplit((at.scheme, at.netloc, f"{folder}wp-json/", "", "")))
        roots.append(urlunsplit((at.scheme, at.netloc, folder, "rest_route=/", "")))
    return roots, language


def read_json(body: bytes, url: str) -> object:
    """The JSON of an answer, also where warnings of PHP or a plug-in's mark-up stand before or behind it.

    Raises `UnreadableSource` where none is plainly there.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        pass
    text = body.decode("utf-8-sig", "replace").replace("\ufeff", "")
    found = [decoded for at in _beginnings(text) if (decoded := _decoded(text, at)) is not None]
    if found:
        return max(found, key=lambda one: one[1])[0]
    title = _TITLE.search(body)
    came = (
        f"a page titled {title[1].decode('utf-8', 'replace').strip()!r}"
        if title
        else f"{len(body):,} bytes of something else"
    )
    raise UnreadableSource(f"{url}: expected JSON, got {came if body else 'nothing'}")


def _beginnings(text: str) -> Iterator[int]:
    return (begins.start() for begins in islice(_JSON_BEGINS.finditer(text), _TRIES))


def _decoded(text: str, at: int) -> tuple[object, int] | None:
    """The JSON that begins at a place, and its length. What ends in the middle of words was something else: the code of a
    script, one object of a list that was cut."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except (ValueError, RecursionError):
        return None
    return (value, end - at) if _AFTER_JSON.fullmatch(text, end) else None
