"""Every error that this package raises on purpose, under one base class.

Each message says what came, what was expected, and what to do about it, and may be shown to a person as it is.
"""


class ArchiveError(Exception):
    """Base of all errors of the archive and its index."""


class InvalidArticle(ArchiveError):
    """A record is not an article; `problems` holds one sentence for each field at fault."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class UnreadableSource(ArchiveError):
    """A source is missing, is of no known format, or had a bad record under `--strict`."""


class FetchFailed(ArchiveError):
    """An address could not be fetched, or may not be; `status` is the server's, where it answered, and `passing` whether
    the same call may succeed later."""

    def __init__(self, message: str, status: int | None = None, passing: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.passing = passing


class NotAnArticle(ArchiveError):
    """A page holds no article: a front page, a list, an error page; the message says by what that was seen."""


class ModelMissing(ArchiveError):
    """The embedding model, or the extra that runs it, is not installed."""


class ModelMismatch(ArchiveError):
    """The model's weights or dimension are not the ones that were asked for."""


class EmbedderAway(ArchiveError):
    """The server that embeds does not answer, or not well, for longer than was waited: the same call may succeed later."""


class IndexAway(ArchiveError):
    """The server that holds the vectors does not answer, or not well: the same call may succeed later."""


class CatalogueUnusable(ArchiveError):
    """The catalogue is missing, of another version, or its address or driver is not usable."""


class CatalogueMissing(CatalogueUnusable):
    """There is no catalogue where one is looked for, or one that took no writes yet: nothing can have been taken down."""


class EmbeddingUnavailable(ArchiveError):
    """No model can be asked for a vector now; the message says why, as the middle of a sentence."""


class TakeDownsUnknown(ArchiveError):
    """Nothing is answered yet, because it cannot be known which articles were taken down since the index was made,
    or what editors settled."""


class CatalogueBusy(ArchiveError):
    """Another process holds the catalogue's lock, or the connection broke: the same call may succeed in a moment."""


class NoSnapshot(ArchiveError):
    """No snapshot was published in this data folder yet."""


class DamagedSnapshot(ArchiveError):
    """A file of a snapshot is missing, cut short or changed."""


class IncompatibleSnapshot(ArchiveError):
    """A snapshot was written in a format that this version does not read."""


class UnknownSnapshot(ArchiveError):
    """No generation of that name is kept, or none to go back to."""


class RebuildRefused(ArchiveError):
    """The gate held a rebuild back; `reasons` holds one sentence for each check that failed, `first` whether nothing was
    published before."""

    def __init__(self, reasons: tuple[str, ...], first: bool = False) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.first = first


class RebuildLocked(ArchiveError):
    """Another rebuild of the same data folder is running."""
