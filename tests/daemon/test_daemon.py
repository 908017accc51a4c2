"""The whole daemon in one thread of this process: start, reload, trouble, stop; receivers and sockets are real."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path

import pytest
from support.daemon_state import FINGERPRINTER, LINE, MOBILE, wait_until
from support.receivers import Answer, EventHook, WeComRobot

from leakwatch.config.config_model import Config
from leakwatch.core.errors import AlreadyRunningError, ConfigError, Exit, LeakwatchError, StateError
from leakwatch.core.model import GapKind
from leakwatch.daemon import daemon as module
from leakwatch.daemon import engine as engine_module
from leakwatch.daemon import log_follower as tailing_module
from leakwatch.daemon.control import SOCKET, ask
from leakwatch.daemon.daemon import Daemon
from leakwatch.pipeline import engine as built_in
from leakwatch.state.store import open_store, read_only

# Warming one takes half a second. Three work in an engine, and a reload builds the next engine beside the running one.
ANALYZERS = cycle([built_in(Config(), FINGERPRINTER) for _ in range(6)])


@dataclass
class Manager:
    """The socket of the service manager and what it received."""

    path: Path
    heard: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(0.1)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._listen)
        self.thread.start()

    def _listen(self):
        while not self.stopped.is_set():
            try:
                self.heard += self.socket.recv(4096).decode().split("\n")
            except TimeoutError:
                continue

    def close(self):
        self.stopped.set()
        self.thread.join()
        self.socket.close()


class Host:
    """A host with logs, exports and a configuration that can change; ``run`` is a daemon on it."""

    def __init__(self, home: Path):
        self.home = home
        self.logs, self.exports, self.state = home / "logs", home / "exports", home / "state"
        self.logs.mkdir()
        self.exports.mkdir()
        self.channels: list[dict] = []
        self.watches = [
            {"name": "logs", "kind": "log", "paths": [f"{self.logs}/*.log"], "service": "loan"},
            {"name": "exports", "kind": "export", "paths": [str(self.exports)], "settle": "100ms"},
        ]
        self.metrics: str | bool = False
        self.mistake: Exception | None = None
        self.manager = Manager(home / "notify")
        self.code: Exit | BaseException | None = None

    def load(self) -> Config:
        if self.mistake is not None:
            raise self.mistake
        return Config.model_validate(
            {
                "state_dir": str(self.state),
                "watch": self.watches,
                "alerts": {"channels": self.channels, "allow_hosts": ["127.0.0.1"], "lang": "en"},
                "metrics": {"listen": self.metrics},
            }
        )

    def channel(self, receiver, **more) -> None:
        kind = "wecom" if isinstance(receiver, WeComRobot) else "webhook"
        self.channels.append({"name": "soc", "type": kind, "url": receiver.url} | more)

    @contextmanager
    def run(self, *, ready: bool = True, code: Exit = Exit.OK):
        daemon = Daemon(
            self.load(), self.load, {"NOTIFY_SOCKET": str(self.manager.path)}, threading.Event(), threading.Event()
        )
        before = len(self.manager.heard)

        def body():
            try:
                self.code = daemon.run()
            except LeakwatchError as error:
                self.code = error

        thread = threading.Thread(target=body)
        thread.start()
        try:
            if ready:
                wait_until(lambda: "READY=1" in self.manager.heard[before:] or not thread.is_alive())
                assert thread.is_alive(), self.code
            yield daemon
        finally:
            daemon.stop.set()
            daemon.wake.set()
            thread.join(20)
        assert not thread.is_alive()
        assert self.code == code

    def status(self):
        return ask(self.state / SOCKET, "status") or {}

    def write(self, text=LINE, name="app.log"):
        with (self.logs / name).open("a") as log:
            log.write(text)

    def stored(self, sql):
        connection = read_only(self.state)
        try:
            return [tuple(row) for row in connection.execute(sql)]
        finally:
            connection.close()

    def gaps(self, which="closed_at IS NULL"):
        return [kind for (kind,) in self.stored(f"SELECT kind FROM gap WHERE {which} ORDER BY id")]


@pytest.fixture
def host(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(engine_module, "MISSING_ROOT_SECONDS", 0.05)
    monkeypatch.setattr(tailing_module, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(engine_module, "engine", lambda *_, **__: next(ANALYZERS))
    host = Host(tmp_path)
    yield host
    host.manager.close()


# ---------------------------------------------------------------------------------------------- the main job


def test_a_line_and_an_export_become_alerts(host):
    """The receiver hears of both, masked; the status says what there is."""
    with EventHook() as hook:
        host.channel(hook)
        with host.run():
            host.write()
            (host.exports / "users.csv").write_text(f"id,手机号\n1,{MOBILE}\n")
            assert hook.wait_for(lambda it: len(it.shown) >= 2)
            wait_until(lambda: [one["pending"] for one in host.status()["channels"]] == [0])
            status = host.status()
    bodies = b"".join(request.body for request in hook.received)
    assert MOBILE.encode() not in bodies
    assert b"139" in bodies
    assert status["ready"] is True
    assert status["problems"] == []
    assert status["pid"] == os.getpid()
    assert {watch["name"]: watch["files"] for watch in status["watches"]} == {"logs": 1, "exports": 1}
    assert [watch["lag_bytes"] for watch in status["watches"] if watch["kind"] == "log"] == [0]
    assert status["incidents"]["by_severity"] == {"medium": 2}
    assert {one["service"] for one in status["incidents"]["latest"]} == {"loan", "exports"}
    assert [(one["name"], one["state"]) for one in status["channels"]] == [("soc", "ok")]


def test_what_was_there_before_the_first_start_is_one_card_and_later_starts_have_none(host):
    """A restart is no first start."""
    host.write()
    os.utime(host.logs / "app.log", (1, 1))
    with WeComRobot() as robot:
        host.channel(robot)
        with host.run():
            assert robot.wait_for(lambda it: it.shown)
            wait_until(lambda: not any(watch["backlog"] for watch in host.status()["watches"]))
        assert len(robot.shown) == 1
        with host.run():
            host.write("another line about nothing\n")
            wait_until(lambda: host.status()["watches"][0]["lag_bytes"] == 0)
        assert len(robot.shown) == 1
    assert sorted(host.stored("SELECT name FROM meta WHERE name LIKE '%-%:%'")) == [
        ("backlog-read:exports",),
        ("backlog-read:logs",),
        ("first-start:exports",),
        ("first-start:logs",),
    ]


def test_what_the_receiver_did_not_take_is_sent_after_a_restart_with_the_same_bytes(host):
    """At least once, recognisable as the same."""
    with EventHook() as hook:
        host.channel(hook)
        hook.script.extend([Answer(503)] * 50)
        with host.run():
            host.write()
            assert hook.wait_for(lambda it: it.received)
        assert hook.shown == []
        hook.script.clear()
        with host.run():
            assert hook.wait_for(lambda it: it.shown, 60.0)
    assert len({request.headers["webhook-id"] for request in hook.received}) == 1
    assert len({request.body for request in hook.received}) == 1


# ---------------------------------------------------------------------------------------------- the service manager


def test_ready_is_reported_after_the_first_look_and_only_once(host):
    """With a summary; then the watchdog is fed until the stop is said."""
    host.write()
    with host.run():
        wait_until(lambda: host.manager.heard.count("WATCHDOG=1") > 3)
        host.write()
    heard = host.manager.heard
    assert heard.count("READY=1") == 1
    assert "STATUS=2 watches, 1 logs followed, 0 channels" in heard
    wait_until(lambda: "STOPPING=1" in heard)


@pytest.mark.parametrize("part", ["tail", "exports", "inotify", "scheduler", "channel", "control", "health"])
def test_a_dead_thread_ends_the_daemon_with_4_and_the_watchdog_is_fed_no_more(host, monkeypatch, part):
    """The service manager restarts it; nothing that was stored is lost."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    host.metrics = "127.0.0.1:0"
    with EventHook() as hook:
        host.channel(hook)
        with host.run(code=Exit.INTERNAL) as daemon:
            engine = daemon._engine

            def fail(*_args, **_more):
                raise SystemExit if part == "scheduler" else RuntimeError

            if part in {"tail", "exports"}:
                body = engine.log_follower if part == "tail" else engine.export_scanner
                monkeypatch.setattr(type(body), "_turn", fail)
                body.hints.add_all()
            elif part == "inotify":
                engine._watcher._descriptor.stop()
            elif part == "scheduler":
                monkeypatch.setattr(engine._schedule._scheduler, "_process_jobs", fail)
                engine._schedule.nudge()
            elif part in {"control", "health"}:
                health, control = daemon._servers
                (control if part == "control" else health)._server.service_actions = fail
            else:
                monkeypatch.setattr(engine_module, "SENDING_SECONDS", -1.0)
            wait_until(lambda: host.code is not None)
            wait_until(lambda: "STOPPING=1" in host.manager.heard)
    after = host.manager.heard[host.manager.heard.index("STOPPING=1") :]
    assert "WATCHDOG=1" not in after
    open_store(host.state).close()


