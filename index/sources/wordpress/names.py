"""What the posts of a WordPress site refer to by number: its categories, read once, and names where posts lack them."""

from index.entities import unescape
from index.errors import FetchFailed, UnreadableSource
from index.record_fields import one_line
from index.sources.wordpress.api import WordPressApi
from index.sources.wordpress.tables import Categories, Category

_PAGES = 1_000
MAX_NAMES = 100_000
"""Names held at a time."""


class SiteNames:
    """Asks for names once each. A site that hides them, such as its users, leaves articles without them."""

    def __init__(self, api: WordPressApi) -> None:
        self._api = api
        self._names: dict[tuple[str, int], str | None] = {}
        self.categories = self._read_categories()

    def name_of(self, kind: str, number: int) -> str | None:
        """The name of one of the `tags` or `users`; None where the site does not tell."""
        key = kind, number
        if key not in self._names:
            if len(self._names) >= MAX_NAMES:
                self._names.clear()
            try:
                value = self._api.get(f"wp/v2/{kind}/{number}", _fields="name").value
            except (FetchFailed, UnreadableSource):
                value = None
            name = value.get("name") if isinstance(value, dict) else None
            self._names[key] = str(one_line(unescape(name))) if isinstance(name, str) else None
        return self._names[key]

    def _read_categories(self) -> Categories:
        found: dict[int, tuple[str, str, int]] = {}
        for page in range(1, _PAGES):
            try:
                answer = self._api.get("wp/v2/categories", per_page=100, page=page, _fields="id,slug,name,parent")
            except (FetchFailed, UnreadableSource) as error:
                if isinstance(error, FetchFailed) and error.passing:
                    raise
                break
            before = len(found)
            for one in answer.objects():
                number, slug, name, parent = (one.get(field) for field in ("id", "slug", "name", "parent"))
                if isinstance(number, int) and isinstance(slug, str) and isinstance(name, str):
                    found[number] = slug, str(one_line(unescape(name))), parent if isinstance(parent, int) else 0
            pages = answer.number("x-wp-totalpages")
            if len(found) == before or (pages is not None and page >= pages):
                break
        categories = Categories()
        for number, (slug, name, parent) in found.items():
            categories.add(Category(slug, name, found[parent][0] if parent in found else None, number))
        return categories
