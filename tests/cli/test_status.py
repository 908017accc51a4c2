"""``leakwatch status``: what the daemon says, for people and for scripts; also while it is down."""

from __future__ import annotations

import json
import time

import pytest
from support.alert_samples import incident

from leakwatch.cli import main
from leakwatch.daemon.control import SOCKET, ControlServer
from leakwatch.state.store import open_store

HEALTHY = {
    "pid": 4711,
    "ready": True,
    "started_at": 1_790_000_000.0,
    "problems": [],
    "watches": [
        {"name": "loan", "kind": "log", "roots": ["/var/log/loan/*.log"], "files": 3, "lag_bytes": 0, "backlog": False},
        {"name": "exports", "kind": "export", "roots": ["/data/exports"], "files": 0, "waiting": 0, "backlog": False},
    ],
    "incidents": {
        "by_severity": {"high": 1},
        "latest": [
            {
                "id": "LW-7Q2K",
                "severity": "high",
                "service": "loan",
                "place": "c.e.Loan",
                "key": "mobile",
                "entities": {"CN_MOBILE": 12},
                "count": 12,
                "subjects": 7,
                "sample": "139****1234",
                "last_seen": 1_790_000_000.0,
            }
        ],
    },
    "channels": [
        {"name": "sec", "type": "wecom", "state": "holding", "last_ok": None, "pending": 2, "last_reason": "HTTP 503"}
    ],
    "gaps": [],
}


class Host:
    """A configuration, and a socket behind which a status waits."""

    def __init__(self, directory):
        self.state = directory / "state"
        self.state.mkdir()
        self.config = directory / "leakwatch.yaml"
        self.config.write_text(json.dumps({"schema_version": 1, "state_dir": str(self.state)}))
        self.env = {"RUNTIME_DIRECTORY": str(directory / "run")}

    def answers(self, at=None, **more):
        status = {"state_dir": str(self.state)} | HEALTHY | more
        server = ControlServer((at or self.state) / SOCKET, {"status": lambda _: status})
        server.start()
        return server

    def ask(self, *args):
        return main(["-c", str(self.config), "--lang", "en", "status", *args], self.env)


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_a_healthy_daemon_is_0_and_shown_on_one_screen(host, capsys):
    """Watches, what leaks, who was told."""
    server = host.answers()
    assert host.ask() == 0
    server.stop()
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == f"✓ healthy · pid 4711 · {host.state}"
    assert "  loan (log) /var/log/loan/*.log: files 3" in shown.splitlines()
    assert "  exports (export) /data/exports: no files yet" in shown.splitlines()
    assert (
        "  LW-7Q2K high     loan · c.e.Loan · mobile: CN_MOBILE ×12; 7 distinct values, e.g. 139****1234"
        in shown.splitlines()
    )
    assert "  sec (wecom): holding, 2 pending (HTTP 503)" in shown.splitlines()
    assert "Coverage gaps" not in shown


def test_a_daemon_that_has_not_looked_at_everything_yet_says_so(host, capsys):
    """What is not there may only not be there yet."""
    server = host.answers(ready=False)
    assert host.ask() == 0
    server.stop()
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == f"… starting, not all files have been checked yet · pid 4711 · {host.state}"


def test_trouble_is_1_and_comes_first(host, capsys):
    """With every gap, and in Chinese when asked."""
    gap = {"kind": "denied", "root": "/l", "path": None, "detail": "a directory may not be read", "since": 1.0}
    server = host.answers(problems=["denied: a directory may not be read"], gaps=[gap, gap | {"path": "/l/app.log"}])
    assert host.ask() == 1
    assert host.ask("--lang", "zh") == 1
    server.stop()
    english, chinese = capsys.readouterr().out.split("✗")[1:]
    assert english.splitlines()[1] == "  ! denied: a directory may not be read"
    assert "  denied: /l/app.log: a directory may not be read" in english.splitlines()
    assert "  denied: /l: a directory may not be read" in english.splitlines()
    assert chinese.startswith(" 需要处理")


def test_with_json_it_is_the_daemons_own_answer(host, capsys):
    """For scripts; the exit code is the same."""
    server = host.answers(problems=["x"])
    assert host.ask("--json") == 1
    server.stop()
    assert json.loads(capsys.readouterr().out) == {"state_dir": str(host.state)} | HEALTHY | {"problems": ["x"]}


def test_the_socket_of_the_runtime_directory_is_asked_first_and_only_for_this_state(host, tmp_path, capsys):
    """Another daemon on this host is not ours."""
    (tmp_path / "run").mkdir()
    other = host.answers(tmp_path / "run", state_dir="/elsewhere", pid=1)
    ours = host.answers()
    assert host.ask() == 0
    assert "pid 4711" in capsys.readouterr().out
    ours.stop()
    assert host.ask() == 1
    assert "not running" in capsys.readouterr().out
    other.stop()


def test_a_daemon_that_is_down_is_1_and_says_what_is_waiting(host, capsys):
    """From its state, which is only looked at."""
    store = open_store(host.state)
    store.save_incident(incident())
    store.connection.execute("INSERT INTO outbox VALUES ('sec', 'LW-7Q2K', 1, 'first', 3, 0, 0, NULL)")
    store.close()
    assert host.ask() == 1
    shown = capsys.readouterr().out
    assert shown.startswith(f"✗ the daemon is not running ({host.state})")
    assert "known incidents: 1" in shown
    assert "pending alerts: 1" in shown
    assert "start it: systemctl start leakwatch   (or: leakwatch run)" in shown
    assert host.ask("--json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["pid"], document["problems"], document["incidents_known"]) == (None, ["daemon down"], 1)


def test_where_nothing_ever_ran_it_says_so(host, capsys):
    """And what to do."""
    assert host.ask() == 1
    assert "has leakwatch run here, as this user?" in capsys.readouterr().out


def test_a_state_of_another_shape_is_no_crash(host, capsys):
    """A database that is there but not begun yet, as after a kill in its first moment."""
    (host.state / "leakwatch.db").touch()
    assert host.ask() == 1
    assert "not running" in capsys.readouterr().out


def test_it_answers_quickly(host):
    """Also when the daemon is down: nobody waits for a status."""
    began = time.monotonic()
    host.ask()
    assert time.monotonic() - began < 1