def test_a_thread_that_hangs_counts_as_dead(host, monkeypatch):
    """Once everything was listed; before that it may take long."""
    with host.run(code=Exit.INTERNAL) as daemon:
        monkeypatch.setattr(engine_module, "SILENT_SECONDS", -1.0)
        daemon.wake.set()
        wait_until(lambda: host.code is not None)


def test_a_start_that_never_gets_ready_is_given_up(host, monkeypatch):
    """It is a hang, and a restart may mend it."""
    monkeypatch.setattr(module, "READY_SECONDS", 0.2)
    monkeypatch.setattr(engine_module.LogFollower, "_reconcile", lambda *_: time.sleep(0.5))
    with host.run(ready=False, code=Exit.INTERNAL):
        wait_until(lambda: host.code is not None)
    assert "READY=1" not in host.manager.heard


# ---------------------------------------------------------------------------------------------- roots


def test_a_missing_root_is_a_gap_that_ends_when_it_appears(host):
    """The daemon starts without it, says so, and finds what is there later."""
    shutil.rmtree(host.logs)
    with EventHook() as hook:
        host.channel(hook)
        with host.run():
            assert hook.wait_for(lambda it: it.shown)
            assert host.gaps() == ["root-missing"]
            assert any("root-missing" in problem for problem in host.status()["problems"])
            host.logs.mkdir()
            host.write()
            wait_until(lambda: host.gaps() == [] and host.status()["problems"] == [])
            wait_until(lambda: host.stored("SELECT count(*) FROM incident") == [(1,)])
            host.write(LINE.replace("Loan", "Sms"))
            wait_until(lambda: host.stored("SELECT count(*) FROM incident") == [(2,)])
            assert hook.wait_for(lambda it: len(it.shown) >= 4)


