"""The local socket over which commands ask the daemon: one JSON line in, one out."""

from __future__ import annotations

import grp
import json
import os
import socket
import socketserver
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from leakwatch.core.errors import StateError
from leakwatch.daemon.server_thread import ServerThread

Commands = Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]
"""By name; each gets the request with the ``uid`` of the caller added."""

SOCKET = "control.sock"
GROUP = "leakwatch"
MAX_REQUEST = 64 * 1024
ANSWER_SECONDS = 5.0


class ControlServer:
    """Answers requests on a Unix socket (0660, group ``leakwatch`` where there is one)."""

    def __init__(self, path: Path, commands: Commands) -> None:
        class Handler(socketserver.StreamRequestHandler):
            timeout = ANSWER_SECONDS

            def handle(self) -> None:
                try:
                    request = json.loads(self.rfile.readline(MAX_REQUEST))
                    command = commands[request["command"]]
                except (ValueError, KeyError, TypeError):
                    answer = {"error": "unknown request"}
                else:
                    answer = command({**request, "uid": _user_of(self.connection)})
                self.wfile.write(json.dumps(answer, ensure_ascii=False).encode() + b"\n")

        class Server(socketserver.ThreadingUnixStreamServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that disconnected is no error here, and a traceback could hold plaintext."""

        mask = os.umask(0o117)
        try:
            path.unlink(missing_ok=True)
            self._server = Server(str(path), Handler)
        except OSError as error:
            why = error.strerror or str(error)  # a path that is too long for a socket has no number
            raise StateError(f"the control socket {path}: {why}; choose a shorter state_dir that is writable") from None
        finally:
            os.umask(mask)
        with suppress(KeyError, PermissionError):
            os.chown(path, -1, grp.getgrnam(GROUP).gr_gid)
        self._path = path
        self._serving = ServerThread("control", self._server)

    def start(self) -> None:
        """Answer from now on."""
        self._serving.start()

    def silent(self, seconds: float) -> str | None:
        """See ``ServerThread.silent``."""
        return self._serving.silent(seconds)

    def stop(self) -> None:
        """Close and remove the socket."""
        self._serving.stop()
        self._path.unlink(missing_ok=True)


def socket_paths(state_dir: Path, runtime_dir: str | None) -> list[Path]:
    """Where the socket of a daemon on that state may be; a daemon takes the first."""
    places = [Path(runtime_dir)] if runtime_dir else []
    return [*(place / SOCKET for place in places), state_dir / SOCKET]


def ask(path: Path, command: str, *, seconds: float = ANSWER_SECONDS, **more: Any) -> dict[str, Any] | None:
    """The answer of the daemon behind a socket within that time; None if there is none."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(seconds)
            client.connect(str(path))
            client.sendall(json.dumps({"command": command, **more}).encode() + b"\n")
            with client.makefile("rb") as answer:
                document = json.loads(answer.readline())
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def _user_of(connection: socket.socket) -> int:
    """The user id of the process at the other end."""
    peer = struct.Struct("3i")
    _, uid, _ = peer.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, peer.size))
    return int(uid)
