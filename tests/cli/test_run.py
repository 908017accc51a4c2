"""``leakwatch run`` as a real process: signals and exit codes."""

from __future__ import annotations

import json
import signal
from collections import Counter

import pytest
from support.daemon_process import DaemonHost
from support.daemon_state import LINE, MOBILE, wait_until
from support.receivers import EventHook

from leakwatch.state.store import read_only


@pytest.fixture
def host(tmp_path):
    return DaemonHost(tmp_path)


def test_sigterm_under_load_stops_the_daemon_and_nothing_is_read_twice(host):
    """What was read is stored, and the next start continues there."""
    with EventHook() as hook:
        host.channels = [{"name": "soc", "type": "webhook", "url": hook.url}]
        host.configure()
        with host.running() as process:
            (host.logs / "app.log").write_text(LINE * 5_000)
            assert hook.wait_for(lambda it: it.received)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        assert not (host.state / "control.sock").exists()
        with host.running():
            wait_until(lambda: host.status()["watches"][0]["lag_bytes"] == 0 and host.status()["watches"][0]["files"])
            wait_until(lambda: host.status()["incidents"]["latest"][0]["count"] == 5_000)
    assert host.log()[-1]["event"] == "stopped"


def test_sighup_applies_a_changed_configuration(host):
    """An invalid one is rejected and shown as a problem."""
    with host.running() as process:
        host.config.write_text("watch: [")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: any("bad-configuration" in problem for problem in host.status()["problems"]))
        host.configure(env="prod")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: host.status()["problems"] == [])
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    events = [line["event"] for line in host.log()]
    assert "reload refused; the old configuration stays in force" in events
    assert "reloaded" in events


def test_a_second_instance_exits_2_with_one_line(host):
    """The first instance keeps running."""
    with host.running():
        second = host.call("run")
        assert (second.returncode, second.stdout) == (2, "")
        *warnings, line = second.stderr.splitlines()
        assert all(json.loads(warning)["event"] == "configuration" for warning in warnings)
        assert line == (
            f"leakwatch: another leakwatch already runs on state_dir {host.state}; stop it, or configure another "
            "state_dir here"
        )
        assert host.status()["ready"]


def test_configuration_warnings_are_logged_at_every_load(host):
    """They are structured log records, so that every line of the log can be parsed."""
    with host.running() as process:
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: any(line["event"] == "reloaded" for line in host.log()))
    warnings = [line for line in host.log() if line["event"] == "configuration"]
    assert set(Counter(line["warning"] for line in warnings).values()) == {2}
    assert {line["level"] for line in warnings} == {"warning"}


def test_nothing_to_watch_exits_2_with_advice(host):
    """The error names ``leakwatch config init``."""
    host.configure(watch=[])
    ended = host.call("run")
    assert ended.returncode == 2
    assert "nothing to watch" in ended.stderr
    assert "leakwatch config init" in ended.stderr


def test_the_daemon_logs_incidents_without_values(host):
    """JSON lines on standard error, with service, severity and entities."""
    with host.running("-v"):
        (host.logs / "app.log").write_text(LINE)
        wait_until(lambda: any(line["event"] == "incident opened" for line in host.log()))
    [opened] = [line for line in host.log() if line["event"] == "incident opened"]
    assert (opened["service"], opened["severity"], opened["entities"]) == ("loan", "medium", ["CN_MOBILE"])
    assert MOBILE not in host.said.read_text()
    connection = read_only(host.state)
    assert connection.execute("SELECT count(*) FROM finding").fetchone()[0] == 1
    connection.close()


def test_each_watch_has_its_own_detection_and_labels(host):
    """A reload changes them; status and alerts show them."""
    (host.home / "crm").mkdir()
    crm = {"name": "crm", "kind": "log", "paths": [f"{host.home}/crm/*.log"], "labels": {"zone": "dmz"}}
    loan = {"name": "loan", "kind": "log", "paths": [f"{host.logs}/*.log"]}
    line = f"INFO c.e.Pay - apply mobile={MOBILE} mac=00:1A:2B:3C:4D:5E\n"

    def watches(detect):
        host.configure(watch=[loan, crm | {"detect": detect}], detect={"rules": []})

    def found(service):
        latest = host.status()["incidents"]["latest"]
        return {
            entity: count for one in latest if one["service"] == service for entity, count in one["entities"].items()
        }

    with EventHook() as hook:
        host.channels = [{"name": "soc", "type": "webhook", "url": hook.url}]
        watches({"disable": ["cn-mobile"], "enable": ["mac-address"]})
        with host.running() as process:
            (host.logs / "app.log").write_text(line)
            (host.home / "crm/app.log").write_text(line)
            wait_until(lambda: found("loan") == {"CN_MOBILE": 1} and found("crm") == {"MAC_ADDRESS": 1})
            watches_shown = {watch["name"]: (watch["detect"], watch["labels"]) for watch in host.status()["watches"]}
            assert watches_shown == {
                "loan": ({}, {}),
                "crm": ({"enable": ["mac-address"], "disable": ["cn-mobile"]}, {"zone": "dmz"}),
            }
            assert "detect enable=mac-address disable=cn-mobile, labels zone=dmz" in host.call("status").stdout
            watches({"min_score": 0.6})
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: host.status()["watches"][1]["detect"] == {"min_score": 0.6})
            with (host.home / "crm/app.log").open("a") as log:
                log.write(line.replace(MOBILE, "13900001235"))
            wait_until(lambda: found("crm") == {"MAC_ADDRESS": 1, "CN_MOBILE": 1})
            assert hook.wait_for(
                lambda it: {one["data"]["resources"][0]["name"] for one in it.shown} == {"loan", "crm"}
            )
    for event in hook.shown:
        expected = {"zone": "dmz"} if event["data"]["resources"][0]["name"] == "crm" else {}
        assert event["data"]["unmapped"]["leakwatch"]["labels"] == expected
        assert event["data"]["metadata"].get("labels", []) == [f"{name}:{value}" for name, value in expected.items()]
