"""One article's list as it is served and as it would be, side by side, with what comes, goes and moves."""

from dataclasses import dataclass
from datetime import datetime

from index.snapshot import Snapshot
from recommender.policy import Policy, Slot
from recommender.recommend import Suggestion
from recommender.trial import Trials


@dataclass(frozen=True, slots=True)
class Item:
    """A suggestion in one of the two lists. `moved`: how many places up (above 0) or down it would stand; None where it
    stands in one list only."""

    suggestion: Suggestion
    moved: int | None

    @property
    def title(self) -> str:
        """Its headline, or else its id."""
        return self.suggestion.card.get("title") or self.suggestion.id

    @property
    def published(self) -> datetime | None:
        """When it was published."""
        at = self.suggestion.card.get("published_at")
        return datetime.fromisoformat(at) if at else None


@dataclass(frozen=True, slots=True)
class SideBySide:
    """The two lists; a sentence for each that is not what was asked for."""

    title: str
    article_id: str
    before: tuple[Item, ...]
    after: tuple[Item, ...]
    fallback_before: str | None
    fallback_after: str | None
    trying: bool
    """Whether another policy is tried at all."""

    @property
    def same(self) -> bool:
        """Whether both hold the same items in the same order."""
        return [item.suggestion.id for item in self.before] == [item.suggestion.id for item in self.after]


def side_by_side(
    trials: Trials, snapshot: Snapshot, row: int, slot: Slot, held: Policy, tried: Policy, now: datetime
) -> SideBySide:
    """The list of an article under the policy that holds and under one that is tried."""
    (had, before), (has, after) = (trials.items(snapshot, row, slot, policy, now) for policy in (held, tried))
    segment, local = snapshot.place(row)
    article_id = snapshot.id_of(row)
    return SideBySide(
        title=segment.card(local).get("title") or article_id,
        article_id=article_id,
        before=_items(had, has),
        after=_items(has, had, -1),
        fallback_before=before,
        fallback_after=after,
        trying=held.version != tried.version,
    )


def _items(these: tuple[Suggestion, ...], those: tuple[Suggestion, ...], sign: int = 1) -> tuple[Item, ...]:
    places = {item.id: at for at, item in enumerate(those)}
    return tuple(
        Item(item, sign * (at - places[item.id]) if item.id in places else None) for at, item in enumerate(these)
    )
