"""`MilvusIndex`: the vector index of a Milvus server or cluster, or of Milvus Lite's one file; generations by collection.

A generation is a collection, filled, indexed and loaded beside the one that serves; an alias names the one that does, and is
moved at once. Written for Milvus 2.3.5 to 2.6 and Milvus Lite 3.2.2: nothing here needs more than those.
"""

import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.chunks import in_chunks
from index.errors import CatalogueUnusable, IndexAway, NoSnapshot
from index.milvus_errors import is_missing, milvus_errors_said, ours
from index.milvus_filter import (
    KEY_CHARACTERS,
    MOST_CHARACTERS,
    MOST_MARKS,
    expression,
    fields_of,
    from_hexadecimal,
    key_of,
)
from index.row import Worked
from index.vector_index import Filter, Match, check_question

if TYPE_CHECKING:
    from pymilvus import MilvusClient

BATCH = 500
"""Articles in a call that writes."""

LEAST_EF = 64
"""So many candidates a search of the graph (HNSW) keeps at least; more where more are asked for."""

GRAPH = {"M": 16, "efConstruction": 128}

MOST_FOUND = 16_384
"""What Milvus gives for one question at most."""

ANSWER_SECONDS = 10.0
LEAST_CONNECT_SECONDS = 2.0
BUILD_SECONDS = 3_600.0
"""So long a graph over a new generation may take."""

LOOK_SECONDS = 0.2

Vector = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Health:
    """How the index is: which collection serves, whether it is `loaded`, in how many `replicas`, with how many `rows`."""

    collection: str
    loaded: bool
    replicas: int
    rows: int


