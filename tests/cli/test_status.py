"""``leakwatch status``: the daemon's state, for people and scripts, also while it is down."""

from __future__ import annotations

import json
import time

import pytest
from support.alert_samples import incident

from leakwatch.cli import main
from leakwatch.daemon.control import ANSWER_SECONDS, SOCKET, ControlServer
from leakwatch.state.store import open_store

HEALTHY = {
    "pid": 4711,
    "ready": True,
    "started_at": 1_790_000_000.0,
    "problems": [],
    "watches": [
        {"name": "loan", "kind": "log", "roots": ["/var/log/loan/*.log"], "files": 3, "lag_bytes": 0, "backlog": False},
        {"name": "exports", "kind": "export", "roots": ["/data/exports"], "files": 0, "waiting": 0, "mode": "events"},
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
    """A configuration, and a control socket that answers with a status."""

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


def test_a_healthy_daemon_exits_0(host, capsys):
    """Watches, incidents and channels are printed."""
    server = host.answers()
    assert host.ask() == 0
    server.stop()
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == f"✓ healthy · pid 4711 · {host.state}"
    assert "  loan (log) /var/log/loan/*.log: files 3" in shown.splitlines()
    assert "  exports (export) /data/exports: no files yet, mode events" in shown.splitlines()
    assert (
        "  LW-7Q2K high     loan · c.e.Loan · mobile: CN_MOBILE ×12; 7 distinct values, e.g. 139****1234"
        in shown.splitlines()
    )
    assert "  sec (wecom): holding, 2 pending (HTTP 503)" in shown.splitlines()
    assert "Coverage gaps" not in shown


def test_a_starting_daemon_is_shown_as_starting(host, capsys):
    """What is missing may not have been read yet."""
    server = host.answers(ready=False)
    assert host.ask() == 0
    server.stop()
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == f"… starting, not all files have been checked yet · pid 4711 · {host.state}"


def test_problems_exit_1_and_come_first(host, capsys):
    """Every gap is listed, in the user's language."""
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


def test_json_is_the_answer_of_the_daemon(host, capsys):
    """The exit code is the same."""
    server = host.answers(problems=["x"])
    assert host.ask("--json") == 1
    server.stop()
    assert json.loads(capsys.readouterr().out) == {"state_dir": str(host.state)} | HEALTHY | {"problems": ["x"]}


def test_a_daemon_with_another_state_is_ignored(host, tmp_path, capsys):
    """The socket in the runtime directory is asked first."""
    (tmp_path / "run").mkdir()
    other = host.answers(tmp_path / "run", state_dir="/elsewhere", pid=1)
    ours = host.answers()
    assert host.ask() == 0
    assert "pid 4711" in capsys.readouterr().out
    ours.stop()
    assert host.ask() == 1
    assert "not running" in capsys.readouterr().out
    other.stop()


def test_a_stopped_daemon_exits_1_and_shows_pending_alerts(host, capsys):
    """From its database, opened read-only."""
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


def test_a_missing_state_is_reported(host, capsys):
    """The problem names the likely cause."""
    assert host.ask() == 1
    assert "has leakwatch run here, as this user?" in capsys.readouterr().out


def test_an_empty_database_is_no_crash(host, capsys):
    """As after a kill in the first moment."""
    (host.state / "leakwatch.db").touch()
    assert host.ask() == 1
    assert "not running" in capsys.readouterr().out


def test_status_waits_for_no_timeout_while_the_daemon_is_down(host):
    """It answers well within the time that a daemon has for an answer."""
    started_at = time.monotonic()
    host.ask()
    assert time.monotonic() - started_at < ANSWER_SECONDS
