"""A WordPress site by its REST API: all of its posts, what changed since, and what is gone.

First a light list says which posts there are and when each was changed; only those that are not kept from an earlier run are
asked for, a hundred at a time.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from index.article_record import READ_VERSION, FieldNames
from index.entities import unescape
from index.errors import FetchFailed, InvalidArticle, UnreadableSource
from index.fetching import Fetches
from index.sources import Item, Rejected, Skipped
from index.sources.wordpress.api import WordPressApi, find_api
from index.sources.wordpress.listing import ListedPost, PostLists, may_be_too_much
from index.sources.wordpress.names import SiteNames
from index.sources.wordpress.post import READER_VERSION, Post, address_of, article_of, identity
from index.sources.wordpress.rest_post import EMBEDDED, FIELDS, is_protected, post_of_json
from index.sources.wordpress.site_addresses import SiteAddresses

AT_ONCE = 100
"""Posts asked for in one request, at most."""
GIVE_UP = 20
"""After so many posts in a row that cannot be fetched even one by one, it is the site that fails."""
OVERLAP = timedelta(minutes=10)
"""How far before the last look another one begins: clocks differ, and caches lag."""
VERSION = READER_VERSION * 1_000 + READ_VERSION
PROTECTED = "password-protected posts"


class KeptPosts(Protocol):
    """What this site's posts were read as in earlier runs, by their number."""

    def find(self, key: str, version: int) -> tuple[str, Item] | None:
        """The note and the item that this version of the reader kept under a key; it counts as seen."""
        ...

    def keep(self, key: str, version: int, note: str, item: Item) -> None:
        """Keep an item, in place of what was kept under the key."""
        ...

    def finish(self) -> None:
        """All posts were listed: what was neither found nor kept since the beginning is gone."""
        ...


class WordPressSite:
    """Reads the published posts of a site through whoever fetches.

    Only what its visitors may read is read; posts with a password are `Skipped`. Iterating raises `FetchFailed` where the site
    fails as a whole (what was given before is good), and `UnreadableSource` where it has no REST API or answers nobody.
    """

    whole = True

    def __init__(
        self,
        fetches: Fetches,
        address: str,
        names: FieldNames | None = None,
        kept: KeptPosts | None = None,
        types: Sequence[str] = ("post",),
    ) -> None:
        """`address` is any page of the site, or its API; `types` are the post types that are articles."""
        self.name = address
        self.names = names or FieldNames()
        self.size: int | None = None
        self._fetches = fetches
        self._kept = kept
        self._types = types
        self._done = 0

    def position(self) -> int:
        """Posts done so far, of those that were listed."""
        return self._done

    def __iter__(self) -> Iterator[Item]:
        reading = _Reading(self._fetches, self.name, self._types)
        listed = [(route, reading.lists(route).all()) for route in reading.routes]
        self.size, self._done = sum(len(posts) for _, posts in listed), 0
        for route, posts in listed:
            for item in self._items(reading, route, posts):
                self._done += 1
                yield item
        if self._kept:
            self._kept.finish()

    def changes(self, since: datetime) -> Iterator[Item]:
        """Posts that were published or changed since a moment, or not long before it. Raises as iterating does."""
        reading = _Reading(self._fetches, self.name, self._types)
        for route in reading.routes:
            yield from self._items(reading, route, reading.lists(route).changed_since(since - OVERLAP))

    def removed(self, known_ids: Collection[str]) -> list[str]:
        """Of the articles that are known from this site those that it no longer shows to everybody, in their order.

        Raises as iterating does, and `UnreadableSource` where the site lists nothing at all: more likely it broke.
        """
        if not known_ids:
            return []
        reading = _Reading(self._fetches, self.name, self._types)
        posts = [post for route in reading.routes for post in reading.lists(route).all() if not post.protected]
        if not posts:
            raise UnreadableSource(
                f"{self.name}: expected some of {len(known_ids):,} known posts, got an empty list; nothing is taken for removed"
            )
        site = reading.site
        there = {identity(post.guid, post.number, site, address_of(post.link, site)) for post in posts}
        return [one for one in known_ids if one not in there]

    def _items(self, reading: "_Reading", route: str, posts: Sequence[ListedPost]) -> Iterator[Item]:
        """The items of listed posts, in their order but for those that are fetched, which come together."""
        waiting: list[ListedPost] = []
        for post in posts:
            kept = self._kept.find(str(post.number), VERSION) if self._kept and post.modified else None
            if post.protected:
                yield Skipped(self._place(post.number), PROTECTED)
            elif kept and kept[0] == post.modified:
                yield kept[1]
            else:
                waiting.append(post)
            if len(waiting) == AT_ONCE:
                yield from self._fetched(reading, route, waiting)
                waiting = []
        yield from self._fetched(reading, route, waiting)

    def _fetched(self, reading: "_Reading", route: str, posts: Sequence[ListedPost]) -> Iterator[Item]:
        found = reading.fetch(route, [post.number for post in posts])
        for post in posts:
            place, value = self._place(post.number), found.get(post.number)
            if value is None:
                yield Skipped(place, "posts that were removed meanwhile")
                continue
            if isinstance(value, str):
                yield Rejected(place, (value,))
                continue
            item = self._read(reading, place, value)
            if self._kept and post.modified == value.get("modified_gmt"):
                self._kept.keep(str(post.number), VERSION, post.modified, item)
            yield item

    def _read(self, reading: "_Reading", place: str, value: Mapping[str, object]) -> Item:
        if is_protected(value):
            return Skipped(place, PROTECTED)
        try:
            return article_of(reading.post(value), reading.names.categories, reading.site)
        except InvalidArticle as error:
            return Rejected(place, error.problems)

    def _place(self, number: int) -> str:
        return f"{self.name}, post {number}"


