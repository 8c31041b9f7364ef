"""What is sent to be written, out of JSON: one article, or a line of a batch, which may also be a removal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from index.article import Article
from index.article_record import EXPECTED, FieldNames, parse_article
from index.errors import InvalidArticle
from index.record_fields import MAX_ID, clean_identifier, parse_time, shown
from service.errors import ArticleRefused, Fault, InvalidJson, InvalidParameter

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Writing:
    """An article to write, and the fields of its record that no name fits; they are kept with it."""

    article: Article
    unknown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removal:
    """An article to remove, as of `updated_at` where that came, and the fields that mean nothing here."""

    id: str
    updated_at: datetime | None
    unknown: tuple[str, ...]


def parse_identifier(raw: str) -> str:
    """An id out of an address. Raises `InvalidParameter`."""
    clean = _identifier(raw)
    if clean is None:
        raise InvalidParameter("id", raw[:200], EXPECTED["id"])
    return clean


def parse_json(body: bytes) -> Any:
    """The value that a body holds. Raises `InvalidJson`."""
    try:
        return orjson.loads(body.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        raise InvalidJson(error.msg, error.lineno, error.colno) from None


def parse_writing(record: object, article_id: str | None = None) -> Writing:
    """The article of a record; `article_id` is the id that its address names. Raises `ArticleRefused`."""
    names = FieldNames()
    if isinstance(record, Mapping):
        record = _with_id(record, article_id)
        if record.get("deleted") is not None:
            raise ArticleRefused((Fault("deleted", f"expected false, or a DELETE, got {shown(record['deleted'])}"),))
    try:
        article = parse_article(record, names)
    except InvalidArticle as error:
        raise ArticleRefused(tuple(_fault(problem) for problem in error.problems)) from None
    return Writing(article, tuple(sorted(names.unknown)))


def parse_line(record: object) -> Writing | Removal:
    """What a line of a batch asks for: with `"deleted": true` a removal. Raises `ArticleRefused`."""
    if not isinstance(record, Mapping) or _is_no(record.get("deleted")):
        return parse_writing(record)
    if record["deleted"] is not True:
        raise ArticleRefused((Fault("deleted", f"expected true or false, got {shown(record['deleted'])}"),))
    return _parse_removal(record)


def id_of(record: object) -> str | None:
    """The id that a record carries, valid or not as a whole; None where it has none that could be one."""
    return _identifier(record.get("id")) if isinstance(record, Mapping) else None


def _with_id(record: Mapping[str, Any], article_id: str | None) -> dict[str, Any]:
    """The record under the id of its address, without a `deleted` that says no. Raises `ArticleRefused` for another id."""
    given = {name: value for name, value in record.items() if name != "deleted" or not _is_no(value)}
    if article_id is None:
        return given
    came = given.get("id")
    if came not in (None, "") and _identifier(came) != article_id:
        detail = f"expected {shown(article_id)} as in the address, or nothing, got {shown(came)}"
        raise ArticleRefused((Fault("id", detail),))
    return {**given, "id": article_id}


def _is_no(deleted: object) -> bool:
    """Whether an article is to be written, and not removed. A 0 equals False, and is no answer to that."""
    return deleted is None or deleted is False


def _parse_removal(record: Mapping[str, Any]) -> Removal:
    names = FieldNames()
    folded = names.fold({name: value for name, value in record.items() if name != "deleted"})
    faults: list[Fault] = []
    article_id, updated_at = _identifier(folded.get("id")), None
    if article_id is None:
        got = shown(folded["id"]) if "id" in folded else "nothing"
        faults.append(Fault("id", f"expected {EXPECTED['id']}, got {got}"))
    try:
        updated_at = parse_time(folded.get("updated_at"))
    except ValueError:
        detail = f"expected {EXPECTED['updated_at']}, got {shown(folded['updated_at'])}"
        faults.append(Fault("updated_at", detail))
    if article_id is None or faults:
        raise ArticleRefused(tuple(faults))
    return Removal(article_id, updated_at, tuple(sorted(names.unknown)))


def _identifier(value: object) -> str | None:
    try:
        clean = clean_identifier(value)
    except ValueError:
        return None
    return clean if isinstance(clean, str) and 1 <= len(clean) <= MAX_ID else None


def _fault(problem: str) -> Fault:
    """A sentence of `parse_article`, apart into the field and what is wrong with it."""
    field, separator, rest = problem.partition(": expected ")
    return Fault(field, f"expected {rest}") if separator else Fault(None, problem)
