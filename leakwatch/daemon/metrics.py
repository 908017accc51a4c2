"""Prometheus metrics and a health page on one small HTTP server. No label ever holds a value."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from leakwatch.core.errors import ConfigError
from leakwatch.daemon.server_thread import ServerThread

ANSWER_SECONDS = 5.0
"""How long a client may take to ask, and to take its answer."""


def _registry() -> CollectorRegistry:
    return CollectorRegistry(auto_describe=True)


@dataclass(slots=True)
class Metrics:
    """The counters of one daemon."""

    registry: CollectorRegistry = field(default_factory=_registry)
    read_bytes: Counter = field(init=False)
    findings: Counter = field(init=False)
    incidents: Counter = field(init=False)
    quiet: Counter = field(init=False)
    gaps: Counter = field(init=False)
    open_gaps: Gauge = field(init=False)
    skipped: Counter = field(init=False)
    decode_errors: Counter = field(init=False)
    lag: Gauge = field(init=False)
    behind: Gauge = field(init=False)
    pending: Gauge = field(init=False)
    latency: Histogram = field(init=False)

    def __post_init__(self) -> None:
        self.read_bytes = self._counter("read_bytes", "Bytes of text that were analysed", "watch")
        self.findings = self._counter("findings", "Values found", "watch", "entity")
        self.incidents = self._counter("incidents", "Incidents opened", "watch", "severity")
        self.quiet = self._counter("quiet", "Hits that were not reported", "watch", "why")
        self.gaps = self._counter("gaps", "Moments in which something may have gone unseen", "kind")
        self.open_gaps = Gauge("leakwatch_gaps_open", "Gaps that are not closed yet", registry=self.registry)
        self.skipped = self._counter("skipped_inputs", "Inputs that were not scanned", "watch", "reason")
        self.decode_errors = self._counter("decode_errors", "Undecodable places in text", "watch")
        self.behind = Gauge(
            "leakwatch_behind_seconds", "How long the oldest unread line waits", ["watch"], registry=self.registry
        )
        self.lag = Gauge("leakwatch_lag_bytes", "Bytes there and not read yet", ["watch"], registry=self.registry)
        self.pending = Gauge("leakwatch_alerts_pending", "Alerts not accepted yet", ["channel"], registry=self.registry)
        self.latency = Histogram(
            "leakwatch_record_seconds",
            "Seconds from reading new lines to their findings being stored",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
            registry=self.registry,
        )

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"leakwatch_{name}", meaning, labels, registry=self.registry)


class HealthServer:
    """Serves ``/metrics`` and ``/healthz`` (200 if ``health`` returns no problem, else 503 with the problems)."""

    def __init__(self, listen: str, metrics: Metrics, health: Callable[[], list[str]]) -> None:
        host, _, port = listen.rpartition(":")
        host = host.strip("[]")

        class Handler(BaseHTTPRequestHandler):
            timeout = ANSWER_SECONDS

            def do_GET(self) -> None:  # the name http.server wants
                if self.path == "/metrics":
                    self._answer(200, CONTENT_TYPE_LATEST, generate_latest(metrics.registry))
                elif self.path == "/healthz":
                    problems = health()
                    body = json.dumps({"ok": not problems, "problems": problems}, ensure_ascii=False).encode()
                    self._answer(503 if problems else 200, "application/json", body)
                else:
                    self._answer(404, "text/plain", b"/metrics or /healthz\n")

            def _answer(self, code: int, kind: str, body: bytes) -> None:
                self.send_response(code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name http.server wants
                """Requests of a monitor are not worth a log line."""

        class Server(ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that disconnected is no error here; a traceback is never printed."""

        try:
            self._server = Server((host, int(port)), Handler)
        except OSError as error:
            raise ConfigError(
                f"metrics.listen {listen}: {error.strerror}; choose another address, or off to do without"
            ) from None
        self._serving = ServerThread("health", self._server)

    @property
    def address(self) -> str:
        """Where it really listens."""
        host, port = self._server.server_address[:2]
        return f"[{host!s}]:{port}" if ":" in str(host) else f"{host!s}:{port}"

    def start(self) -> None:
        """Serve from now on."""
        self._serving.start()

    def silent(self, seconds: float) -> str | None:
        """See ``ServerThread.silent``."""
        return self._serving.silent(seconds)

    def stop(self) -> None:
        """Close the port."""
        self._serving.stop()
