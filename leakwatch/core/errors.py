"""Errors that people see, with their exit codes. A message says what, where and how to fix it; never a value."""

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
    PIPE_CLOSED = 141  # as a shell reports it when the reader of our output exits
    TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM. Caught like Ctrl-C by code that has to finish something; ends with 143 instead of 130."""


class LeakwatchError(Exception):
    """Base of the errors for people: the text is printed as it is, without a traceback."""

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
    """The state cannot be opened now (disk full, I/O error). Not a mistake of the user: worth a restart."""

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
    """Not accepted now. ``after`` (seconds) is the wait the receiver asked for, with ``hold`` for the whole channel."""

    def __init__(self, reason: str, code: str = "", after: float | None = None, *, hold: bool = False) -> None:
        super().__init__(reason, code)
        self.after = after
        self.hold = hold


class MaybeDelivered(DeliveryError):
    """The request was sent, but no answer was understood: it may have arrived. Retried with the same id."""


class ChannelFault(DeliveryError):
    """The channel itself is wrong (key, signature, keyword, address): hold it, report it, probe it now and then."""


class MessageFault(DeliveryError):
    """This message was rejected for its content: shorten it once, then give it up and report that."""


class UnknownAnswer(DeliveryError):
    """An undocumented answer. Retried a few times; never taken for success."""


class AnalysisError(LeakwatchError):
    """A detector failed. Names the detector and the place, never the text."""
