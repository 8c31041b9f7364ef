"""How a type of an answer is declared."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

from pydantic import ConfigDict

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def shape(made: type[Made]) -> type[Made]:
    """A frozen dataclass whose fields are told by the sentences below them; a member that has a default may be missing."""
    made = dataclass(frozen=True, kw_only=True)(made)
    made.__pydantic_config__ = ConfigDict(use_attribute_docstrings=True)  # type: ignore[attr-defined]
    return made
