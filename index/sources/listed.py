"""Articles that are at hand already, as a source."""

from collections.abc import Iterator, Sequence

from index.article import Article
from index.article_record import FieldNames


class Listed:
    """A source of exactly these articles."""

    whole = True

    def __init__(self, articles: Sequence[Article], name: str = "articles") -> None:
        self.name = name
        self.size: int | None = len(articles)
        self.names = FieldNames()
        self._articles = articles
        self._done = 0

    def __iter__(self) -> Iterator[Article]:
        for article in self._articles:
            self._done += 1
            yield article

    def position(self) -> int:
        """Articles given so far."""
        return self._done
