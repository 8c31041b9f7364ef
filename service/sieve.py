"""What is kept in memory, up to so many bytes: SIEVE decides what goes.

Zhang et al. 2024, "SIEVE is simpler than LRU: an efficient turn-key eviction algorithm for web caches". A hand goes from the
oldest to the newest, passes over what was asked for since it came by last, and takes out what was not. So a crawler that asks
for each article once does not drive out what readers ask for; and asking only sets a mark, so that it needs no lock.
"""

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MOST_KEYS = 8
"""Of one value; each takes room that is not counted."""


class Node(Generic[Key, Value]):
    """A value, the keys that it is found under, and its place among the others. Who finds it sets `asked`."""

    __slots__ = ("asked", "keys", "newer", "older", "size", "value")

    def __init__(self, keys: tuple[Key, ...], value: Value, size: int) -> None:
        self.keys = keys
        self.value = value
        self.size = size
        self.asked = False
        self.older: Node[Key, Value] | None = None
        self.newer: Node[Key, Value] | None = None


class Sieve(Generic[Key, Value]):
    """Values by key; any number of threads may ask, and those who change it wait for each other."""

    def __init__(self, most_bytes: int) -> None:
        self.nodes: dict[Key, Node[Key, Value]] = {}
        """To look up in, not to change."""
        self.bytes = 0
        self.count = 0
        self.evicted = 0
        self._most = most_bytes
        self._lock = threading.Lock()
        self._newest: Node[Key, Value] | None = None
        self._oldest: Node[Key, Value] | None = None
        self._hand: Node[Key, Value] | None = None

    def put(self, keys: tuple[Key, ...], value: Value, size: int) -> None:
        """Keep a value of so many bytes under these keys, in place of what was kept under them."""
        with self._lock:
            for key in keys:
                self._forget(self.nodes.get(key))
            node = Node(keys, value, size)
            node.older, self._newest = self._newest, node
            if node.older is not None:
                node.older.newer = node
            self._oldest = self._oldest or node
            self.nodes.update(dict.fromkeys(keys, node))
            self.bytes += size
            self.count += 1
            self._make_room()

    def also(self, key: Key, node: Node[Key, Value]) -> None:
        """Find what is kept under another key too, where it has not many."""
        with self._lock:
            there = self.nodes.get(node.keys[0]) is node
            if there and key not in self.nodes and len(node.keys) < MOST_KEYS:
                node.keys = (*node.keys, key)
                self.nodes[key] = node

    def _make_room(self) -> None:
        while self.bytes > self._most:
            node = self._hand or self._oldest
            assert node is not None
            while node.asked:
                node.asked = False
                node = node.newer or self._oldest
                assert node is not None
            self._hand = node
            self._forget(node)
            self.evicted += 1

    def _forget(self, node: Node[Key, Value] | None) -> None:
        if node is None:
            return
        if self._hand is node:
            self._hand = node.newer
        if node.newer is not None:
            node.newer.older = node.older
        else:
            self._newest = node.older
        if node.older is not None:
            node.older.newer = node.newer
        else:
            self._oldest = node.newer
        for key in node.keys:
            if self.nodes.get(key) is node:
                del self.nodes[key]
        self.bytes -= node.size
        self.count -= 1
