"""Getting messages there: retries, holds, faults and storms, against strict receivers and a clock that is moved by hand."""

from __future__ import annotations

import itertools
import random
import threading
from dataclasses import dataclass, field

import pytest
from support.alert_samples import T0, MemoryOutbox, alert, gap, incident
from support.receivers import RESET, Answer, DingTalkRobot, EventHook, Receiver, SlackHook, WeComRobot, json_answer

from leakwatch.core.alert import Alert, Message, Reason
from leakwatch.core.errors import ChannelFault, DeliveryError, MaybeDelivered, MessageFault, TryLater, UnknownAnswer
from leakwatch.core.model import Severity
from leakwatch.notify import SINKS, retry
from leakwatch.notify.delivery import ChannelWorker, Clocks, Health, message_id
from leakwatch.notify.http_client import HttpClient, Timeouts
from leakwatch.notify.rate_limit import RateLimit
from leakwatch.notify.sink import SinkSettings, SinkTraits

CRITICAL = Severity.CRITICAL


@dataclass
class Time:
    """Wall and monotonic time, moved by hand; kept small, so that floats resolve it finely."""

    passed: float = 0.0
    set_by: float = 0.0

    @property
    def now(self) -> float:
        return T0 + self.passed + self.set_by

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.passed + 50


@dataclass
class ScriptedSink:
    """A receiver reduced to its outcomes, for the questions that are about time only."""

    names: int = 25
    outcomes: list[BaseException | None] = field(default_factory=list)
    sent: list[tuple[str, bytes]] = field(default_factory=list)
    rendered: list[tuple[Message, bool]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    clock: Time | None = None

    @property
    def traits(self):
        return SinkTraits(names=self.names, accepted=b"")

    def render(self, message: Message, *, brief: bool = False) -> bytes:
        self.rendered.append((message, brief))
        return f"{'short' if brief else 'full'} {message.id}".encode()

    def cost(self, body: bytes) -> int:
        return 1

    def send(self, body: bytes, message_id: str) -> None:
        self.sent.append((message_id, body))
        self.at.append(self.clock.now if self.clock else 0.0)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome


@dataclass
class Picky(ScriptedSink):
    """Refuses some messages for now, and all of them while it is down."""

    refused: set[str] = field(default_factory=set)
    down: bool = False
    taken: list[Message] = field(default_factory=list)

    def send(self, body: bytes, message_id: str) -> None:
        if self.down:
            raise TryLater("down", hold=True)
        if message_id in self.refused:
            raise TryLater("busy")
        self.taken.append(next(message for message, _ in self.rendered if message.id == message_id))


class Bench:
    """A worker under test: its outbox, its clock, and what it reported."""

    def __init__(self, sink: object, kind: str = "wecom", outbox: MemoryOutbox | None = None) -> None:
        self.time = Time()
        if isinstance(sink, ScriptedSink):
            sink.clock = self.time
        self.outbox = outbox or MemoryOutbox()
        self.troubles: list[str] = []
        self.recovered = 0
        self.beats = 0
        self.worker = ChannelWorker(
            "sec",
            kind,
            sink,
            self.outbox,
            RateLimit(SINKS[kind].traits.limits, self.time.monotonic),
            on_failure=lambda channel, reason: self.troubles.append(f"{channel}: {reason}"),
            on_recovery=lambda _: self._recover(),
            heartbeat=self._beat,
            clocks=Clocks(self.time.wall, self.time.monotonic),
            randomness=random.Random(7),
        )

    def _recover(self) -> None:
        self.recovered += 1

    def _beat(self) -> None:
        self.beats += 1

    def put(self, *alerts: Alert, due: float = T0) -> None:
        for one in alerts:
            self.outbox.put("sec", one, due)

    def run(self, seconds: float) -> None:
        """Let time pass as the worker asks for it."""
        end = self.time.passed + seconds
        while True:
            wait = self.worker.step()
            if self.time.passed + wait > end:
                break
            self.time.passed += wait
        self.time.passed = end

    @property
    def state(self) -> Health:
        return self.worker.state().state


def chat(kind: str, receiver: Receiver, **more: object):
    client = HttpClient(allow_hosts=("127.0.0.1",), timeouts=Timeouts(30.0, 30.0, 60.0))
    return SINKS[kind](SinkSettings(url=receiver.url, client=client, **more))


def first(identity: str = "LW-1", **more: object) -> Alert:
    return alert(incident(identity, **more))


# -------------------------------------------------------------------------------------------- the ordinary way


def test_an_alert_that_is_due_is_sent_once_and_is_done():
    """Frozen before the attempt, delivered after the receiver's yes, never again."""
    with WeComRobot() as robot:
        bench = Bench(chat("wecom", robot))
        bench.put(first())
        bench.run(60)
        assert len(robot.shown) == 1
    assert bench.outbox.states() == {"LW-1-1": "delivered"}
    state = bench.worker.state()
    assert (state.name, state.type, state.state, state.pending, state.last_ok) == ("sec", "wecom", Health.OK, 0, T0)
    assert bench.beats > 5


def test_nothing_leaves_before_it_is_due():
    """The worker wakes at the moment the outbox names."""
    sink = ScriptedSink()
    bench = Bench(sink)
    bench.put(first(), due=T0 + 3.25)
    bench.run(60)
    assert sink.at == [pytest.approx(T0 + 3.25, abs=0.02)]


def test_incidents_due_together_are_sent_in_one_message():
    """Its id is made of theirs, so that it is the same after a crash."""
    sink = ScriptedSink()
    bench = Bench(sink)
    bench.put(first("LW-1"), first("LW-2"), alert(gap()))
    bench.run(10)
    ((message, _),) = sink.rendered
    assert (len(message.alerts), message.waiting) == (3, 3)
    assert message.id == message_id(message.alerts)
    assert message.id.startswith("several-")
    assert message_id(message.alerts[:1]) == message.alerts[0].id


def test_a_webhook_gets_one_event_per_alert():
    """Each with the alert's own id."""
    with EventHook() as hook:
        bench = Bench(chat("webhook", hook), "webhook")
        bench.put(first("LW-1"), first("LW-2"), first("LW-3", severity=CRITICAL))
        bench.run(10)
        assert hook.ids == ["LW-3-1", "LW-1-1", "LW-2-1"]


# -------------------------------------------------------------------------------------------- refusals


def test_retry_after_is_obeyed_for_every_message():
    """429 with Retry-After: no call before that time, for no message; then both leave."""
    with SlackHook() as hook:
        hook.script.append(Answer(429, b"", {"Retry-After": "120"}))
        bench = Bench(chat("slack", hook), "slack")
        bench.put(first("LW-1"))
        bench.run(1)
        bench.put(first("LW-2", severity=CRITICAL), due=T0 + 1)
        assert bench.state is Health.HOLDING
        bench.run(118)
        assert len(hook.received) == 1
        bench.run(60)
        assert len(hook.shown) == 2
    assert bench.state is Health.OK
    assert bench.worker.state().last_reason == ""


def test_a_retry_after_of_more_than_an_hour_is_cut_to_one():
    """A receiver cannot silence the channel for a day."""
    sink = ScriptedSink(outcomes=[TryLater("later", after=86_400.0, hold=True)])
    bench = Bench(sink)
    bench.put(first())
    bench.run(3 * 3600)
    assert 3600 <= sink.at[1] - sink.at[0] <= 3600 * 1.21


def test_waits_double_up_to_a_minute_with_jitter():
    """±20 %, so that many channels do not hit a recovering receiver in step."""
    sink = ScriptedSink(outcomes=[TryLater("busy", hold=True) for _ in range(10)])
    bench = Bench(sink)
    bench.put(first())
    bench.run(3600)
    waits = [later - earlier for earlier, later in itertools.pairwise(sink.at)]
    for number, wait in enumerate(waits):
        ideal = min(2.0**number, 60.0)
        assert 0.8 * ideal - 0.02 <= wait <= 1.2 * ideal + 0.02
    assert len({round(wait / min(2.0**number, 60.0), 3) for number, wait in enumerate(waits)}) > 3


def test_a_message_that_waits_alone_does_not_hold_others():
    """Without ``hold`` the refusal is the message's own."""
    sink = ScriptedSink(outcomes=[TryLater("not this one", after=100.0)])
    bench = Bench(sink)
    bench.put(first("LW-1"))
    bench.run(1)
    bench.put(first("LW-2"), due=T0 + 1)
    bench.run(5)
    assert [identity for identity, _ in sink.sent] == ["LW-1-1", "LW-2-1"]


def test_after_a_reset_the_same_message_is_sent_again_five_seconds_later():
    """Same id, same bytes: DingTalk shows it once."""
    with DingTalkRobot() as robot:
        bench = Bench(chat("dingtalk", robot), "dingtalk")
        bench.put(first())
        robot.script.append(RESET)
        bench.run(3.9)
        assert len(robot.received) == 1
        bench.run(3)
        first_body, second_body = (request.body for request in robot.received)
        assert first_body == second_body
        assert len(robot.shown) == 1


def test_a_wrong_key_inside_200_stops_the_robot_reports_once_and_probes_every_ten_minutes():
    """Config faults do not mend by trying; the first success ends the fault."""
    refusal = json_answer({"errcode": 93000, "errmsg": "invalid webhook url"})
    with WeComRobot() as robot:
        robot.script.extend([refusal] * 3)
        bench = Bench(chat("wecom", robot))
        bench.put(first())
        bench.run(599)
        assert len(robot.received) == 1
        assert bench.state is Health.FAULT
        bench.put(first("LW-2"), due=T0)
        bench.run(602)
        assert len(robot.received) == 3
        assert bench.troubles == ["sec: the key is wrong, or the robot was removed from its group (code 93000)"]
        bench.run(602)
        assert len(robot.shown) == 2
    assert (bench.state, bench.recovered) == (Health.OK, 1)


def test_a_refused_message_is_sent_once_shorter_then_given_up():
    """No endless loop; other messages are sent, and the failure is reported once."""
    sink = ScriptedSink(outcomes=[MessageFault("too long"), MessageFault("too long")])
    bench = Bench(sink)
    bench.put(first("LW-1"))
    bench.run(1)
    bench.put(first("LW-2"), due=T0 + 1)
    bench.run(10)
    assert [body for _, body in sink.sent] == [b"full LW-1-1", b"short LW-1-1", b"full LW-2-1"]
    assert bench.outbox.states() == {"LW-1-1": "dead", "LW-2-1": "delivered"}
    assert bench.troubles == ["sec: a message was given up: too long"]


def test_the_shorter_form_can_succeed():
    """Then nothing is lost and no alarm is raised."""
    with WeComRobot() as robot:
        robot.script.append(json_answer({"errcode": 40058, "errmsg": "exceed max length"}))
        bench = Bench(chat("wecom", robot))
        bench.put(first())
        bench.run(10)
        assert [one["msgtype"] for one in robot.shown] == ["text"]
    assert bench.troubles == []


def test_a_machine_that_refuses_an_event_is_not_sent_a_shorter_one():
    """There is no shorter form of data."""
    sink = ScriptedSink(names=1, outcomes=[MessageFault("400")])
    bench = Bench(sink, "webhook")
    bench.put(first())
    bench.run(10)
    assert len(sink.sent) == 1
    assert bench.outbox.states() == {"LW-1-1": "dead"}


def test_an_unknown_answer_is_tried_five_times_and_never_taken_for_success():
    """A login page in between: the message is given up, which is reported."""
    sink = ScriptedSink(outcomes=[UnknownAnswer("what?") for _ in range(9)])
    bench = Bench(sink)
    bench.put(first())
    bench.run(3600)
    assert len(sink.sent) == retry.UNKNOWN_TRIES
    assert bench.outbox.states() == {"LW-1-1": "dead"}
    assert bench.troubles == ["sec: a message was given up: what?; tried 5 times"]


@pytest.mark.parametrize(("severity", "hours"), [(CRITICAL, 24), (Severity.HIGH, 6)])
def test_criticals_are_tried_for_a_day_others_for_six_hours(severity, hours):
    """By a receiver that takes others; then they are kept as undelivered."""
    bench = Bench(Picky(refused={"LW-1-1"}))
    bench.put(first(severity=severity))
    bench.run(1)
    for half_hours in range(2 * 24 + 2):
        bench.put(first(f"LW-A{half_hours}"), due=bench.time.now)
        bench.run(1800)
        assert bench.outbox.states()["LW-1-1"] == ("pending" if half_hours < 2 * hours else "dead")
    assert f"sec: a message was given up: busy; tried for {hours} hours" in bench.troubles


@pytest.mark.parametrize("hours", [24, 72])
def test_while_a_receiver_takes_nothing_at_all_nothing_is_given_up(hours):
    """It was down: all is said afterwards, the older first, in one burst of few messages."""
    sink = Picky(down=True)
    bench = Bench(sink)
    for number in range(hours):
        bench.put(first(f"LW-{number:02}", severity=Severity.LOW), due=bench.time.now)
        bench.run(3600)
    sink.down = False
    bench.run(180)
    assert set(bench.outbox.states().values()) == {"delivered"}
    assert [one.id for message in sink.taken for one in message.alerts] == [f"LW-{n:02}-1" for n in range(hours)]
    assert len(sink.taken) == 2
    assert bench.troubles == ["sec: down"]


def test_a_message_refused_for_three_days_is_given_up():
    """The whole schedule of Standard Webhooks."""
    bench = Bench(Picky(down=True))
    bench.put(first())
    bench.run(75 * 3600 - 120)
    assert bench.outbox.states() == {"LW-1-1": "pending"}
    bench.run(240)
    assert bench.outbox.states() == {"LW-1-1": "dead"}


def test_a_receiver_that_is_down_is_reported_once_after_two_minutes():
    """Short failures are not reported; a dead channel is."""
    sink = ScriptedSink(outcomes=[TryLater("down", hold=True) for _ in range(10)])
    bench = Bench(sink)
    bench.put(first())
    bench.run(115)
    assert bench.troubles == []
    bench.run(200)
    assert bench.troubles == ["sec: down"]
    bench.run(600)
    assert (bench.recovered, bench.state) == (1, Health.OK)


def test_after_a_long_outage_what_waited_is_reported_in_few_messages():
    """Ten minutes dead, a hundred incidents meanwhile: the frozen one, then a card."""
    sink = ScriptedSink(outcomes=[TryLater("down", hold=True) for _ in range(13)])
    bench = Bench(sink)
    bench.put(first("LW-0"))
    bench.run(10)
    bench.put(*(first(f"LW-{number}") for number in range(1, 101)), due=T0 + 11)
    bench.run(1200)
    assert len(sink.rendered) == 2
    assert sink.rendered[1][0].waiting == 100


def test_a_fault_of_ours_is_no_success_and_no_end():
    """An exception inside a sink is retried like an unknown answer, without its text."""
    sink = ScriptedSink(outcomes=[RuntimeError("110101********0015")])
    bench = Bench(sink)
    bench.put(first())
    bench.run(0.5)
    assert bench.worker.state().last_reason == "sending failed inside leakwatch (RuntimeError)"
    bench.run(10)
    assert bench.outbox.states() == {"LW-1-1": "delivered"}


def test_an_alert_that_cannot_be_rendered_does_not_stop_the_others():
    """It is kept as undelivered and reported."""

    class Broken(ScriptedSink):
        def render(self, message: Message, *, brief: bool = False) -> bytes:
            if message.id.startswith("LW-1"):
                raise KeyError("x")
            return super().render(message, brief=brief)

    bench = Bench(Broken())
    bench.put(first("LW-1"))
    bench.run(1)
    bench.put(first("LW-2"), due=T0 + 1)
    bench.run(5)
    assert bench.outbox.states() == {"LW-1-1": "dead", "LW-2-1": "delivered"}
    assert bench.troubles == ["sec: a message was given up: the message cannot be rendered (KeyError)"]


# -------------------------------------------------------------------------------------------- restart, storm


def test_after_a_crash_the_frozen_message_goes_first_with_its_bytes():
    """Also when what it says is out of date by now."""
    outbox = MemoryOutbox()
    one = first("LW-1")
    outbox.put("sec", one, T0)
    outbox.freeze("sec", one.id, b"frozen before the crash", (one,), T0)
    outbox.put("sec", first("LW-2"), T0)
    sink = ScriptedSink()
    Bench(sink, outbox=outbox).run(5)
    assert sink.sent[0] == ("LW-1-1", b"frozen before the crash")
    assert len(sink.sent) == 2


def test_a_storm_never_keeps_a_critical_waiting():
    """5000 incidents in a minute, 30 critical among them: every critical named within ten seconds, the robot never over."""
    sink = ScriptedSink()
    bench = Bench(sink)
    opened: dict[str, float] = {}
    for second in range(60):
        for number in range(83):
            critical = number == 0 and second % 2 == 0
            one = first(f"LW-{second}-{number}", severity=CRITICAL if critical else Severity.HIGH)
            bench.put(one, due=bench.time.now)
            opened[one.id] = bench.time.now
        bench.run(1)
    bench.run(120)
    told: dict[str, float] = {}
    for (message, _), at in zip(sink.rendered, sink.at, strict=True):
        told |= {one.id: at for one in message.alerts}
        assert message.waiting >= len(message.alerts)
    assert set(told) == set(opened)
    criticals = [identity for identity in opened if identity.endswith("-0-1") and int(identity.split("-")[1]) % 2 == 0]
    assert len(criticals) == 30
    assert max(told[one] - opened[one] for one in criticals) <= 10
    assert max(told[one] - opened[one] for one in opened) <= 62
    for at in sink.at:
        assert sum(at - 60 < other <= at for other in sink.at) <= 18


def test_a_lesser_frozen_message_does_not_stand_in_the_way_of_a_critical_one():
    """Its retry takes any free slot instead of waiting for its own lane."""
    sink = ScriptedSink(outcomes=[*[None] * 10, TryLater("busy", after=1.0)])
    bench = Bench(sink)
    for number in range(11):
        bench.put(first(f"LW-{number}"), due=bench.time.now)
        bench.run(1)
    bench.run(1)
    bench.put(first("LW-critical", severity=CRITICAL), due=bench.time.now)
    began = bench.time.now
    bench.run(5)
    assert sink.sent[-1][0] == "LW-critical-1"
    assert sink.at[-1] - began <= 1


def test_a_mention_costs_a_second_post():
    """The robot counts it, so the budget does."""
    with WeComRobot() as robot:
        bench = Bench(chat("wecom", robot, mention=("@all",)))
        for number in range(12):
            bench.put(first(f"LW-{number}", severity=CRITICAL), due=bench.time.now)
            bench.run(0.1)
        assert len(robot.received) <= 16


def test_a_message_that_costs_more_than_is_left_waits_frozen():
    """It leaves when the window has room for all of its posts."""

    class Costly(ScriptedSink):
        def cost(self, body: bytes) -> int:
            return 16 if b"LW-2" in body else 1

    sink = Costly()
    bench = Bench(sink)
    bench.put(first("LW-1"), due=T0)
    bench.run(1)
    bench.put(first("LW-2", severity=CRITICAL), due=T0 + 1)
    bench.run(58)
    assert bench.outbox.states() == {"LW-1-1": "delivered", "LW-2-1": "pending"}
    bench.run(2)
    assert sink.at[1] - sink.at[0] == pytest.approx(60, abs=0.1)


# -------------------------------------------------------------------------------------------- threads


def worker_on(receiver: Receiver, outbox: MemoryOutbox, name: str, **more: object) -> ChannelWorker:
    budget = RateLimit(SINKS["wecom"].traits.limits)
    return ChannelWorker(
        name, "wecom", chat("wecom", receiver), outbox, budget, **{"on_failure": lambda *_: None} | more
    )


def test_a_stuck_receiver_never_delays_another():
    """One drips bytes; the other has its message long before."""
    outbox = MemoryOutbox()
    with WeComRobot() as slow, WeComRobot() as quick:
        slow.script.append(Answer(how="drip"))
        workers = [worker_on(slow, outbox, "slow"), worker_on(quick, outbox, "quick")]
        for worker in workers:
            worker.start()
        outbox.put("slow", first(), 0.0)
        workers[0].wake()
        assert slow.wait_for(lambda robot: len(robot.received) == 1)
        outbox.put("quick", first(), 0.0)
        workers[1].wake()
        assert quick.wait_for(lambda robot: len(robot.shown) == 1, 30.0), "the other would drip for 40 seconds"
        assert outbox.states().get("LW-1-1") != "dead"
        slow.released.set()
        assert workers[1].stop(60.0)
        assert workers[0].stop(60.0)


def test_a_worker_wakes_when_asked_and_stops_in_time():
    """Nobody waits for the idle sleep to end."""
    outbox, beat = MemoryOutbox(), threading.Event()
    with WeComRobot() as robot:
        worker = worker_on(robot, outbox, "sec", heartbeat=beat.set)
        worker.start()
        assert beat.wait(60)
        outbox.put("sec", first(), 0.0)
        worker.wake()
        assert robot.wait_for(lambda one: len(one.shown) == 1, 60.0)
        assert worker.stop(60.0)


def test_a_worker_that_never_started_stops_at_once():
    """A start that failed half-way can still be undone."""
    assert worker_on(WeComRobotNowhere(), MemoryOutbox(), "sec").stop(1.0)


class WeComRobotNowhere:
    url = "https://127.0.0.1:1/"


def test_an_outbox_that_fails_is_reported_and_tried_again():
    """A locked or full database must not end the thread."""
    told = threading.Event()

    class Failing(MemoryOutbox):
        calls = 0

        def next(self, channel, now, limit):
            self.calls += 1
            if self.calls == 1:
                raise OSError("disk full")
            return super().next(channel, now, limit)

    outbox = Failing()
    outbox.put("sec", first(), 0.0)
    with WeComRobot() as robot:
        worker = worker_on(robot, outbox, "sec", on_failure=lambda *_: told.set())
        worker.start()
        assert told.wait(5)
        worker.wake()
        assert robot.wait_for(lambda one: len(one.shown) == 1)
        assert worker.stop(60.0)


@pytest.mark.parametrize(
    "outcome", [TryLater("x"), MaybeDelivered("x"), ChannelFault("x"), MessageFault("x"), UnknownAnswer("x")]
)
def test_every_outcome_keeps_the_message(outcome: DeliveryError):
    """Nothing but the receiver's yes makes it delivered."""
    bench = Bench(ScriptedSink(outcomes=[outcome] * 50))
    bench.put(alert(incident("LW-1"), reason=Reason.FIRST))
    bench.run(3)
    assert bench.outbox.states()["LW-1-1"] != "delivered"


# -------------------------------------------------------------------------------------------- the clock, and memory


@pytest.mark.parametrize("hours", [-1, 1, 24 * 365 * 200])
def test_a_wait_is_as_long_as_it_was_when_the_clock_is_set(hours):
    """Neither an hour longer, nor given up at once."""
    sink = ScriptedSink(outcomes=[TryLater("busy", after=100.0), None])
    bench = Bench(sink)
    bench.put(first("LW-1"))
    bench.run(1)
    bench.put(first("LW-2"), due=bench.time.now + 300)
    bench.time.set_by = hours * 3600.0
    bench.run(130)
    assert [
        (identity, round(at - T0 - hours * 3600)) for (identity, _), at in zip(sink.sent[1:], sink.at[1:], strict=True)
    ] == [("LW-1-1", pytest.approx(110, abs=11))]
    bench.run(200)
    assert [identity for identity, _ in sink.sent] == ["LW-1-1", "LW-1-1", "LW-2-1"]
    assert bench.troubles == []


def test_what_was_accepted_and_cannot_be_written_down_is_not_sent_again():
    """The disk is full: the receiver would hear the same every few seconds."""

    class Full(MemoryOutbox):
        full = 3

        def delivered(self, channel, message_id, at):
            self.full -= 1
            if self.full >= 0:
                raise OSError("disk full")
            super().delivered(channel, message_id, at)

    sink = ScriptedSink()
    bench = Bench(sink, outbox=Full())
    bench.put(first())
    for _ in range(3):
        with pytest.raises(OSError, match="disk full"):
            bench.worker.step()
    bench.worker.step()
    assert len(sink.sent) == 1
    assert bench.outbox.states() == {"LW-1-1": "delivered"}


def notice(number: int = 1) -> Alert:
    return alert(gap(), reason=Reason.GAP, id=f"notice-{number}")


def test_a_notice_is_sent_from_memory_once_while_the_outbox_fails():
    """It may be about just that."""

    class Broken(MemoryOutbox):
        def next(self, channel, now, limit):
            raise OSError("disk full")

    sink = ScriptedSink(outcomes=[TryLater("busy"), MaybeDelivered("reset"), None])
    bench = Bench(sink, outbox=Broken())
    bench.worker.put_notice("full", notice())
    for _ in range(100):
        try:
            bench.time.passed += bench.worker.step()
        except OSError:
            bench.time.passed += 1
    assert [identity for identity, _ in sink.sent] == ["notice-1"] * 3
    assert bench.outbox.rows == {}


def test_a_notice_that_is_newer_or_over_takes_the_place_of_the_one_that_waits():
    """Nobody has to hear of yesterday's."""
    sink = Picky(down=True)
    bench = Bench(sink)
    bench.worker.put_notice("alive", notice(1))
    bench.worker.put_notice("full", notice(2))
    bench.run(60)
    bench.worker.put_notice("alive", notice(3))
    bench.worker.drop_notice("full")
    sink.down = False
    bench.run(180)
    assert [message.id for message in sink.taken] == ["notice-3"]


@pytest.mark.parametrize("outcome", [MessageFault("too long"), RuntimeError("x")])
def test_a_notice_that_cannot_be_rendered_stops_nothing(outcome):
    """What waits in the outbox goes on."""
    sink = ScriptedSink(outcomes=[outcome])
    bench = Bench(sink)
    bench.worker.put_notice("full", notice())
    bench.put(first())
    bench.run(60)
    assert [identity for identity, _ in sink.sent] == ["notice-1", "LW-1-1"]


def test_a_notice_keeps_the_limit_of_the_robot():
    """Eighteen a minute, whatever they are about."""
    sink = ScriptedSink()
    bench = Bench(sink)
    for number in range(100):
        bench.worker.put_notice(f"{number}", notice(number))
    bench.run(59)
    assert 1 <= len(sink.sent) <= 18
