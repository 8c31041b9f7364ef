"""Milvus as the settings describe it: who keeps it up, and who answers from it."""

import threading
import time

from index.catalogue import place_of
from index.cluster.projector import LOOK_SECONDS, Projector
from index.cluster.reading import ClusterIndex
from index.follower import CALM_SECONDS, Follower
from index.milvus_index import ANSWER_SECONDS, MilvusIndex
from service.settings import Settings

NAME = "alsoread"
"""What our index is called there."""

READ_SECONDS = 1.0
"""So long a reader's question waits for Milvus at most."""


def make_milvus(settings: Settings, seconds: float = ANSWER_SECONDS) -> MilvusIndex:
    """The index there; a search waits so many seconds at most. Raises `IndexAway`."""
    assert settings.milvus is not None
    return MilvusIndex(settings.milvus, NAME, settings.milvus_token or "", settings.milvus_copies, seconds)


def make_cluster_index(settings: Settings) -> ClusterIndex:
    """What a replica answers from. Milvus is connected to when it is first asked."""
    place = place_of(settings.data, settings.catalogue)
    return ClusterIndex(place, settings.data, lambda: make_milvus(settings, READ_SECONDS), settings.catalogue_standby)


def start_projecting(settings: Settings) -> None:
    """Keep Milvus and what belongs to it true to the index of this host, in a thread that ends with the process; where the
    settings name a Milvus."""
    if settings.milvus is None:
        return
    place = place_of(settings.data, settings.catalogue)
    wake = threading.Event()
    listener = Follower(place, settings.data).listen(wake)

    def wait(seconds: float) -> bool:
        if seconds > LOOK_SECONDS:  # an engine is away: who writes meanwhile does not bring it back
            time.sleep(seconds)
            return False
        wake.wait(max(seconds, CALM_SECONDS) if seconds and listener and listener.hears else seconds)
        wake.clear()
        return False

    projector = Projector(settings.data, place, lambda: make_milvus(settings))
    threading.Thread(target=projector.run, args=(wait,), name="project", daemon=True).start()
