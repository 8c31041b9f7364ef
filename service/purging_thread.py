"""The thread in which the indexer's process tells the shared cache what changed; it holds up nothing else."""

import threading
from collections.abc import Callable

from index.catalogue import place_of
from index.follower import Follower
from index.kept import published
from recommender.errors import InvalidPolicy
from recommender.policy import load_policy
from recommender.policy_file import PolicyFile
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
    """Looks which index and which policy hold now; None while no index is published."""
    version = _policy_version(settings)

    def look() -> Serving | None:
        generation = published(settings.data)
        return None if generation is None else Serving(generation, version())

    return look


def _policy_version(settings: Settings) -> Callable[[], str]:
    try:
        policies = PolicyFile(settings.policy) if settings.policy else load_policy()
    except InvalidPolicy:
        return lambda: ""  # the workers do not start under it, and say why
    return lambda: policies.current().version
