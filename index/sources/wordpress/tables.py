"""What the articles of a WordPress site refer to: categories with their parents, authors, and the files of images."""

import sqlite3
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Category:
    """A category by its slug, which is unique within a site."""

    slug: str
    name: str
    parent: str | None = None
    number: int | None = None


@dataclass
class Categories:
    """The categories of a site."""

    by_slug: dict[str, Category] = field(default_factory=dict)
    by_number: dict[int, Category] = field(default_factory=dict)

    def add(self, category: Category) -> None:
        """Take one in; the first of a slug counts."""
        known = self.by_slug.setdefault(category.slug, category)
        if category.number is not None:
            self.by_number.setdefault(category.number, known)

    def line(self, slug: str) -> tuple[Category, ...]:
        """A category with all those above it, the top one first; one that is not known stands for itself."""
        line: list[Category] = []
        while slug and slug not in {known.slug for known in line}:
            category = self.by_slug.get(slug) or Category(slug, readable(slug))
            line.append(category)
            slug = category.parent or ""
        return tuple(reversed(line))


def readable(slug: str) -> str:
    """A slug as it is read: WordPress keeps letters other than Latin ones percent-encoded."""
    return unquote(slug, errors="replace")


class ImageFiles:
    """Addresses of image files by the number of their attachment. Lies in a temporary file of the system's as soon as it is
    more than a few megabytes, and is gone when closed."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("")
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("CREATE TABLE image (number INTEGER PRIMARY KEY, url TEXT NOT NULL)")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rows.close()

    def add(self, number: int, url: str) -> None:
        """Take one in; the first of a number counts."""
        self._rows.execute("INSERT OR IGNORE INTO image VALUES (?, ?)", (number, url))

    def get(self, number: int | None) -> str | None:
        """The address; None where the attachment is not known."""
        row = self._rows.execute("SELECT url FROM image WHERE number = ?", (number,)).fetchone()
        return str(row[0]) if row else None
