#!/usr/bin/env python3
"""Removes from nginx's cache what Alsoread says has changed: a receiver of its purge hook, for nginx without a purge module.

Needs Python 3.11 or newer and nothing else. Run it as the user of nginx, whose cache no one else may read:

    ALSOREAD_PURGE_SECRET=… python3 purge.py --cache /var/cache/nginx/alsoread --port 8001

and give Alsoread the same secret and ALSOREAD_PURGE_URL=http://127.0.0.1:8001/. A file of the cache holds the headers of the
answer as they came, with its surrogate keys. Which file has which keys is kept in memory; a look at what changed since costs
a look at each folder, and into those folders that changed.
"""

import argparse
import hashlib
import hmac
import json
import os
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ASIDE = ".purged-"
"""How a folder begins into which files are put that are to be removed."""

WINDOW_SECONDS = 300
MOST_BYTES = 4_000_000
"""A call names at most 500 articles, by ids of at most 512 characters."""

HEAD_BYTES = 16_384

LOOK_SECONDS = 0.5
"""The cache is looked at so often, so that little is left to look at when a purge comes."""

UNSURE_NS = 2_000_000_000
"""A folder that changed so shortly before it was looked into is looked into again: its time may be too coarse to tell."""

Stamp = tuple[int, int]
"""Which file stands under a name: its inode and the time of its last change, for inodes are used again."""

NAME = re.compile(r"[0-9a-f]{32}")
KEYS = re.compile(rb"\r\nSurrogate-Key:[ \t]*([^\r\n]*)", re.IGNORECASE)


class Cache:
    """The files of a cache, by the keys that they carry."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._forget_all()
        for entry in _entries(folder):
            if entry.name.startswith(ASIDE):
                shutil.rmtree(entry.path, ignore_errors=True)

    def _forget_all(self) -> None:
        self._looked: dict[str, int] = {}
        self._folders: dict[str, list[str]] = {}
        self._files: dict[str, dict[str, tuple[Stamp, tuple[str, ...]]]] = {}
        self._with: dict[str, set[str]] = {}

    def look(self) -> None:
        """Note what came into the cache and what left it since the last look."""
        with self._lock:
            self._look(self._folder, time.time_ns())

    def purge(self, keys: Iterable[str]) -> int:
        """Remove all files that carry one of these keys; gives how many there were."""
        with self._lock:
            self._look(self._folder, time.time_ns())
            chosen = set().union(*(self._with.get(key, ()) for key in keys))
            for path in chosen:
                self._forget(*os.path.split(path))
                with suppress(FileNotFoundError):
                    os.unlink(path)
            return len(chosen)

    def purge_everything(self) -> None:
        """Remove all files: put aside at once, for whoever calls does not wait for long, and removed then."""
        with self._lock:
            self._forget_all()
            there = [entry for entry in _entries(self._folder) if not entry.name.startswith(ASIDE)]
            if not there:
                return
            aside = tempfile.mkdtemp(prefix=ASIDE, dir=self._folder)
            for entry in there:
                with suppress(FileNotFoundError):
                    os.rename(entry.path, os.path.join(aside, entry.name))
        threading.Thread(target=shutil.rmtree, args=(aside, True), daemon=True).start()

    def _look(self, folder: str, now: int) -> None:
        """Look at a folder and those below it. One that holds what it held has the time that it had, so that mostly that is
        all there is to look at."""
        try:
            changed = os.stat(folder).st_mtime_ns
        except OSError:
            changed = -1
        if self._looked.get(folder) != changed:
            self._look_into(folder)
            self._looked[folder] = changed if now - changed > UNSURE_NS else 0
        for below in self._folders.get(folder, ()):
            self._look(below, now)

    def _look_into(self, folder: str) -> None:
        entries = [entry for entry in _entries(folder) if not entry.name.startswith(ASIDE)]
        there = {entry.name: _stamp(entry) for entry in entries if NAME.fullmatch(entry.name)}
        below = [entry.path for entry in entries if entry.name not in there and entry.is_dir(follow_symlinks=False)]
        self._folders[folder] = below
        known = self._files.setdefault(folder, {})
        for name in [name for name, (stamp, _) in known.items() if there.get(name) != stamp]:
            self._forget(folder, name)
        for name, stamp in there.items():
            if name not in known:
                path = os.path.join(folder, name)
                keys = tuple(sys.intern(key) for key in _keys(path))
                known[name] = (stamp, keys)
                for key in keys:
                    self._with.setdefault(key, set()).add(path)

    def _forget(self, folder: str, name: str) -> None:
        path = os.path.join(folder, name)
        for key in self._files[folder].pop(name)[1]:
            files = self._with[key]
            files.discard(path)
            if not files:
                del self._with[key]


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _stamp(entry: os.DirEntry[str]) -> Stamp:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return (0, 0)
    return (status.st_ino, status.st_mtime_ns)


def _keys(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            found = KEYS.search(file.read(HEAD_BYTES))
    except OSError:
        return []
    return found.group(1).decode("latin-1").split() if found else []


def is_signed(header: str, body: bytes, secret: str, now: float) -> bool:
    """Whether a body was signed with this secret within the last five minutes."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    at = parts.get("t", "")
    if not at.isascii() or not at.isdigit() or len(at) > 12 or abs(now - int(at)) > WINDOW_SECONDS:
        return False
    proof = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(proof.encode(), parts.get("v1", "").encode("utf-8", "replace"))


