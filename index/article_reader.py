"""Reading whole articles, with their texts, from a process that serves: a snapshot holds only what a list shows of them."""

import threading

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from index.article import Article
from index.article_rows import article_of
from index.catalogue import Catalogue, Place
from index.data_folder import check_same, identity
from index.engines import reading, said
from index.schema import articles

WAIT_SECONDS = 0.5
"""How long reading waits for a lock: a reader of the site waits with it."""


class ArticleReader:
    """Gives articles as the catalogue has them now; any number of threads may ask."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._opening = threading.Lock()
        self._catalogue: Catalogue | None = None
        self._file: tuple[int, int] | None = None

    def article(self, article_id: str) -> Article | None:
        """The article of that id; None where there is none, or none that is published. Whether its time has come is for
        whoever asks to know.

        Raises `CatalogueUnusable` or `CatalogueBusy` when the catalogue cannot be read.
        """
        chosen = sa.select(articles.c.record).where(articles.c.id == article_id, articles.c.unpublished.is_(False))
        try:
            with reading(self._open().engine) as connection:
                record = connection.execute(chosen).scalar()
        except SQLAlchemyError as error:
            raise said(error) from error
        return article_of(record) if record is not None else None

    def close(self) -> None:
        """Close the catalogue, where it was opened."""
        if self._catalogue is not None:
            self._catalogue.close()

    def _open(self) -> Catalogue:
        with self._opening:
            check_same(self._place, self._file)
            if self._catalogue is None:
                self._file = identity(self._place)
                self._catalogue = Catalogue.open_existing(self._place, WAIT_SECONDS)
            return self._catalogue