def test_a_root_that_is_removed_and_made_again_is_watched_again(host):
    """A gap in between; afterwards hints come from the new directory."""
    with host.run() as daemon:
        shutil.rmtree(host.exports)
        wait_until(lambda: host.gaps() == ["root-missing"])
        host.exports.mkdir()
        wait_until(lambda: host.gaps() == [])
        assert daemon._engine._watcher.unwatched([str(host.exports)]) == []


def test_directories_without_events_are_a_gap_and_still_checked(host, monkeypatch):
    """The kernel's limit: slower, and said so."""
    monkeypatch.setattr(engine_module, "RECONCILE_SECONDS", 0.2)
    monkeypatch.setattr(engine_module.Watcher, "add", lambda *_, **__: False)
    with host.run():
        assert host.gaps() == ["watch-limit", "watch-limit"]
        [problem, _] = host.status()["problems"]
        assert "raise fs.inotify.max_user_watches" in problem
        host.write()
        (host.exports / "users.csv").write_text(f"id,手机号\n1,{MOBILE}\n")
        wait_until(lambda: host.stored("SELECT count(*) FROM incident") == [(2,)])


def test_an_overflow_is_a_gap_until_everything_was_checked_again(host):
    """Found although no event came."""
    with host.run() as daemon:
        engine = daemon._engine
        engine._watcher.unschedule_all()
        engine._watcher._watched.clear()
        host.write()
        engine._overflowed.set()
        wait_until(lambda: host.gaps("closed_at IS NOT NULL") == ["overflow"])
        wait_until(lambda: host.stored("SELECT count(*) FROM incident") == [(1,)])
        assert host.gaps() == []


# ---------------------------------------------------------------------------------------------- after a restart


def test_gaps_of_an_earlier_run_end_when_their_cause_is_gone(host):
    """Also those of roots, channels and logs that are no longer configured; else the status would stay red."""
    store = open_store(host.state)
    with EventHook() as hook:
        host.channel(hook)
        host.write("a line\n")
        for kind, root, path in (
            (GapKind.OVERFLOW, "inotify", None),
            (GapKind.ROOT_MISSING, "/no/longer/configured", None),
            (GapKind.WATCH_LIMIT, str(host.exports), None),
            (GapKind.DENIED, "/no/longer/configured", None),
            (GapKind.DENIED, str(host.logs), str(host.logs / "app.log")),
            (GapKind.DENIED, "/no/longer", "/no/longer/app.log"),
            (GapKind.RECEIVER, "no longer", None),
            (GapKind.RECEIVER, "soc", None),
            (GapKind.CONFIG, str(host.state), None),
        ):
            gap = module.Gap(kind, root, "from before", 1.0, path)
            assert store.open_gap(gap)
        store.close()
        with host.run():
            wait_until(lambda: host.gaps() == ["receiver-failing"])
            host.write()
            wait_until(lambda: host.gaps() == [])


