"""One page that was fetched: its bytes, and what HTTP said of them."""

from dataclasses import dataclass

from index.article import Article


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page as it came from its address, which may not be the one that was asked for."""

    place: str
    """The address as it may be shown."""
    raw: bytes
    url: str
    charset: str | None = None

    def read(self) -> Article:
        """Its article. Raises as `read_page` does."""
        from index.extraction.page import read_page  # only the process that reads pages needs what that needs

        return read_page(self.raw, self.url, self.charset)
