"""What a rebuild did, or on a dry run would do."""

from dataclasses import dataclass, field

from index.boilerplate.rules import Finding
from index.gate import Difference
from index.sources import Rejected

SHOW_REJECTS = 100


@dataclass(frozen=True, slots=True)
class Learned:
    """What a rebuild learnt of a site's furniture, and what it removes."""

    new: tuple[Finding, ...] = ()
    """What was not known before, most frequent first."""
    removed_at_once: bool = False
    """Whether that is removed by this very rebuild; else it is proposed."""
    rules: int = 0
    """How many rules hold."""
    reread: int = 0
    """How many articles have another text by them than by the rules of the rebuild before."""


@dataclass(slots=True)
class Report:
    """What a rebuild did, or on a dry run would do."""

    read: int = 0
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    """The first `SHOW_REJECTS` of them."""
    skipped: dict[str, int] = field(default_factory=dict)
    """What the sources hold besides articles, by kind: drafts, attachments and the like."""
    partial: list[str] = field(default_factory=list)
    """Sources that hold the newest articles only, such as feeds: what they do not hold stays."""
    duplicate_ids: list[str] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)
    """Articles of the sources that were removed through the API since; they stay away."""
    kept_newer: list[str] = field(default_factory=list)
    """Articles of which the API brought a newer version than the sources hold; it stays."""
    kept_unseen: list[str] = field(default_factory=list)
    """Articles that the API wrote since the last rebuild and the sources lack; they stay this once."""
    removed_written: list[str] = field(default_factory=list)
    """Articles that the API wrote before that and the sources lack; they are removed."""
    unknown_fields: dict[str, int] = field(default_factory=dict)
    """Fields that no name fits, with how many records carry each; they are kept with the article."""
    not_embedded: list[str] = field(default_factory=list)
    """Articles whose text the model failed at; they are answered by terms, and tried again by the next rebuild."""
    boilerplate: Learned = Learned()
    articles: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    embedded: int = 0
    generation: str | None = None
    published: bool = False
    """False where nothing had changed, and on a dry run."""
    difference: Difference | None = None
    """From the serving snapshot to the new one, with what the gate said; None before there was a new one."""

    @property
    def refusals(self) -> tuple[str, ...]:
        """What the gate said; published all the same where it was forced."""
        return self.difference.refusals if self.difference else ()
