"""What a list's id says: under which policy it was made, and where each of its items came from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from recommender.policy import MAX_LIMIT
from recommender.recommend import SOURCE_LETTERS

SOURCES: Mapping[str, str] = MappingProxyType({letter: source for source, letter in SOURCE_LETTERS.items()})

_FORM = re.compile(rf"[0-9a-f]{{16}}\.([0-9a-f]{{12}})\.([{''.join(SOURCES)}]{{1,{MAX_LIMIT}}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list by what its id says; `sources` has one entry for each item, in order."""

    policy: str
    sources: tuple[str, ...]


def parse_list_id(raw: str) -> NamedList | None:
    """What the id of a list with items says; None for any other text."""
    match = _FORM.fullmatch(raw)
    return NamedList(match[1], tuple(SOURCES[letter] for letter in match[2])) if match else None
