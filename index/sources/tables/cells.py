"""From the cells of a table to a record: which column is which field, and what a text in a cell stands for."""

import ast
import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from index.article_record import ALIASES, EXPECTED, ArticleRecord, FieldNames
from index.errors import InvalidArticle, UnreadableSource
from index.record_fields import clean_address, shown
from index.sources.tables.dates import is_ambiguous, iso_date

LISTS = ("tags", "authors", "links")
DATES = ("published_at", "updated_at")
BOOLEANS = ("recommendable", "sensitive")
WORDS: Mapping[str, bool] = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

NOTHING = ("NULL", r"\N")
"""What databases write into an empty cell; in a title or a text it may be meant."""

LONGEST_LIST = 100_000
"""Characters of a list in a cell that is read as Python or JSON."""

_BLANKS = re.compile(r"[\s_-]+")
_SEPARATORS = (";", "|", "\n")


class Columns:
    """Which column of a table is which field; case, blanks and dashes in their names do not matter.

    `keys` are the names that a record has them under: the reader's own and ours where one fits, else the column's own; a column
    without a name is called by its number. `fields` are our fields, or None; `dates` the
    numbers, from 0, of those that hold dates.

    Raises `UnreadableSource` when two columns mean the same, and when there is none for the id (or the address, which then is
    the id), or none for either title or text.
    """

    def __init__(self, header: Sequence[str], names: FieldNames, where: str) -> None:
        self._spelled = _spelled(names)
        tolerated = {_plain(word): word for word in self._spelled}
        titles = [title.strip() for title in header]
        self.keys = tuple(
            title if title in self._spelled else tolerated.get(_plain(title), title) or f"column {number}"
            for number, title in enumerate(titles, 1)
        )
        self.fields = tuple(self._spelled.get(key) for key in self.keys)
        self.dates = tuple(column for column, field in enumerate(self.fields) if field in DATES)
        twice = [key for key, count in Counter(self.keys).items() if count > 1]
        if twice:
            alike = [title for title, key in zip(titles, self.keys, strict=True) if key == twice[0]]
            named = ", ".join(repr(title[:80]) for title in alike[:2])
            raise UnreadableSource(
                f"{where}: two columns have the same name: {named}; rename one, or name the right one with --field"
            )
        self._check(titles, where)
        self._id_is_the_address = "id" not in self.fields
        names.met.update(key for key in self.keys if key in names.own.values())

    def _check(self, titles: Sequence[str], where: str) -> None:
        missing = [
            advice
            for wanted, advice in (
                (("id", "url"), "'id' (nor 'url', which would do): --field id=COLUMN"),
                (("title", "text"), "'title' or 'text': --field title=COLUMN"),
            )
            if not any(name in self.fields for name in wanted)
        ]
        if missing:
            raise UnreadableSource(
                f"{where}: the columns are {shown(list(titles), 300)}; there is none for {', and none for '.join(missing)}"
                " names it"
            )

    def record(
        self, values: Sequence[object], is_day_first: Callable[[int], bool | None] = lambda column: None
    ) -> dict[str, object]:
        """The record of a row of as many values as there are columns; what is empty is left out.

        `is_day_first` says of a column of dates whether the day comes first, and is asked only where it matters. Raises
        `InvalidArticle` with one sentence for each cell that is not what its field needs.
        """
        record: dict[str, object] = {}
        problems: list[str] = []
        for column, (key, field, value) in enumerate(zip(self.keys, self.fields, values, strict=True)):
            if isinstance(value, str):
                if not value or value.isspace() or (value in NOTHING and field not in ("title", "text")):
                    continue
                try:
                    # mypy infers no lambda whose default binds a loop's value
                    value = _read(field, value, lambda column=column: is_day_first(column))  # type: ignore[misc]
                except ValueError as error:
                    reason = f" ({error})" if str(error) else ""
                    problems.append(f"{key}: expected {EXPECTED[field or '']}, got {shown(value)}{reason}")
                    continue
            if value is not None:
                record[key] = value
        if problems:
            raise InvalidArticle(tuple(problems))
        if self._id_is_the_address:
            record["id"] = self._address(record)
        return record

    def _address(self, record: Mapping[str, object]) -> object:
        """The first address of a record; one that is none is reported as such, and not as an id."""
        for key, field in zip(self.keys, self.fields, strict=True):
            if field == "url" and key in record:
                try:
                    return clean_address(record[key])
                except ValueError:
                    raise InvalidArticle((f"{key}: expected {EXPECTED['url']}, got {shown(record[key])}",)) from None
        raise InvalidArticle((f"url: expected {EXPECTED['url']}, got nothing (and there is no column for an id)",))


def known_columns(header: Sequence[str], names: FieldNames) -> int:
    """How many of these are names of fields."""
    plain = {_plain(word) for word in _spelled(names)}
    return sum(_plain(title) in plain for title in header)


def _spelled(names: FieldNames) -> dict[str, str]:
    """Our field for every name that a column may have."""
    spelled = {word: field for field in ArticleRecord.model_fields for word in (field, *ALIASES.get(field, ()))}
    return spelled | {theirs: ours for ours, theirs in names.own.items()}


def _plain(title: str) -> str:
    return _BLANKS.sub("_", title.strip().casefold())


def _read(field: str | None, text: str, is_day_first: Callable[[], bool | None]) -> object:
    """What a text means in a field. Raises `ValueError` where it cannot be meant there."""
    if field in DATES:
        return iso_date(text, is_day_first() if is_ambiguous(text) else None)
    if field in LISTS:
        return split_list(field, text)
    if field in BOOLEANS:
        word = text.strip().casefold()
        if word not in WORDS:
            raise ValueError
        return WORDS[word]
    return text


def split_list(field: str, text: str) -> list[object]:
    """The items of a list in one cell: a JSON list (or Python's), else what stands between `;`, or else `|`, lines or commas.

    A comma parts tags; it parts names only where each has two words (`Roe, Jane` is one person), and links only where a blank
    follows it. Raises `ValueError` for what begins and ends like a list, and is none.
    """
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return _literal(text)
    for separator in _SEPARATORS:
        if separator in text:
            return [item.strip() for item in text.split(separator) if item.strip()]
    parts = re.split(r",\s+" if field == "links" else ",", text)
    items: list[object] = [part.strip() for part in parts if part.strip()]
    if field == "authors" and not all(" " in str(item) for item in items):
        return [text]
    return items


def _literal(text: str) -> list[object]:
    if len(text) > LONGEST_LIST:
        raise ValueError(f"a list of more than {LONGEST_LIST:,} characters")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        try:
            with warnings.catch_warnings(action="ignore"):
                value = ast.literal_eval(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError) as error:
            raise ValueError("neither a JSON list nor a Python list") from error
    return list(value)
