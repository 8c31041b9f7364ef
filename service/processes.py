"""Processes that end with the one that started them, and those that `serve` keeps running beside its workers."""

import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

log = logging.getLogger(__name__)

STOP_SECONDS = 5
"""How long a process may finish what it does once it is told to end."""

WATCH_SECONDS = 0.5

FIRST_PAUSE = 1.0
MOST_PAUSE = 30.0
"""Before one that died again is started again, in seconds; doubled from the first to the most."""

HEALTHY_SECONDS = 60.0
"""One that lived so long is started again at once."""

_PR_SET_PDEATHSIG = 1

Lock = AbstractContextManager[Any]


def end_with_parent() -> None:
    """In a web worker: end when the main process does, however it ends. Elsewhere nothing."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with(parent.pid)


def end_with(parent: int) -> None:
    """End at once when the parent process `parent` has ended, even if it was killed.

    Linux does it for us; elsewhere a thread looks who our parent is. What we write is safe against a kill at any instant.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), name="watch-parent", daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


class Companion:
    """One of our commands that is started again whenever it ends, until `stop`.

    A fork of another thread must not happen while it is being started: the forked process would hold the pipe on which the
    start is waited for. `starting`, which all companions share, is the lock against that.
    """

    def __init__(self, name: str, words: Sequence[str], environment: Mapping[str, str], starting: Lock) -> None:
        self._name = name
        self._starting = starting
        command, *rest = words
        self._command = [sys.executable, "-m", "service", command, "--end-with", str(os.getpid()), *rest]
        self._environment = dict(environment)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher = threading.Thread(target=self._supervise, name=name, daemon=True)

    def start(self) -> None:
        """Start it, and see to it that it runs."""
        self._spawn()
        self._watcher.start()

    def stop(self) -> None:
        """End it: asked first, killed after `STOP_SECONDS`."""
        self._stopping.set()
        with self._starting:
            process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _spawn(self) -> None:
        with self._starting:
            if not self._stopping.is_set():
                # a group of its own: Control-C on a terminal is for the main process, which then ends it
                self._process = subprocess.Popen(self._command, env=self._environment, process_group=0)

    def _supervise(self) -> None:
        """Linux ends a child with the *thread* that started it: this one lives as long as the process does."""
        pause = 0.0
        while not self._stopping.is_set() and self._process is not None:
            began = time.monotonic()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - began >= HEALTHY_SECONDS:
                pause = 0.0
            again = f"in {pause:.0f} s" if pause else "at once"
            log.warning("the %s ended (%s); started again %s", self._name, code, again)
            if pause and self._stopping.wait(pause):
                return
            pause = min(max(2 * pause, FIRST_PAUSE), MOST_PAUSE)
            self._spawn()
