"""How one operation of the API is declared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from index.access_keys import Scope
from service.parameter_values import Parameter
from service.problems import Kind

Method = Literal["get", "put", "post", "delete"]

JSON, CSV, HTML, JSON_LINES = "application/json", "text/csv", "text/html", "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Content:
    """A body in one media type: its schema (a shape, the name of a component, or JSON Schema), and an example of it."""

    schema: type | str | Mapping[str, Any]
    example: Any


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries. `limit` in bytes."""

    says: str
    limit: int
    contents: Mapping[str, Content]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no problem; `headers` are names out of the table of them."""

    says: str
    contents: Mapping[str, Content] = field(default_factory=dict)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """A header of a request, or a part of a path, that an operation reads."""

    name: str
    place: Literal["header", "path"]
    says: str
    schema: Mapping[str, Any]
    example: str
    needed: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `only_with_index`: a replica, which has no index of its own, does not serve it."""

    id: str
    method: Method
    path: str
    tag: str
    summary: str
    says: str
    answers: Mapping[int, Answer]
    problems: tuple[Kind, ...]
    parameters: tuple[Parameter, ...] = ()
    fields: tuple[Field, ...] = ()
    scope: Scope | None = None
    body: Body | None = None
    only_with_index: bool = False
