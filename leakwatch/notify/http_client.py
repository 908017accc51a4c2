"""One POST to a checked address, within a deadline; every way it can end is an exception of its own.

Neither the URL nor the body nor the answer's text gets into an exception, its chain or a log line: the URL of a webhook
is its password, and both the exceptions of ``requests`` and the log lines of urllib3 print it.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from leakwatch.core.errors import ChannelFault, MaybeDelivered, TryLater, UnknownAnswer
from leakwatch.notify.allowed_hosts import AllowedHosts, Resolve, Target, resolve, vet

ANSWER_BYTES = 64 * 1024
"""No robot answers with more than this; the rest is not read."""

_LOGGERS = ("urllib3", "urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to connect, to wait for the next bytes, and for the whole exchange."""

    connect: float = 4.0
    read: float = 8.0
    total: float = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the receiver answered; an error's ``body`` is cut at ``ANSWER_BYTES``. ``after``: Retry-After in seconds."""

    status: int
    body: bytes = field(repr=False)
    after: float | None = None


class HttpClient:
    """Posts bytes to webhooks. Nothing is taken from the environment: no proxy, no netrc, no certificate bundle."""

    def __init__(
        self,
        *,
        allow_hosts: tuple[str, ...] = (),
        proxy: str | None = None,
        ca_file: str | None = None,
        timeouts: Timeouts | None = None,
        resolver: Resolve = resolve,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._allowed = AllowedHosts(allow_hosts)
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._verify: str | bool = ca_file or True
        self._timeouts = timeouts or Timeouts()
        self._resolver = resolver
        self._clock = clock
        _hush()

    def post(self, url: str, body: bytes, headers: Mapping[str, str], *, read_body: bool = True) -> Reply:
        """The receiver's answer, whatever its status below 300 or from 400 on.

        ``ChannelFault`` for an address, certificate or redirect that must not be followed; ``TryLater`` when nothing
        was sent; ``MaybeDelivered`` when the request left and no whole answer came back; ``UnknownAnswer`` when a
        success is longer than any that is known.
        """
        try:
            request = requests.Request("POST", url, headers=dict(headers), data=body).prepare()
            target = vet(request.url or "", self._allowed, self._resolver, proxied=bool(self._proxies))
        except (requests.RequestException, ValueError):
            raise ChannelFault("the address is not a valid URL", "url") from None
        request.headers["Host"] = urlsplit(request.url or "").netloc.rpartition("@")[2]
        # A compressed answer would need two limits. One connection per post, since the reset of a kept connection
        # looks like a reset after delivery.
        request.headers.update({"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "leakwatch"})
        end = time.monotonic() + self._timeouts.total
        *others, last = target.addresses or (None,)
        for address in others:
            try:
                return self._exchange(request, target, address, end, read_body=read_body)
            except TryLater:
                continue  # nothing was sent there
        return self._exchange(request, target, last, end, read_body=read_body)

    def _exchange(
        self, request: requests.PreparedRequest, target: Target, address: str | None, end: float, *, read_body: bool
    ) -> Reply:
        limits = self._timeouts
        with (
            _Exchange(max(0.0, end - time.monotonic())) as exchange,
            _PinnedAdapter(exchange, target, address) as adapter,
        ):
            try:
                response = adapter.send(
                    request,
                    stream=True,
                    timeout=(limits.connect, limits.read),
                    verify=self._verify,
                    proxies=self._proxies,
                )
                with response:
                    if 300 <= response.status_code < 400:
                        raise ChannelFault("the receiver redirects elsewhere; redirects are not followed", "redirect")
                    answer = _read(response) if read_body else b""
            # ValueError and OSError: requests lets a few of urllib3's, http.client's and ssl's through as they are.
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
                raise _outcome(error, exchange) from None
            if exchange.expired:  # a closed socket looks like the end of headers or body
                raise MaybeDelivered("the receiver's answer took too long", "slow")
            return Reply(response.status_code, answer, _retry_after(response.headers, self._clock()))


class _Exchange:
    """The progress of one exchange and its deadline: the socket is closed then, whatever waits for it."""

    def __init__(self, seconds: float) -> None:
        self.connected = False
        self.expired = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    def watched(self, connection_class: Any) -> Any:
        """A connection class that records when it is ready to send."""
        exchange = self

        class Watched(connection_class):  # type: ignore[misc]  # the class is urllib3's choice, known at run time
            def connect(self) -> None:
                super().connect()
                exchange._ready(self.sock)

        return Watched

    def _ready(self, sock: socket.socket) -> None:
        self._socket = sock
        self.connected = True
        if self.expired:
            raise TimeoutError

    def _expire(self) -> None:
        self.expired = True
        if self._socket is not None:
            try:
                # The plain call even for TLS: SSLSocket's own would drop its state under the reader's feet.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already


class _PinnedAdapter(HTTPAdapter):
    """Connects to the checked address and to no other, while TLS and the Host header keep the name."""

    def __init__(self, exchange: _Exchange, target: Target, address: str | None) -> None:
        self._exchange = exchange
        self._target = target
        self._address = address
        super().__init__(max_retries=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        keys: Any = super().build_connection_pool_key_attributes(request, verify, cert)
        host, tls = keys
        if self._address is not None:
            host["host"] = self._address
            if host["scheme"] == "https":
                tls["server_hostname"] = self._target.host
        return host, tls

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        pool: Any = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.ConnectionCls = self._exchange.watched(pool.ConnectionCls)
        return pool


def _read(response: requests.Response) -> bytes:
    pieces = bytearray()
    for piece in response.iter_content(8192):
        pieces += piece
        if len(pieces) > ANSWER_BYTES:
            break
    if len(pieces) > ANSWER_BYTES and response.ok:
        raise UnknownAnswer("the receiver's answer is longer than any that is known", "too-long")
    return bytes(pieces[:ANSWER_BYTES])


def _outcome(error: BaseException, exchange: _Exchange) -> ChannelFault | TryLater | MaybeDelivered:
    slow = exchange.expired or isinstance(error, requests.Timeout)
    if exchange.connected:
        if slow:
            return MaybeDelivered("the receiver's answer took too long", "slow")
        return MaybeDelivered("the connection broke before the answer was whole", "broken")
    if _caused_by(error, ssl.SSLCertVerificationError):
        return ChannelFault(
            "the receiver's certificate is not trusted; if it is signed by an authority of your own, "
            "name that authority's file in alerts.ca_file",
            "certificate",
        )
    if not isinstance(error, requests.ConnectionError) and not slow:
        return ChannelFault("the request cannot be made; check url, proxy and ca_file", type(error).__name__)
    if isinstance(error, requests.exceptions.ProxyError):
        reason = "the proxy refuses a connection to the receiver"
    elif isinstance(error, requests.exceptions.SSLError):
        reason = "the receiver does not answer in TLS"
    elif slow:
        reason = "connecting took too long"
    else:
        reason = "the receiver does not accept connections"
    return TryLater(reason, "connect", hold=True)


def _caused_by(error: BaseException | None, kind: type[BaseException]) -> bool:
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, kind):
            return True
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return False


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Retry-After in seconds from now, from a number or a date; None if absent or invalid."""
    text = headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _hush() -> None:
    """Even the warnings of urllib3 quote whole URLs, so only its errors are logged."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if logger.level < logging.ERROR:
            logger.setLevel(logging.ERROR)
