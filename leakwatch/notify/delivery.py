"""Getting messages to one channel: a thread each, so that a dead or slow receiver never blocks another.

At least once: a message is frozen in the outbox before its first attempt, carries the same id and bytes on every
attempt, and is done only when the receiver accepted it.
"""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from dataclasses import replace

from leakwatch.core.alert import Alert, Message, RenderedMessage
from leakwatch.core.errors import ChannelFault, DeliveryError, MessageFault, TryLater, UnknownAnswer
from leakwatch.core.model import Severity
from leakwatch.notify.channel_health import ChannelState, Health
from leakwatch.notify.clock_jumps import Clocks, Jumps
from leakwatch.notify.notices import Notices
from leakwatch.notify.outbox_protocol import Outbox
from leakwatch.notify.rate_limit import Lane, RateLimit
from leakwatch.notify.retry import LIFETIME, LIFETIME_CRITICAL, LIFETIME_OUTAGE, UNKNOWN_TRIES, Backoff
from leakwatch.notify.sink import Sink

OnTrouble = Callable[[str, str], None]
"""Called once per trouble with (channel, reason); the reason is safe to store and to show."""

LIMIT = 5000
"""How many alerts one message can stand for; more wait for the next one."""

IDLE_SECONDS = 5.0
"""The longest sleep: the heartbeat is called at least this often."""

HOLD_SLACK = 0.05
"""A refused message is due this much before its channel's hold ends, so that it goes before what came meanwhile."""

TROUBLE_SECONDS = 120.0
"""A receiver that accepts nothing for this long is reported, whatever the cause."""


def message_id(alerts: tuple[Alert, ...]) -> str:
    """The id of a message with these alerts: the alert's own, or one derived from all of theirs."""
    if len(alerts) == 1:
        return alerts[0].id
    return "several-" + hashlib.sha256("\n".join(alert.id for alert in alerts).encode()).hexdigest()[:24]