def keys_of(body: bytes) -> tuple[bool, list[str]] | None:
    """Whether a call means everything, and else the keys that it names; None for what is no call."""
    try:
        call = json.loads(body)
        return bool(call["all"]), [str(change["surrogate_key"]) for change in call["changes"]]
    except (ValueError, TypeError, KeyError):
        return None


def handler_for(cache: Cache, secret: str) -> type[BaseHTTPRequestHandler]:
    """What answers a call."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not re.fullmatch("[0-9]{1,9}", length) or int(length) > MOST_BYTES:
                return self._answer(413, {"error": f"expected a body of at most {MOST_BYTES} bytes"})
            body = self.rfile.read(int(length))
            if not is_signed(self.headers.get("Alsoread-Signature", ""), body, secret, time.time()):
                return self._answer(403, {"error": "expected a signature with our secret, at most 5 minutes old"})
            called = keys_of(body)
            if called is None:
                return self._answer(400, {"error": "expected a call of the purge hook"})
            everything, keys = called
            began = time.monotonic()
            removed = cache.purge_everything() if everything else cache.purge(keys)
            took = 1_000 * (time.monotonic() - began)
            said = "everything" if everything else f"{len(keys)} keys: {removed} answers"
            print(f"purged {said} in {took:.0f} ms", file=sys.stderr, flush=True)
            return self._answer(200, {"removed": removed})

        def _answer(self, status: int, record: dict[str, object]) -> None:
            body = json.dumps(record).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """What matters is printed where it happens."""

    return Handler


def main() -> None:
    """Read the options, look at the cache, listen."""
    options = argparse.ArgumentParser(description="Removes from nginx's cache what Alsoread says has changed.")
    options.add_argument("--cache", required=True, help="the folder of proxy_cache_path")
    options.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    options.add_argument("--port", type=int, default=8001, help="the port to listen on (default: 8001)")
    given = options.parse_args()
    secret = os.environ.get("ALSOREAD_PURGE_SECRET", "")
    if len(secret) < 16:
        sys.exit("purge.py: expected a secret of at least 16 characters in ALSOREAD_PURGE_SECRET")
    cache = Cache(given.cache)

    def look_again() -> None:
        while True:
            cache.look()
            time.sleep(LOOK_SECONDS)

    threading.Thread(target=look_again, daemon=True).start()
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer((given.host, given.port), handler_for(cache, secret)) as server:
        server.serve_forever()


if __name__ == "__main__":
    main()