class _Reading:
    """One look at a site: its API, what its posts refer to, and the posts that are asked for."""

    def __init__(self, fetches: Fetches, address: str, types: Sequence[str]) -> None:
        self._api, about = find_api(fetches, address)
        self.routes = _routes(self._api, types)
        self.names = SiteNames(self._api)
        urls = [unescape(url) for name in ("home", "url") if isinstance(url := about.get(name), str)]
        self.site = SiteAddresses(urls or [self._api.url("").split("wp-json")[0].split("?")[0]])
        self._language = language if isinstance(language := about.get("language"), str) else None
        hours = about.get("gmt_offset")
        self._offset = timedelta(hours=hours) if isinstance(hours, (int, float)) and abs(hours) < 15 else timedelta(0)
        self._failures = 0

    def lists(self, route: str) -> PostLists:
        """The lists of one type of posts."""
        return PostLists(self._api, route)

    def post(self, value: Mapping[str, object]) -> Post:
        """A post out of an answer."""
        return post_of_json(value, self.names.categories, self._language, self._offset, self.names.name_of)

    def fetch(self, route: str, numbers: Sequence[int]) -> dict[int, dict[str, object] | str]:
        """Posts by their number; for one that cannot be fetched the reason. What fails is asked for again in halves."""
        if not numbers:
            return {}
        try:
            answer = self._api.list(
                route, include=",".join(map(str, numbers)), per_page=len(numbers), _fields=FIELDS, _embed=EMBEDDED
            )
        except (FetchFailed, UnreadableSource) as error:
            if isinstance(error, FetchFailed) and not may_be_too_much(error):
                raise
            if len(numbers) > 1:
                half = len(numbers) // 2
                return self.fetch(route, numbers[:half]) | self.fetch(route, numbers[half:])
            self._failures += 1
            if self._failures >= GIVE_UP:
                raise
            return {numbers[0]: str(error)}
        self._failures = 0
        return {number: one for one in answer.objects() if isinstance(number := one.get("id"), int)}


def _routes(api: WordPressApi, types: Sequence[str]) -> tuple[str, ...]:
    """Where posts of these types are listed."""
    if tuple(types) == ("post",):
        return ("wp/v2/posts",)
    known = api.get("wp/v2/types").value
    routes: list[str] = []
    for name in dict.fromkeys(types):
        found = known.get(name) if isinstance(known, dict) else None
        base = found.get("rest_base") if isinstance(found, dict) else None
        if not isinstance(base, str):
            there = ", ".join(known) if isinstance(known, dict) else "none"
            raise UnreadableSource(f"{api.root}: expected the post type {name!r}, got only {there}")
        routes.append(f"wp/v2/{base}")
    return tuple(routes)
