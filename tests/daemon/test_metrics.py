"""What a monitor reads."""

from __future__ import annotations

import json
import socket
import threading
from http.client import HTTPConnection

import pytest
from prometheus_client.parser import text_string_to_metric_families

from leakwatch.core.errors import ConfigError
from leakwatch.daemon import metrics as module
from leakwatch.daemon.metrics import HealthServer, Metrics


@pytest.fixture
def served():
    metrics, problems = Metrics(), []
    server = HealthServer("127.0.0.1:0", metrics, lambda: problems)
    server.start()
    yield server.address, metrics, problems
    server.stop()


def get(address, path):
    connection = HTTPConnection(address, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers["Content-Type"], body.decode()


def test_metrics_are_in_the_format_of_prometheus(served):
    """With every family named and described."""
    address, metrics, _ = served
    metrics.findings.labels("logs", "CN_MOBILE").inc(3)
    status, kind, text = get(address, "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert (status, kind.split(";")[0]) == (200, "text/plain")
    assert families["leakwatch_findings"].samples[0].value == 3
    assert set(families) >= {
        f"leakwatch_{name}"
        for name in [
            "read_bytes",
            "findings",
            "incidents",
            "quiet",
            "gaps",
            "gaps_open",
            "skipped_inputs",
            "decode_errors",
            "lag_bytes",
            "alerts_pending",
            "record_seconds",
        ]
    }
    assert all(family.documentation for family in families.values())


def test_health_reports_what_is_wrong(served):
    """By its code for a load balancer, by its body for a person."""
    address, _, problems = served
    assert get(address, "/healthz") == (200, "application/json", '{"ok": true, "problems": []}')
    problems.append("线程 died")
    status, _, body = get(address, "/healthz")
    assert (status, json.loads(body)) == (503, {"ok": False, "problems": ["线程 died"]})
    assert get(address, "/")[0] == 404


def test_a_failing_check_or_a_client_that_leaves_prints_nothing(capfd):
    """A traceback on standard error could hold plaintext."""

    def fail():
        raise RuntimeError("a text that could hold a value")

    server = HealthServer("127.0.0.1:0", Metrics(), fail)
    server.start()
    with socket.create_connection(server.address.split(":"), timeout=60) as client:
        client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        assert client.recv(1) == b""
    assert get(server.address, "/metrics")[0] == 200
    server.stop()
    assert capfd.readouterr() == ("", "")


def test_a_silent_client_keeps_nobody_waiting(monkeypatch):
    """It is left after a while."""
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    server = HealthServer("127.0.0.1:0", Metrics(), list)
    server.start()
    with socket.create_connection(server.address.split(":"), timeout=60) as silent:
        assert get(server.address, "/healthz")[0] == 200
        assert silent.recv(1) == b""
    server.stop()


def test_an_address_in_use_is_a_mistake_of_the_configuration(served):
    """Told with the key and the way out."""
    with pytest.raises(ConfigError, match=r"metrics\.listen 127\.0\.0\.1:\d+: Address already in use; choose another"):
        HealthServer(served[0], Metrics(), list)


def test_it_listens_on_ipv6_too():
    """An address in brackets."""
    try:
        server = HealthServer("[::1]:0", Metrics(), list)
    except ConfigError:
        pytest.skip("no IPv6 here")
    server.start()
    assert server.address.startswith("[::1]:")
    assert get(server.address, "/healthz")[0] == 200
    server.stop()


def test_one_that_never_started_can_be_stopped():
    """A start that fails half-way must end, not hang."""
    server = HealthServer("127.0.0.1:0", Metrics(), list)
    stopper = threading.Thread(target=server.stop, daemon=True)
    stopper.start()
    stopper.join(5)
    assert not stopper.is_alive()
