"""Every error a person may see, with its exit code. A message says what, where and how to mend it; never a value."""

from __future__ import annotations

import enum


class Exit(enum.IntEnum):
    """Exit codes; one meaning each (see README)."""

    OK = 0
    FOUND = 1
    USAGE = 2
    INCOMPLETE = 3
    INTERNAL = 4
    INTERRUPTED = 130
    PIPE_CLOSED = 141  # as a shell sees it when whoever reads our output goes away
    TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM arrived. Caught like Ctrl-C by whoever has something to finish; ends with 143 instead of 130."""


class LeakwatchError(Exception):
    """Base of the errors that are meant for a person: their text is printed as it is, without a traceback."""

    exit_code: Exit = Exit.INTERNAL


class UsageError(LeakwatchError):
    """The command or its arguments are wrong; nothing was done."""

    exit_code = Exit.USAGE


class ConfigError(LeakwatchError):
    """The configuration is wrong. The text names file, line and key."""

    exit_code = Exit.USAGE


class StateError(LeakwatchError):
    """The state directory cannot be used (permissions, damaged, newer version)."""

    exit_code = Exit.USAGE


class StateTroubleError(StateError):
    """The state cannot be opened now (disk full, I/O error); nobody has to change anything here, so start again."""

    exit_code = Exit.INTERNAL


class AlreadyRunningError(LeakwatchError):
    """Another daemon owns the state directory."""

    exit_code = Exit.USAGE


class DeliveryError(Exception):
    """A message was not accepted. ``reason`` is short, safe to store and to show (never a URL, token or body)."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class TryLater(DeliveryError):
    """Not accepted now. ``after`` seconds is the receiver's wish; with ``hold`` it counts for the whole channel."""

    def __init__(self, reason: str, code: str = "", after: float | None = None, *, hold: bool = False) -> None:
        super().__init__(reason, code)
        self.after = after
        self.hold = hold


class MaybeDelivered(DeliveryError):
    """The request was sent and no answer was understood: it may have arrived. Retried with the same id."""


class ChannelFault(DeliveryError):
    """The channel itself is wrong (key, signature, keyword, address): stop it, tell, probe now and then."""


class MessageFault(DeliveryError):
    """This message was refused for what it is: shorten it once, then give it up and tell."""


class UnknownAnswer(DeliveryError):
    """An answer nobody has described. Retried a few times; never taken for success."""


class AnalysisError(LeakwatchError):
    """A detector failed. Names the detector and the place, never the text it looked at."""
