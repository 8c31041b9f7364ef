"""Several slots of one page in one answer, nothing twice across them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from recommender.policy import Slot
from recommender.question import Question
from recommender.recommend import Answer, Located, Recommender


@dataclass(frozen=True, slots=True)
class Asked:
    """A slot of a page; `limit` None leaves it to the policy."""

    slot: Slot
    limit: int | None = None


def page_answers(
    recommender: Recommender, located: Located, slots: Sequence[Asked], question: Question, repeat: bool = False
) -> list[Answer]:
    """An answer for each slot, in their order, each under its own policy.

    What stands in a slot stands in none after it, nor does a copy of it; but with `repeat`, and in slots whose policy
    `repeats`. What is excluded so leaves its place to the next best: a filter, not a gap. What editors pinned to a slot is
    left to it by those before it.
    """
    shown: set[str] = set()
    answers: list[Answer] = []
    pins = [frozenset[str]()] * len(slots)
    if not repeat:
        pins = [recommender.pinned(asked.slot, located, replace(question, limit=asked.limit)) for asked in slots]
    for at, asked in enumerate(slots):
        policy = recommender.policy_for(asked.slot, located, question.now)
        free = repeat or policy.repeats
        kept_for_later = frozenset[str]().union(*pins[at + 1 :]) - pins[at]
        exclude = question.exclude | kept_for_later if free else question.exclude | kept_for_later | shown
        answer = recommender.suggest(asked.slot, located, replace(question, limit=asked.limit, exclude=exclude))
        shown.update(item.id for item in answer.items)
        answers.append(answer)
    return answers
