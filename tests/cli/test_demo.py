"""``leakwatch demo`` runs the real daemon and shows the alerts that arrive."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from contextlib import nullcontext

import pytest

from leakwatch.cli import demo_runner, main
from leakwatch.cli.cli_context import CliContext
from leakwatch.core.errors import Exit

PEOPLE = ("440301190808080125", "810000190303030014", "13900001234", "16200001234", "6222020000000000000")


def test_the_demo_shows_two_alerts_and_no_value():
    """One command, two alerts, nothing left behind."""
    env = {**os.environ, "LANG": "C.UTF-8"}
    ended = subprocess.run(
        [sys.executable, "-m", "leakwatch", "demo", "--lang", "en"],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        env=env,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "done: 2 alerts arrived" in ended.stdout
    assert "com.example.loan.ApplyController" in ended.stdout
    assert "customers.csv" in ended.stdout
    assert not [value for value in PEOPLE if value in ended.stdout]


class ExitedProcess:
    """A daemon that exited at once."""

    def poll(self):
        return 4


def test_a_daemon_that_does_not_start_exits_1(monkeypatch, capsys):
    """The message is in the user's language."""
    monkeypatch.setattr(demo_runner, "_running_daemon", lambda *_: nullcontext(ExitedProcess()))
    assert demo_runner.run_demo(CliContext(env={}, lang_option="zh")) is Exit.FOUND
    assert "守护进程未能启动" in capsys.readouterr().out


def test_a_missing_alert_exits_1(monkeypatch, capsys):
    """The message says which one is missing."""
    monkeypatch.setattr(demo_runner, "_running_daemon", lambda *_: nullcontext(ExitedProcess()))
    monkeypatch.setattr(demo_runner, "_wait_until_ready", lambda *_: True)
    monkeypatch.setattr(demo_runner, "_append", lambda *_: None)
    monkeypatch.setattr(demo_runner, "ALERT_SECONDS", 0.05)
    assert main(["demo", "--lang", "en"], {}) == 1
    assert "no alert arrived (1/2)" in capsys.readouterr().out


def test_waiting_for_the_daemon_times_out(monkeypatch, tmp_path):
    """A daemon that never becomes ready does not block the demo."""
    monkeypatch.setattr(demo_runner, "READY_SECONDS", 0.1)
    process = type("Process", (), {"poll": lambda _: None})()
    assert not demo_runner._wait_until_ready(process, tmp_path)


def test_a_daemon_that_ignores_sigterm_is_killed():
    """No process is left behind."""
    stuck = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import signal, time\nsignal.signal(15, signal.SIG_IGN)\nprint(1, flush=True)\ntime.sleep(60)",
        ],
        stdout=subprocess.PIPE,
    )
    stuck.stdout.readline()
    real = stuck.wait
    stuck.wait = lambda timeout=None: real(0.1 if timeout else None)
    demo_runner._stop(stuck)
    assert stuck.returncode == -9
    stuck.stdout.close()


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/cgi-bin/webhook/send?key=demo", {"markdown": {"content": "ok"}}, 0),
        ("/cgi-bin/webhook/send?key=other", {"markdown": {"content": "ok"}}, 93000),
        ("/elsewhere?key=demo", {"markdown": {"content": "ok"}}, 93000),
        ("/cgi-bin/webhook/send?key=demo", {"text": "x"}, 40008),
        ("/cgi-bin/webhook/send?key=demo", {"markdown": {"content": "好" * 2000}}, 40058),
    ],
)
def test_the_receiver_has_the_rules_of_wecom(path, body, code):
    """Key, message type and size are checked as the real service does."""
    receiver = demo_runner.WeComReceiver()
    host, port = receiver.server.server_address
    request = urllib.request.Request(f"http://{host}:{port}{path}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert json.load(answer)["errcode"] == code
    assert len(receiver.messages) == (code == 0)
    receiver.close()
