"""What may be asked besides the article."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict


class _Options(TypedDict, total=False):
    """What may be asked of any list."""

    exclude: Sequence[str]
    max_age: str
    before: date | str
    lang: Sequence[str]
    fallback: bool


class ListOptions(_Options, total=False):
    """Parameters of a list."""

    limit: int
    explain: bool


class PageOptions(_Options, total=False):
    """Parameters of a page; `slots` such as `also-read:4,more-in-section:6`."""

    slots: str
    repeat: bool
    ui: str
