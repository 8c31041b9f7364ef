"""The thread in which the indexer's process tells the shared cache what changed; it holds up nothing else."""

import threading
from collections.abc import Callable

from index.catalogue import place_of
from index.followed import Followed
from index.follower import Follower
from index.kept import published
from index.rules import rules_replaced
from recommender.errors import InvalidPolicy
from recommender.policy import Policies
from service.policies import make_policies
from service.purge_call import PurgeHook
from service.purge_state import PurgeFile
from service.purging import Purger, Serving
from service.settings import Settings


def start_purging(settings: Settings) -> None:
    """Start it where a purge hook is set; it ends with the process, at any instant without harm."""
    if settings.purge_url is None or settings.purge_secret is None:
        return
    place = place_of(settings.data, settings.catalogue)
    hook = PurgeHook(settings.purge_url, settings.purge_secret)
    file = PurgeFile(settings.data, settings.purge_url)
    purger = Purger(hook.deliver, lambda: Follower(place, settings.data), what_is_served(settings), file)
    threading.Thread(target=purger.run, args=(threading.Event().wait,), name="purge", daemon=True).start()


def what_is_served(settings: Settings) -> Callable[[], Serving | None]:
    """Looks which index and which policies hold now, and when all rules were replaced the last time; None while no index is
    published."""
    policies = _policies(settings)
    place = place_of(settings.data, settings.catalogue)
    replaced = Followed(place, settings.data, rules_replaced, 0, "the rules")

    def look() -> Serving | None:
        generation = published(settings.data)
        versions = [policy.version for policy in policies.in_force()] if policies else []
        if generation is None:
            return None
        number = replaced.value()
        return Serving(generation, "+".join(versions) + (f" rules {number}" if number else ""))

    return look


def _policies(settings: Settings) -> Policies | None:
    try:
        return make_policies(settings)
    except InvalidPolicy:
        return None  # the workers do not start under it, and say why