def test_a_lost_state_is_reported(host):
    """The damaged file is kept, everything is read again, and an alert reports it."""
    with host.run():
        host.write()
        wait_until(lambda: host.stored("SELECT count(*) FROM incident") == [(1,)])
    (host.state / "leakwatch.db").write_bytes(b"not a database any more " * 500)
    for rest in host.state.glob("leakwatch.db-*"):
        rest.unlink()
    with EventHook() as hook:
        host.channel(hook)
        with host.run():
            assert hook.wait_for(lambda it: len(it.shown) >= 2, 60.0)
            assert host.gaps("1") == ["state-lost"]
            assert host.status()["problems"] == []
    assert b"database was damaged; renamed to leakwatch.db.damaged-" in b"".join(it.body for it in hook.received)


# ---------------------------------------------------------------------------------------------- reload


def reload(daemon):
    daemon.reload.set()
    daemon.wake.set()
    wait_until(lambda: not daemon.reload.is_set())


def test_a_reload_takes_over_new_watches_and_channels_and_repeats_nothing(host):
    """Nothing is read again, and nothing is alerted again."""
    with host.run() as daemon, EventHook() as hook:
        host.write()
        wait_until(lambda: host.stored("SELECT count(*) FROM finding") == [(1,)])
        more = host.home / "more"
        more.mkdir()
        host.watches.append({"name": "more", "kind": "log", "paths": [str(more)], "service": "crm"})
        host.channel(hook)
        old = daemon._engine
        reload(daemon)
        wait_until(lambda: daemon._engine is not old and host.status().get("ready"))
        assert not any(thread.is_alive() for thread in old._threads)
        assert old.dead() is None
        (more / "app.log").write_text(LINE)
        assert hook.wait_for(lambda it: it.shown)
        host.write(LINE.replace(MOBILE, "13900001235"))
        wait_until(lambda: host.stored("SELECT count(*) FROM finding") == [(3,)])
        assert [watch["name"] for watch in host.status()["watches"]] == ["logs", "more", "exports"]
        assert len(host.stored("SELECT * FROM source")) == 2


def test_a_log_begun_while_the_new_configuration_is_built_is_read_once(host, monkeypatch):
    """The new engine takes up what the old one stored to its very end."""
    with host.run() as daemon:
        real = Daemon._build

        def build(self, config):
            built = real(self, config)
            host.write(LINE, "late.log")
            wait_until(lambda: host.stored("SELECT count(*) FROM finding") == [(1,)])
            return built

        monkeypatch.setattr(Daemon, "_build", build)
        old = daemon._engine
        reload(daemon)
        wait_until(lambda: daemon._engine is not old and host.status().get("ready"))
        wait_until(lambda: all(watch.get("lag_bytes", 0) == 0 for watch in host.status()["watches"]))
        assert host.stored("SELECT count(*) FROM finding") == [(1,)]
        assert len(host.stored("SELECT * FROM source")) == 1


@pytest.mark.parametrize("mistake", ["load", "state_dir", "secret", "pattern"])
def test_a_bad_configuration_changes_nothing_and_is_a_gap_until_a_good_one(host, mistake):
    """Detection goes on with the old one."""
    good = [dict(watch) for watch in host.watches]
    with host.run() as daemon:
        engine = daemon._engine
        state = host.state
        if mistake == "load":
            host.mistake = ConfigError("leakwatch.yaml:3: watch is a list")
        elif mistake == "state_dir":
            host.state = host.home / "elsewhere"
        elif mistake == "secret":
            host.channels = [{"name": "x", "type": "wecom", "url_file": str(host.home / "missing")}]
        else:
            host.watches[0]["paths"] = [f"{host.logs}/[z-a].log"]
        reload(daemon)
        host.state = state
        wait_until(lambda: host.gaps() == ["bad-configuration"])
        assert daemon._engine is engine
        [problem] = host.status()["problems"]
        assert "the old configuration stays in force; run: leakwatch config check" in problem
        host.write()
        wait_until(lambda: host.stored("SELECT count(*) FROM finding") == [(1,)])
        host.mistake, host.channels, host.watches = None, [], good
        reload(daemon)
        wait_until(lambda: host.gaps() == [])
        assert daemon._engine is not engine


