"""The end of patience: one answer takes so long and no longer, however slowly its bytes drip in."""

import socket
import threading
import time
from types import TracebackType


class Deadline:
    """Hangs up when its time has come. A socket's own timeout begins anew with every byte; this one does not."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._hang_up)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def left(self) -> float:
        """Seconds until then; never 0, which to a socket would mean "do not wait"."""
        return max(self._end - time.monotonic(), 0.001)

    def passed(self) -> bool:
        """Whether the time has come."""
        return time.monotonic() >= self._end

    def watch(self, connected: socket.socket) -> None:
        """Hang up this one."""
        connected.settimeout(self.left())
        with self._lock:
            self._socket = connected
        if self.passed():
            self._hang_up()

    def _hang_up(self) -> None:
        with self._lock:
            if self._socket is not None:
                try:
                    # not the method of an encrypted socket, which would go on in the clear
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
                except OSError:
                    pass  # it is closed already
