"""The thread of a small server: started, seen to live, stopped."""

from __future__ import annotations

import socketserver
import threading
import time

LOOK_SECONDS = 0.1
"""How often the server looks whether it has to end; each time is a beat."""


class ServerThread:
    """Runs a server that answers each request in a thread of its own, so that its own never waits for anybody."""

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
        """Why nobody is answered: the thread died, or has not moved for that long; None while all is well."""
        if not self._thread.is_alive():
            return f"thread {self._name} died"
        silent = time.monotonic() - self._last
        return f"thread {self._name} has not moved for {silent:.0f} s" if silent > seconds else None

    def stop(self) -> None:
        """Answer no more, and close what it listens on."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