class ChannelWorker:
    """Sends the alerts of the outbox to one channel.

    ``on_failure`` is called once per failure, ``on_recovery`` when the channel delivers again, ``heartbeat`` on every
    turn; all three from the worker's thread (or the caller of ``step``).
    """

    def __init__(
        self,
        name: str,
        type_: str,
        sink: Sink,
        outbox: Outbox,
        budget: RateLimit,
        *,
        on_failure: OnTrouble,
        on_recovery: Callable[[str], None] = lambda _: None,
        heartbeat: Callable[[], None] = lambda: None,
        lang: str = "zh",
        clocks: Clocks | None = None,
        randomness: random.Random | None = None,
    ) -> None:
        self.name = name
        self.type = type_
        self._sink = sink
        self._outbox = outbox
        self._budget = budget
        self._on_failure = on_failure
        self._on_recovery = on_recovery
        self._heartbeat = heartbeat
        self._lang = lang
        self._clocks = clocks or Clocks()
        self._jumps: Jumps | None = None
        self._notices = Notices()
        self._notices_after = 0.0
        self._taken: set[str] = set()
        self._backoff = Backoff(randomness)
        self._hold_until = 0.0
        self._unknown: dict[str, int] = {}
        self._failing_since: float | None = None
        self._told = False
        self._state = Health.OK
        self._since = self._clocks.wall()
        self._last_ok: float | None = None
        self._last_reason = ""
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"notify-{name}", daemon=True)

    # ------------------------------------------------------------------------------------------ the thread

    def start(self) -> None:
        """Start sending."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def put_notice(self, kind: str, alert: Alert) -> None:
        """Send a notice without storing it, instead of an earlier one of that kind that still waits."""
        self._notices.put(kind, alert)
        self._wake.set()

    def drop_notice(self, kind: str) -> None:
        """What waits of that kind need not be sent any more."""
        self._notices.drop(kind)

    def wake(self) -> None:
        """Check the outbox now: an alert may have become due earlier."""
        self._wake.set()

    def stop(self, timeout: float) -> bool:
        """Stop after the attempt under way, if any; False when it did not end within ``timeout`` seconds."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping:
            try:
                wait = self.step()
            except Exception as error:  # noqa: BLE001  # the outbox may be unusable for a while; alerts must go on after it
                self._report_failure(f"the outbox cannot be used now ({type(error).__name__})")
                wait = IDLE_SECONDS
            self._wake.wait(wait)
            self._wake.clear()

    def state(self) -> ChannelState:
        """How the channel is now; safe to call from any thread."""
        pending = self._outbox.pending(self.name)
        return ChannelState(self.name, self.type, self._state, self._since, self._last_ok, pending, self._last_reason)

    # ------------------------------------------------------------------------------------------ one turn

    def step(self) -> float:
        """Make at most one attempt; return the seconds until the next check (0: now)."""
        self._heartbeat()
        held = self._hold_until - self._clocks.monotonic()
        if held > 0:
            return min(held, IDLE_SECONDS)
        notice = self._notices.first()
        if notice is not None and self._clocks.monotonic() >= self._notices_after:
            return self._speak(*notice)
        now = self._clocks.wall()
        self._follow_the_clock(now)
        work = self._outbox.next(self.name, now, LIMIT)
        if work is None:
            at = self._outbox.wake_at(self.name)
            return IDLE_SECONDS if at is None else min(max(at - now, 0.01), IDLE_SECONDS)
        if isinstance(work, RenderedMessage):
            return self._attempt(work)
        return self._begin(work, now)

    def _follow_the_clock(self, now: float) -> None:
        """Keep every wait as long as it was, when the wall clock was set or (at first) may have been."""
        moved = 0.0 if self._jumps is None else self._jumps.by()
        if self._jumps is not None and not moved:
            return
        self._outbox.clock_moved(self.name, moved, now)
        self._jumps = self._jumps or Jumps(self._clocks)
        self._last_ok = None if self._last_ok is None else self._last_ok + moved
        self._failing_since = None if self._failing_since is None else self._failing_since + moved

    def _speak(self, kind: str, alert: Alert) -> float:
        """Send a notice from memory. It is not stored: it is for when storing is impossible or unnecessary."""
        try:
            body = self._sink.render(Message(alert.id, (alert,), 1, self._lang))
            cost = self._sink.cost(body)
            wait = self._budget.wait(Lane.OTHER, cost)
            if wait > 0:
                return min(wait, IDLE_SECONDS)
            self._budget.spend(Lane.OTHER, cost)
            self._sink.send(body, alert.id)
        except MessageFault as fault:
            self._last_reason = fault.reason
        except DeliveryError as outcome:
            self._notices_after = self._clocks.monotonic() + self._unwell(outcome, self._clocks.wall())
            return 0.0
        except Exception as error:  # noqa: BLE001  # what cannot be put into words must not stop the others
            self._last_reason = f"the message cannot be rendered ({type(error).__name__})"
        else:
            self._well(self._clocks.wall())
        self._notices.drop(kind, alert)
        return 0.0

    def _begin(self, due: tuple[Alert, ...], now: float) -> float:
        """Choose the alerts of the next message, render and freeze it, and try to send it."""
        critical = [alert for alert in due if alert.severity >= Severity.CRITICAL]
        lane = Lane.CRITICAL if critical else Lane.OTHER
        wait = self._budget.wait(lane)
        if wait > 0:
            return min(wait, IDLE_SECONDS)
        if self._sink.traits.names == 1:
            named, waiting = due[:1], 1
        elif critical:
            take = self._budget.criticals(len(critical))
            if take == 0:
                return min(self._budget.card_wait(), IDLE_SECONDS)
            named, waiting = tuple(critical[:take]), len(critical) if take > 1 else 1
            if take > 1:
                self._budget.card_sent()
        else:
            named, waiting = due, len(due)
        frozen = RenderedMessage(message_id(named), b"", 0, named, now)
        try:
            body = self._sink.render(Message(frozen.message_id, named, waiting, self._lang))
        except Exception as error:  # noqa: BLE001  # one alert that cannot be put into words must not stop the others
            self._outbox.freeze(self.name, frozen.message_id, b"", named, now)
            self._give_up(frozen, f"the message cannot be rendered ({type(error).__name__})")
            return 0.0
        self._outbox.freeze(self.name, frozen.message_id, body, named, now)
        return self._attempt(replace(frozen, body=body))

    def _attempt(self, frozen: RenderedMessage) -> float:
        if frozen.message_id in self._taken:  # it was accepted; only storing that failed
            self._accepted(frozen)
            return 0.0
        critical = any(alert.severity >= Severity.CRITICAL for alert in frozen.alerts)
        lane, cost = Lane.CRITICAL if critical else Lane.OTHER, self._sink.cost(frozen.body)
        # Frozen messages go before waiting alerts, so a minor one must not block a critical one here.
        wait = min(self._budget.wait(lane, cost), self._budget.wait(Lane.CRITICAL, cost))
        if wait > 0:
            return min(wait, IDLE_SECONDS)
        self._budget.spend(lane, cost)
        try:
            self._sink.send(frozen.body, frozen.message_id)
        except MessageFault as fault:
            self._refused(frozen, fault)
        except DeliveryError as outcome:
            self._failed(frozen, outcome, LIFETIME_CRITICAL if critical else LIFETIME)
        except Exception as error:  # noqa: BLE001  # a fault of ours: never taken for success, never the thread's end
            broken = UnknownAnswer(f"sending failed inside leakwatch ({type(error).__name__})", "internal")
            self._failed(frozen, broken, LIFETIME_CRITICAL if critical else LIFETIME)
        else:
            self._accepted(frozen)
        return 0.0

    # ------------------------------------------------------------------------------------------ outcomes

    def _accepted(self, frozen: RenderedMessage) -> None:
        now = self._clocks.wall()
        self._well(now)
        self._taken.add(frozen.message_id)
        self._outbox.delivered(self.name, frozen.message_id, now)
        self._taken.discard(frozen.message_id)
        self._unknown.pop(frozen.message_id, None)

    def _well(self, now: float) -> None:
        """The receiver took something."""
        self._backoff.reset()
        self._failing_since = None
        self._last_ok, self._last_reason = now, ""
        self._be(Health.OK)
        if self._told:
            self._told = False
            self._on_recovery(self.name)

    def _refused(self, frozen: RenderedMessage, fault: MessageFault) -> None:
        """Try once more, shorter and plainer; after that give the message up."""
        self._last_reason = fault.reason
        if frozen.shortened or self._sink.traits.names == 1:
            self._give_up(frozen, fault.reason)
            return
        message = Message(frozen.message_id, frozen.alerts, len(frozen.alerts), self._lang)
        self._outbox.replace(self.name, frozen.message_id, self._sink.render(message, brief=True))

    def _failed(self, frozen: RenderedMessage, outcome: DeliveryError, lifetime: float) -> None:
        now = self._clocks.wall()
        refused = 0.0 if self._last_ok is None else self._last_ok - frozen.since  # while it took others
        if refused >= lifetime or now - frozen.since >= LIFETIME_OUTAGE:
            self._give_up(frozen, f"{outcome.reason}; tried for {(now - frozen.since) / 3600:.0f} hours")
            return
        if isinstance(outcome, UnknownAnswer):
            tries = self._unknown[frozen.message_id] = self._unknown.get(frozen.message_id, 0) + 1
            if tries >= UNKNOWN_TRIES:
                self._give_up(frozen, f"{outcome.reason}; tried {tries} times")
                return
        wait = self._unwell(outcome, now) - HOLD_SLACK
        self._outbox.later(self.name, frozen.message_id, now + max(0.0, wait), outcome.reason)

    def _unwell(self, outcome: DeliveryError, now: float) -> float:
        """The receiver did not take something; seconds until that may be tried again."""
        self._last_reason = outcome.reason
        if self._failing_since is None:
            self._failing_since = now
        wait = self._backoff.wait(outcome)
        if not isinstance(outcome, TryLater) or outcome.hold:
            self._hold_until = self._clocks.monotonic() + wait
        if isinstance(outcome, ChannelFault):
            self._be(Health.FAULT)
            self._report_failure(outcome.reason)
            return wait
        self._be(Health.HOLDING)
        if now - self._failing_since >= TROUBLE_SECONDS:
            self._report_failure(outcome.reason)
        return wait

    def _give_up(self, frozen: RenderedMessage, reason: str) -> None:
        self._outbox.dead(self.name, frozen.message_id, reason, self._clocks.wall())
        self._unknown.pop(frozen.message_id, None)
        self._last_reason = reason
        self._report_failure(f"a message was given up: {reason}")

    def _report_failure(self, reason: str) -> None:
        """Report a failure once until the channel delivers again: the report itself goes to this channel, too."""
        if not self._told:
            self._told = True
            self._on_failure(self.name, reason)

    def _be(self, state: Health) -> None:
        if state is not self._state:
            self._state, self._since = state, self._clocks.wall()
