"""Milvus as the settings describe it: who keeps it up, and who answers from it."""

import threading

from index.catalogue import place_of
from index.cluster.projector import Projector
from index.cluster.reading import ClusterIndex
from index.follower import Follower
from index.milvus_index import ANSWER_SECONDS, MilvusIndex
from service.settings import Settings

MEANING, TERMS = "alsoread", "terms_of_alsoread"
"""The names under which the two indexes stand there."""

READ_SECONDS = 1.0
"""So long a reader's question waits for Milvus at most."""


def indexes(settings: Settings, seconds: float = ANSWER_SECONDS) -> tuple[MilvusIndex, MilvusIndex]:
    """The indexes of meanings and of terms; a call waits so many seconds at most. Raises `IndexAway`."""
    assert settings.milvus is not None
    about = (settings.milvus_token or "", settings.milvus_copies, seconds)
    meaning = MilvusIndex(settings.milvus, MEANING, *about)
    return meaning, MilvusIndex(settings.milvus, TERMS, *about)


def make_cluster_index(settings: Settings) -> ClusterIndex:
    """What a replica answers from. Milvus is connected to when it is first asked."""
    place = place_of(settings.data, settings.catalogue)
    return ClusterIndex(place, settings.data, lambda: indexes(settings, READ_SECONDS))


def start_projecting(settings: Settings) -> None:
    """Keep Milvus and what belongs to it true to the index of this host, in a thread that ends with the process; where the
    settings name a Milvus."""
    if settings.milvus is None:
        return
    place = place_of(settings.data, settings.catalogue)
    wake = threading.Event()
    Follower(place, settings.data).listen(wake)

    def wait(seconds: float) -> bool:
        wake.wait(seconds)
        wake.clear()
        return False

    projector = Projector(settings.data, place, lambda: indexes(settings))
    threading.Thread(target=projector.run, args=(wait,), name="project", daemon=True).start()
