"""Which posts a WordPress site has: a light list of numbers and dates, a hundred of them a request."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from index.errors import FetchFailed, UnreadableSource
from index.sources.wordpress.api import WordPressApi, closed_to_visitors
from index.sources.wordpress.post import moment

_FIELDS = "id,guid,link,date_gmt,modified_gmt,content.protected"
_SIZES = (100, 50, 10)
"""Posts a request; the next smaller where the server fails at it. Each divides those before it."""
_MAX_PAGES = 200_000
_ANY_ZONE = timedelta(days=1)
"""Asked for so much more than wanted: some servers take a date for local time, whatever it says."""


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post as the list has it."""

    number: int
    guid: str
    link: str
    modified: str
    """As the site writes it, in UTC; empty where it does not say."""
    changed_at: datetime | None
    published_at: datetime | None
    protected: bool


class PostLists:
    """Lists the posts of one type."""

    def __init__(self, api: WordPressApi, route: str = "wp/v2/posts") -> None:
        self.total: int | None = None
        self._api = api
        self._route = route

    def all(self) -> list[ListedPost]:
        """Every post, by number. Where one went away meanwhile, another may have slipped over the edge of a page: then once
        more. Raises `FetchFailed` or `UnreadableSource` rather than give a part."""
        first = self._listed(orderby="id", order="asc")
        posts = {post.number: post for post in first}
        if self.total is not None and len(posts) < self.total:
            posts |= {post.number: post for post in self._listed(orderby="id", order="asc")}
        return [posts[number] for number in sorted(posts)]

    def changed_since(self, since: datetime) -> list[ListedPost]:
        """Posts that were changed or published since a moment, by number. One that was scheduled is published without being
        changed."""
        posts: dict[int, ListedPost] = {}
        since = since.astimezone(UTC)
        asked = (since - _ANY_ZONE).strftime("%Y-%m-%dT%H:%M:%SZ")
        for order, after in (("modified", "modified_after"), ("date", "after")):
            for post in self._pages(**{"orderby": order, "order": "desc", after: asked}):
                when = post.changed_at if order == "modified" else post.published_at
                # a server that does not know the parameter lists all there is
                if when is not None and when < since - _ANY_ZONE:
                    break
                if when is None or when >= since:
                    posts[post.number] = post
        return [posts[number] for number in sorted(posts)]

    def _listed(self, **parameters: object) -> list[ListedPost]:
        return list(self._pages(**parameters))

    def _pages(self, **parameters: object) -> Iterator[ListedPost]:
        sizes = list(_SIZES)
        page = 1
        seen: set[int] = set()
        while page <= _MAX_PAGES:
            try:
                answer = self._api.list(self._route, page=page, per_page=sizes[0], _fields=_FIELDS, **parameters)
            except (FetchFailed, UnreadableSource) as error:
                if isinstance(error, FetchFailed) and error.status == 400 and page > 1:
                    return
                if isinstance(error, FetchFailed) and error.status in (401, 403, 404):
                    raise UnreadableSource(closed_to_visitors(self._api.root, error)) from error
                if len(sizes) == 1 or (isinstance(error, FetchFailed) and not may_be_too_much(error)):
                    raise
                page = (page - 1) * (sizes[0] // sizes[1]) + 1
                del sizes[0]
                continue
            if not isinstance(answer.value, list):
                raise UnreadableSource(
                    f"{self._api.url(self._route)}: expected a list of posts, got another kind of answer"
                )
            self.total = answer.number("x-wp-total")
            posts = [post for post in map(_listed_post, answer.objects()) if post is not None]
            fresh = [post for post in posts if post.number not in seen]
            if not fresh and len(posts) == sizes[0]:
                raise UnreadableSource(
                    f"{self._api.url(self._route)}: expected page {page} of the list, got posts of an earlier page again"
                )
            seen.update(post.number for post in fresh)
            yield from fresh
            pages = answer.number("x-wp-totalpages")
            if not fresh or (pages is not None and page >= pages):
                return
            page += 1


def may_be_too_much(error: FetchFailed) -> bool:
    """Whether a failure may be that of a server that was asked for too much at once, or for one post that breaks it."""
    return error.passing if error.status is None else error.status >= 500 and error.status != 503


def _listed_post(value: dict[str, object]) -> ListedPost | None:
    number = value.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    content = value.get("content")
    modified = value.get("modified_gmt")
    modified = modified if isinstance(modified, str) else ""
    published = value.get("date_gmt")
    return ListedPost(
        number,
        rendered(value.get("guid")),
        link if isinstance(link := value.get("link"), str) else "",
        modified,
        moment(modified),
        moment(published if isinstance(published, str) else None),
        isinstance(content, dict) and content.get("protected") is True,
    )


def rendered(value: object) -> str:
    """A field as readers see it."""
    text = value.get("rendered") if isinstance(value, dict) else value
    return text if isinstance(text, str) else ""