class MilvusIndex:
    """Implements `index.vector_index.VectorIndex`; any number of threads may search.

    Raises `IndexAway` where the server does not answer, `NoSnapshot` as long as no generation serves.
    """

    def __init__(  # nosec B107  # no token, where the server asks for none
        self,
        uri: str,
        name: str = "alsoread",
        token: str = "",
        replicas: int = 1,
        seconds: float = ANSWER_SECONDS,
    ) -> None:
        """`uri` is `http://host:19530`, or a file that ends in `.db` (Milvus Lite); `name` that of the alias. Of a cluster ask
        for two `replicas`: with one, answers are incomplete for half a minute after a query node died. A search waits so many
        `seconds` at most."""
        self._seconds = seconds
        self._name = name
        self._replicas = replicas
        self._is_lite = uri.endswith(".db")
        self._client = _connected(uri, token, seconds)
        self._dimensions: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    @property
    def dimension(self) -> int:
        collection = self._serving()
        if collection not in self._dimensions:
            with milvus_errors_said():
                described = self._client.describe_collection(collection)
            (field,) = [one for one in described["fields"] if one["name"] == "vector"]
            self._dimensions[collection] = int(field["params"]["dim"])
        return self._dimensions[collection]

    def count(self) -> int:
        return self._rows_of(self._serving())

    def get(self, article_id: str) -> Vector | None:
        with milvus_errors_said():
            found = self._client.query(
                self._serving(), f'key == "{key_of(article_id)}"', output_fields=["vector"], consistency_level="Strong"
            )
        return np.array(found[0]["vector"], dtype=np.float32) if found else None

    def search(self, vector: Vector, k: int, keep: Filter, generation: str | None = None) -> list[Match]:
        """As of every index; in another generation than the one that serves where it is given."""
        if generation is None:
            check_question(vector, k, self.dimension)
        collection = self._name if generation is None else self._collection(generation)
        wanted = k + 1  # one more tells whether others tie with the last
        while True:
            found = self._nearest(collection, vector, min(wanted, MOST_FOUND), expression(keep))
            full = len(found) < wanted or wanted >= MOST_FOUND
            if full or found[-1].score < found[k - 1].score:
                return sorted(found, key=lambda match: (-match.score, match.id))[:k]
            wanted *= 2

    def _nearest(self, collection: str, vector: Vector, wanted: int, filter_: str) -> list[Match]:
        params = {} if self._is_lite else {"ef": max(LEAST_EF, wanted)}
        with milvus_errors_said():
            (hits,) = self._client.search(
                collection,
                data=[vector.astype(np.float32).tolist()],
                anns_field="vector",
                limit=wanted,
                filter=filter_,
                output_fields=["id"],
                search_params={"metric_type": "IP", "params": params},
                consistency_level="Bounded",
                timeout=self._seconds,
            ) or [[]]
        return [Match(from_hexadecimal(hit["entity"]["id"]), float(hit["distance"])) for hit in hits]

    def upsert(self, rows: Sequence[Worked], into: str | None = None) -> None:
        """Write these articles, in place of what stood under their ids: into a generation, or into the one that serves."""
        collection = self._serving() if into is None else self._collection(into)
        for some in in_chunks(rows, BATCH):
            data = [{**fields_of(row), "vector": row.vector.astype(np.float32).tolist()} for row in some]
            with milvus_errors_said():
                self._client.upsert(collection, data)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove these articles from the generation that serves; gives how many were there."""
        collection, removed = self._serving(), 0
        for some in in_chunks(sorted(set(ids)), BATCH):
            keys = ", ".join(f'"{key_of(one)}"' for one in some)
            with milvus_errors_said():
                there = self._client.query(
                    collection, f"key in [{keys}]", output_fields=["key"], consistency_level="Strong"
                )
                self._client.delete(collection, filter=f"key in [{keys}]")
            removed += len(there)
        return removed

    def begin(self, generation: str, dimension: int) -> None:
        """Make an empty generation, beside the one that serves; one of that name that was begun and left is made anew."""
        from pymilvus import DataType, MilvusClient

        collection = self._collection(generation)
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("key", DataType.VARCHAR, is_primary=True, max_length=KEY_CHARACTERS)
        for name in ("id", "section", "lang", "copy_key"):
            schema.add_field(name, DataType.VARCHAR, max_length=MOST_CHARACTERS)
        for name in ("published", "superseded_at"):
            schema.add_field(name, DataType.INT64)
        for name in ("recommendable", "sensitive"):
            schema.add_field(name, DataType.BOOL)
        schema.add_field("marks", DataType.ARRAY, element_type=DataType.INT64, max_capacity=MOST_MARKS)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        with milvus_errors_said():
            if self._client.has_collection(collection):
                self._client.drop_collection(collection)
            self._client.create_collection(collection, schema=schema, consistency_level="Bounded")

    def finish(self, generation: str, expected: int, wait: Callable[[float], None] = time.sleep) -> None:
        """Build the graph of a generation that is filled, and load it. Raises `IndexAway` where it does not come to hold as
        many articles as `expected`, or does not become ready in time."""
        collection = self._collection(generation)
        with milvus_errors_said():
            self._client.flush(collection)
            self._client.create_index(collection, self._indexes())
            deadline = time.monotonic() + BUILD_SECONDS
            while (left := self._client.describe_index(collection, "vector").get("pending_index_rows", 0)) > 0:
                if time.monotonic() > deadline:
                    raise IndexAway(f"the graph of {collection} is not ready after an hour: {left:,} rows are left")
                wait(LOOK_SECONDS)
            self._client.load_collection(collection, replica_number=1 if self._is_lite else self._replicas)
        found = self._rows_of(collection)
        if found != expected:
            raise IndexAway(f"{collection} holds {found:,} articles, expected {expected:,}; it is not published")

    def _indexes(self) -> Any:
        """Milvus Lite has no graph that is right under a filter, and another name for the index of characters."""
        from pymilvus import MilvusClient

        params = MilvusClient.prepare_index_params()
        if self._is_lite:
            params.add_index("vector", index_type="FLAT", metric_type="IP")
        else:
            params.add_index("vector", index_type="HNSW", metric_type="IP", params=GRAPH)
        params.add_index("section", index_type="INVERTED" if self._is_lite else "Trie")
        return params

    def swap(self, generation: str) -> str | None:
        """Let a finished generation serve; gives the one that did, None where none did."""
        collection, before = self._collection(generation), self._alias_target()
        with milvus_errors_said():
            if before is None:
                self._client.create_alias(collection, self._name)
            else:
                self._client.alter_alias(collection, self._name)
        return before.removeprefix(f"{self._name}_") if before is not None else None

    def drop(self, generation: str) -> None:
        """Forget a generation. Raises `ValueError` for the one that serves."""
        collection = self._collection(generation)
        if collection == self._alias_target():
            raise ValueError(f"{generation} serves; let another serve before it is dropped")
        with milvus_errors_said():
            self._client.drop_collection(collection)

    def generations(self) -> list[str]:
        """All that there are, ascending, also those that were begun and left."""
        with milvus_errors_said():
            names = self._client.list_collections()
        start = f"{self._name}_"
        return sorted(name.removeprefix(start) for name in names if name.startswith(start))

    def health(self) -> Health:
        """How the index is."""
        collection = self._serving()
        with milvus_errors_said():
            state = self._client.get_load_state(collection)["state"]
            replicas = 1 if self._is_lite else len(self._client.describe_replica(collection))
        return Health(collection, state.name == "Loaded", replicas, self._rows_of(collection))

    def _rows_of(self, collection: str) -> int:
        with milvus_errors_said():
            counted = self._client.query(collection, "", output_fields=["count(*)"], consistency_level="Strong")
        return int(counted[0]["count(*)"])

    def _serving(self) -> str:
        collection = self._alias_target()
        if collection is None:
            raise NoSnapshot(f"Milvus has no index that is called {self._name}; make one with: alsoread rebuild SOURCE")
        return collection

    def _alias_target(self) -> str | None:
        from pymilvus.exceptions import MilvusException

        try:
            return str(self._client.describe_alias(self._name)["collection_name"])
        except MilvusException as error:
            if is_missing(error):
                return None
            raise ours(error) from None

    def _collection(self, generation: str) -> str:
        if not re.fullmatch(r"\w{1,100}", generation, re.ASCII):
            raise ValueError(f"expected letters, digits and _ as the name of a generation, got {generation!r}")
        return f"{self._name}_{generation}"


def _connected(uri: str, token: str, seconds: float) -> "MilvusClient":
    try:
        from pymilvus import MilvusClient
    except ModuleNotFoundError:
        raise CatalogueUnusable(
            "Milvus needs the extra 'milvus'; install it with: pip install 'alsoread[milvus]' -c constraints.txt"
        ) from None
    for name in (
        "pymilvus",
        "pymilvus.milvus_client",
    ):  # which write each error out in full, with addresses, beside ours
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with milvus_errors_said():
        return MilvusClient(uri, token=token, timeout=max(seconds, LEAST_CONNECT_SECONDS))