# ---------------------------------------------------------------------------------------------- trouble


def test_a_channel_in_trouble_is_a_gap_until_it_delivers(host):
    """Its settings are wrong: said at once to the others and in the status."""
    with WeComRobot(key="ANOTHER-KEY") as wrong, EventHook() as hook:
        host.channels = [
            {"name": "wrong", "type": "wecom", "url": wrong.url},
            {"name": "soc", "type": "webhook", "url": hook.url},
        ]
        with host.run():
            host.write()
            wait_until(lambda: host.gaps() == ["receiver-failing"])
            assert hook.wait_for(lambda it: len(it.shown) >= 2)
            [state, _] = host.status()["channels"]
            assert (state["name"], state["state"]) == ("wrong", "fault")
            assert "ANOTHER-KEY" not in json.dumps(host.status())
            assert "WECOM-KEY" not in json.dumps(host.status())


def test_health_and_metrics_are_served(host):
    """As long as it runs; a changed address needs a restart."""
    host.metrics = "127.0.0.1:0"
    served = []
    real = module.HealthServer
    module.HealthServer = lambda *args: served.append(real(*args)) or served[-1]
    try:
        with host.run() as daemon:
            for path, word in (("/healthz", '"ok": true'), ("/metrics", "leakwatch_gaps_open 0.0")):
                connection = HTTPConnection(served[0].address, timeout=60)
                connection.request("GET", path)
                answer = connection.getresponse()
                assert answer.status == 200
                assert word in answer.read().decode()
                connection.close()
            host.metrics = False
            reload(daemon)
    finally:
        module.HealthServer = real


def test_a_full_disk_is_a_problem_in_the_status_and_nothing_ends(host):
    """Neither the threads that read, nor those that send, nor the supervisor."""
    with WeComRobot(key="ANOTHER-KEY") as wrong:
        host.channel(wrong)
        with host.run() as daemon:
            store = daemon._store
            with store._guard:
                pages = store.one("PRAGMA page_count")[0]
                store.connection.execute(f"PRAGMA max_page_count = {pages}")
            host.write(LINE * 2000)
            daemon._engine._overflowed.set()
            wait_until(lambda: any("is the disk full?" in problem for problem in host.status().get("problems", [])))
            with store._guard:
                store.connection.execute("PRAGMA max_page_count = 1000000")
            wait_until(lambda: host.stored("SELECT count(*) FROM finding") == [(2000,)])
            wait_until(lambda: not any("is the disk full?" in problem for problem in host.status()["problems"]))


def test_one_that_died_again_and_again_reports_so(host):
    """Each start looks well by itself."""
    store = open_store(host.state)
    store.set_meta("running", "1")
    store.set_meta("crashed-at", json.dumps([1.0, time.time() - 60, time.time() - 30]))
    store.close()
    with host.run():
        [problem] = host.status()["problems"]
        assert problem.startswith("it died 3 times within 10 minutes")
    with host.run():
        assert host.status()["ready"]
    assert host.stored("SELECT value FROM meta WHERE name = 'running'") == [("0",)]


# ---------------------------------------------------------------------------------------------- what cannot start


def test_a_second_daemon_on_one_state_is_refused(host):
    """And the first one goes on."""
    with host.run():
        second = Daemon(host.load(), host.load, {}, threading.Event(), threading.Event())
        with pytest.raises(AlreadyRunningError):
            second.run()
        assert host.status()["ready"]


def test_a_start_that_fails_gives_everything_up(host, monkeypatch):
    """An address in use, a path too long for a socket, no inotify left: a plain error, and the state is free again."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host.metrics = f"127.0.0.1:{taken.getsockname()[1]}"
        taken.listen()
        daemon = Daemon(host.load(), host.load, {}, threading.Event(), threading.Event())
        with pytest.raises(ConfigError, match="Address already in use"):
            daemon.run()
    host.metrics = "127.0.0.1:0"
    daemon = Daemon(
        host.load(), host.load, {"RUNTIME_DIRECTORY": f"/tmp/{'x' * 120}"}, threading.Event(), threading.Event()
    )
    with pytest.raises(StateError, match="the control socket"):
        daemon.run()

    def refuse(*_):
        raise OSError(24, "inotify instance limit reached")

    monkeypatch.setattr(engine_module, "Watcher", refuse)
    daemon = Daemon(host.load(), host.load, {}, threading.Event(), threading.Event())
    with pytest.raises(LeakwatchError, match=r"raise fs\.inotify\.max_user_instances"):
        daemon.run()
    open_store(host.state).close()
