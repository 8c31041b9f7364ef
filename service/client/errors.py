"""What a call may raise."""

from collections.abc import Mapping
from typing import Any

from service.errors import ServiceError


class Unreachable(ServiceError):
    """No answer came, or none that could be read."""


class AlsoreadProblem(ServiceError):
    """The service answered with a problem: its `status`, its `name` (such as `unknown-article`; empty where something in
    between answered), `title` and `detail`, what it says besides in `members`, and `retry_after` in seconds where it says when
    to ask again."""

    def __init__(self, status: int, body: Mapping[str, Any], retry_after: str | None) -> None:
        self.status = status
        self.name = str(body.get("type", "")).rpartition(":")[2]
        self.title = str(body.get("title", ""))
        self.detail = str(body.get("detail", ""))
        self.members = {
            name: value for name, value in body.items() if name not in ("type", "title", "status", "detail")
        }
        self.retry_after = int(retry_after) if retry_after and retry_after.isdecimal() else None
        super().__init__(f"{status} {self.name}: {self.detail}".strip(" :"))
