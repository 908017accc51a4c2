"""The thread of a small server: started, seen to live, stopped."""

from __future__ import annotations

import socketserver
import threading
import time

LOOK_SECONDS = 0.1
"""How often the server checks whether it has to stop; each check is a heartbeat."""


class ServerThread:
    """Runs a server that answers each request in a new thread, so that its own never waits for a client."""

    def __init__(self, name: str, server: socketserver.BaseServer) -> None:
        self._name = name
        self._server = server
        self._last = time.monotonic()
        server.service_actions = self._beat  # type: ignore[method-assign]  # called at every look
        self._thread = threading.Thread(target=server.serve_forever, args=(LOOK_SECONDS,), name=name, daemon=True)

    def _beat(self) -> None:
        self._last = time.monotonic()

    def start(self) -> None:
        """Answer from now on."""
        self._beat()
        self._thread.start()

    def silent(self, seconds: float) -> str | None:
        """Why the server does not answer (its thread died or hangs), in words; None while all is well."""
        if not self._thread.is_alive():
            return f"thread {self._name} died"
        silent = time.monotonic() - self._last
        return f"thread {self._name} has not moved for {silent:.0f} s" if silent > seconds else None

    def stop(self) -> None:
        """Stop answering and close the socket."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
