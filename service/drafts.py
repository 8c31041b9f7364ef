"""A draft that is to be previewed, out of JSON or plain text, and what it would bring as JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from index.article import Article
from index.policy_versions import UnknownPolicy
from index.record_fields import shown, whole
from recommender.errors import InvalidPolicy
from recommender.page import Asked
from recommender.policy import MAX_LIMIT, Policies, policy_from_toml
from recommender.preview import EVERY, Preview, Start
from service.answers import article_record, item_record
from service.errors import ArticleRefused, Fault, InvalidParameter
from service.incoming import parse_writing
from service.parameters import SLOTS_EXPECTED, parse_slots

UNNAMED = "draft"
"""Stands for the id of a draft that has none, while it is read."""

OPTIONS = ("slots", "limit", "would_suggest", "explain", "policy")
"""What stands beside the fields of the article."""

MAX_POLICY = 100_000
"""Characters."""

MAX_DOTS = 250
"""In one line of it: a key of so many thousand parts, a.a.a…, would be read for minutes, for each part is looked up from the
first on."""

POLICY_EXPECTED = (
    f"a policy as TOML, of at most {MAX_POLICY:,} characters and {MAX_DOTS} dots in a line, "
    "or the number of one that was saved"
)


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """What is asked about a draft. `named`: it came with an id; otherwise its id is `UNNAMED`."""

    article: Article
    named: bool
    slots: tuple[Asked, ...] = EVERY
    would_suggest: bool = True
    explain: bool = False
    policies: Policies | None = None
    unknown: tuple[str, ...] = ()


def parse_draft(record: object, numbered: Callable[[int], Policies] | None = None) -> DraftRequest:
    """The draft of a record, an article whose `id` may be missing, and what is asked about it. `numbered` gives the policy
    that was saved under a number.

    Raises `ArticleRefused`, and `InvalidParameter` for what is no option.
    """
    if not isinstance(record, Mapping):
        raise ArticleRefused((Fault(None, f"expected an object with a title or a text, got {shown(record)}"),))
    fields = {name: value for name, value in record.items() if name not in OPTIONS}
    named = fields.get("id") not in (None, "")
    writing = parse_writing(fields if named else {**fields, "id": UNNAMED})
    limit = _limit(whole(record.get("limit")))
    return DraftRequest(
        article=writing.article,
        named=named,
        slots=tuple(Asked(one.slot, one.limit or limit) for one in _slots(record.get("slots"))),
        would_suggest=_flag(record, "would_suggest", True),
        explain=_flag(record, "explain", False),
        policies=parse_policy(whole(record.get("policy")), numbered),
        unknown=writing.unknown,
    )


def text_record(text: str) -> dict[str, Any]:
    """Plain text as a record: the first line that is not empty is the headline."""
    title, _, rest = text.strip().partition("\n")
    return {"title": title.strip(), "text": rest.strip()}


def parse_policy(value: object, numbered: Callable[[int], Policies] | None = None) -> Policies | None:
    """The policy that a draft is to be previewed under; None for the one that holds. Raises `InvalidParameter`."""
    if value is None:
        return None
    try:
        if numbered is not None and isinstance(value, int) and not isinstance(value, bool):
            return numbered(value)
        if isinstance(value, str) and len(value) <= MAX_POLICY and _dots(value) <= MAX_DOTS:
            return policy_from_toml(value)
    except (InvalidPolicy, UnknownPolicy) as error:
        raise InvalidParameter("policy", _short(value), f"{POLICY_EXPECTED} ({error})") from None
    raise InvalidParameter("policy", _short(value), POLICY_EXPECTED)


def _dots(toml: str) -> int:
    """The most dots that a line has, whatever they mean there: a key never goes on in the next line."""
    return max(line.count(".") for line in toml.split("\n"))


def preview_record(asked: DraftRequest, preview: Preview) -> dict[str, Any]:
    """What a draft would bring, as a record."""
    first = preview.answers[0]
    record: dict[str, Any] = {
        "article": article_record(first.article_id, first.article) | ({} if asked.named else {"id": None}),
        "slots": {
            answer.slot: {
                "items": [item_record(item, asked.explain) for item in answer.items],
                "fallback": answer.fallback,
            }
            for answer in preview.answers
        },
        "would_suggest": [_start(start, asked) for start in preview.starts] if asked.would_suggest else None,
        "looked_at": preview.looked_at,
        "by_terms": preview.by_terms,
        "known_as": list(preview.known_as),
        "generation": first.generation,
    }
    return {**record, "unknown_fields": list(asked.unknown)} if asked.unknown else record


def _start(start: Start, asked: DraftRequest) -> dict[str, Any]:
    item = item_record(start.item, asked.explain)
    kept = ("score", "source", "reasons", *(("breakdown",) if asked.explain else ()))
    return {
        "article": article_record(start.id, start.card),
        "slot": start.slot,
        "position": start.position,
        **{name: item[name] for name in kept},
    }


def _slots(value: object) -> tuple[Asked, ...]:
    if value is None:
        return EVERY
    parts = value if isinstance(value, list) else [value]
    try:
        return parse_slots(",".join(one if isinstance(one, str) else "" for one in parts))
    except ValueError:
        raise InvalidParameter("slots", _short(value), SLOTS_EXPECTED) from None


def _limit(value: object) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MAX_LIMIT:
        raise InvalidParameter("limit", _short(value), f"a whole number from 1 to {MAX_LIMIT}")
    return value


def _flag(record: Mapping[str, Any], name: str, default: bool) -> bool:
    value = record.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise InvalidParameter(name, _short(value), "true or false")
    return value


def _short(value: object) -> object:
    return value if isinstance(value, bool | int | float) else shown(value)
