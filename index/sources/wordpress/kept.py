"""The posts of a WordPress site that were read before, out of what is kept of everything that is fetched."""

from index.article import Article
from index.fetching.kept import Kept, KeptItems
from index.sources import Item
from index.sources.web.crawl import key_of


class KeptWordPress:
    """The posts of one site, by their numbers."""

    def __init__(self, kept: KeptItems, address: str) -> None:
        self._kept = kept
        self._source = f"wordpress {key_of(address)}"
        kept.begin(self._source)

    def find(self, key: str, version: int) -> tuple[str, Item] | None:
        """The note and the item that are kept under a key by this version of the reader."""
        found = self._kept.find(self._source, key)
        if found is None or found.version != version:
            return None
        self._kept.see(self._source, key)
        return found.note, found.item

    def keep(self, key: str, version: int, note: str, item: Item) -> None:
        """Keep an item, in place of what was kept under the key."""
        self._kept.keep(self._source, key, Kept(item, note=note, version=version))

    def finish(self) -> None:
        """Every post of the site was listed: forget those that were not among them."""
        self._kept.forget_unseen(self._source)

    def ids(self) -> dict[str, str]:
        """The ids of the articles that are known from this site, with the keys under which they are kept."""
        found = ((key, self._kept.find(self._source, key)) for key in self._kept.keys(self._source))
        return {one.item.id: key for key, one in found if one is not None and isinstance(one.item, Article)}

    def forget(self, key: str) -> None:
        """An article is gone from the site."""
        self._kept.forget(self._source, key)
