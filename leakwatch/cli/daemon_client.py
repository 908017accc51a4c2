"""Asks the running daemon through its control socket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from leakwatch.cli.cli_context import CliContext
from leakwatch.daemon.control import ask, socket_paths

_RUNTIME_DIRECTORY = "/run/leakwatch"
"""The service's runtime directory, where this process is not started by systemd itself."""


def ask_daemon(
    context: CliContext, state_dir: Path, command: str, is_answer: Callable[[dict[str, Any]], bool], **request: Any
) -> dict[str, Any] | None:
    """The first answer that ``is_answer`` accepts from a socket for ``state_dir``; None if there is none.

    Several daemons may run on a host; ``is_answer`` decides whether the one that answered uses this state.
    """
    runtime = context.env.get("RUNTIME_DIRECTORY", _RUNTIME_DIRECTORY)
    answers = (ask(path, command, state_dir=str(state_dir), **request) for path in socket_paths(state_dir, runtime))
    return next((answer for answer in answers if answer is not None and is_answer(answer)), None)
