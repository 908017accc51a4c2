"""Strict stand-ins for the services that alerts are posted to: real sockets, and every documented refusal.

``with WeComRobot() as robot:`` gives one on loopback; ``robot.url`` is what goes into a channel, ``robot.shown`` holds
what a person would have seen, ``robot.received`` every request. ``robot.script`` takes answers to give first, in place
of the robot's own judgement.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from leakwatch.notify import SINKS


@dataclass
class Request:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """Query values, decoded once."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query, strict_parsing=False).items()}

    @property
    def document(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What to send back.

    ``how``: whole, reset (none, after the request was taken), stall (headers and a part of the body, then silence),
    drip (one byte of header at a time), huge (a body without end).
    """

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    how: str = "whole"


def json_answer(document: Any, status: int = 200, **headers: str) -> Answer:
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer(status, body, {"Content-Type": "application/json", **headers})


HTML = Answer(200, b"<html><title>Login</title>errcode:0 ok</html>", {"Content-Type": "text/html"})
RESET = Answer(how="reset")


class Receiver:
    """A server on loopback that keeps every request; subclasses judge like the real service."""

    path = "/hook"

    def __init__(self, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self.received: list[Request] = []
        self.shown: list[Any] = []
        self.script: deque[Answer] = deque()
        self.released = threading.Event()
        self._changed = threading.Condition()
        self._tls = tls
        self._server = _server(self, address)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def host(self) -> str:
        """What has to be listed in ``alerts.allow_hosts``."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}{self.path}"

    def take(self, request: Request) -> Answer:
        with self._changed:
            self.received.append(request)
            answer = self.script.popleft() if self.script else self.judge(request)
            self._changed.notify_all()
            return answer

    def wait_for(self, met: Callable[[Self], bool], seconds: float = 60.0) -> bool:
        """Wait until the condition holds after some request; False when it does not within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: met(self), seconds)

    def judge(self, request: Request) -> Answer:
        self.shown.append(request.body)
        return Answer(200, b"ok")


def _server(receiver: Receiver, address: str) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = receiver.take(Request(self.command, self.path, headers, body))
            getattr(self, f"_{answer.how}")(answer)

        def do_GET(self) -> None:
            self.do_POST()

        def _whole(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _reset(self, answer: Answer) -> None:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

        def _stall(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body) + 10))
            self.end_headers()
            self.wfile.write(answer.body)
            receiver.released.wait(20)
            self.close_connection = True

        def _drip(self, answer: Answer) -> None:
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 2000:
                self.connection.sendall(bytes([byte]))
                if receiver.released.wait(0.02):
                    break
            self.close_connection = True

        def _huge(self, answer: Answer) -> None:
            self.send_response(answer.status)
            self.send_header("Connection", "close")
            self.end_headers()
            while not receiver.released.is_set():
                self.wfile.write(b" " * 65536)

        def log_message(self, *args: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            return  # a client that goes away is part of the game

        def shutdown_request(self, request: Any) -> None:
            try:
                super().shutdown_request(request)
            except OSError:
                return

    return Server((address, 0), Handler)


class _Robot(Receiver):
    """What the chat robots share: POST, JSON, UTF-8, and a number of messages a minute."""

    per_minute = 20

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.accepted_at: deque[float] = deque()

    def _too_fast(self) -> bool:
        now = time.monotonic()
        while self.accepted_at and self.accepted_at[0] <= now - 60:
            self.accepted_at.popleft()
        self.accepted_at.append(now)
        return len(self.accepted_at) > self.per_minute

    @staticmethod
    def _parsed(request: Request) -> Any:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return None
        try:
            return json.loads(request.body.decode("utf-8"))
        except ValueError:
            return None


class WeComRobot(_Robot):
    """HTTP 200 always; 2048 bytes of text, 4096 of markdown."""

    path = "/cgi-bin/webhook/send?key=WECOM-KEY-0123456789"

    def __init__(self, key: str = "WECOM-KEY-0123456789", **more: Any) -> None:
        super().__init__(**more)
        self.key = key

    def judge(self, request: Request) -> Answer:
        if request.path != "/cgi-bin/webhook/send" or request.query.get("key") != self.key:
            return self._no(93000, f"invalid webhook url, hint: [1], from ip: 127.0.0.1, {request.target}")
        document = self._parsed(request)
        if not isinstance(document, dict):
            return self._no(47001, "data format error")
        kind = document.get("msgtype")
        limits = {"text": 2048, "markdown": 4096}
        if kind not in limits:
            return self._no(40008, "invalid message type")
        content = document.get(kind, {}).get("content", "")
        if not content:
            return self._no(44004, "empty content")
        if len(content.encode()) > limits[kind]:
            return self._no(40058, f"{kind}.content exceed max length {limits[kind]}. invalid Request Parameter")
        if self._too_fast():
            return self._no(45009, "api freq out of limit")
        self.shown.append(document)
        return json_answer({"errcode": 0, "errmsg": "ok"})

    @staticmethod
    def _no(code: int, text: str) -> Answer:
        return json_answer({"errcode": code, "errmsg": text})


class DingTalkRobot(_Robot):
    """HTTP 200 always; signature in the URL, encoded once; a body of 20000 bytes; blocks who is too fast."""

    path = "/robot/send?access_token=DING-TOKEN-0123456789"

    def __init__(self, secret: str | None = None, keyword: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.secret, self.keyword = secret, keyword
        self.blocked = False
        self.uuids: set[str] = set()

    def judge(self, request: Request) -> Answer:
        if request.query.get("access_token") != "DING-TOKEN-0123456789":
            return self._no(300005, "token is not exist")
        if not request.headers.get("content-type", "").startswith("application/json"):
            return self._no(43004, "need Content-Type application/json")
        if len(request.body) > 20_000:
            return self._no(460101, "message too long, exceed 20000 bytes")
        if self.secret is not None:
            refused = self._unsigned(request, self.secret)
            if refused:
                return self._no(310000, refused)
        document = self._parsed(request)
        kind = document.get("msgtype") if isinstance(document, dict) else None
        if kind not in {"text", "markdown"}:
            return self._no(400105, "unsupported msgtype")
        if kind == "markdown" and not (document["markdown"].get("title") and document["markdown"].get("text")):
            return self._no(400401, "miss param : markdown->title")
        if self.keyword is not None and self.keyword not in json.dumps(document[kind], ensure_ascii=False):
            return self._no(310000, "description:关键词不匹配;solution:请联系群管理员")
        if self.blocked or self._too_fast():
            self.blocked = True
            return self._no(130101, "send too fast, exceed 20 times per minute")
        if document.get("msgUuid") not in self.uuids:
            self.uuids.add(document.get("msgUuid", str(len(self.shown))))
            self.shown.append(document)
        return json_answer({"errcode": 0, "errmsg": "ok"})

    @staticmethod
    def _unsigned(request: Request, secret: str) -> str | None:
        raw = dict(part.partition("=")[::2] for part in urlsplit(request.target).query.split("&"))
        timestamp = raw.get("timestamp", "")
        if not timestamp.isdigit() or abs(time.time() * 1000 - int(timestamp)) > 3_600_000:
            return "invalid timestamp"
        mac = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
        return None if unquote(raw.get("sign", "")) == base64.b64encode(mac).decode() else "sign not match"

    @staticmethod
    def _no(code: int, text: str) -> Answer:
        return json_answer({"errcode": code, "errmsg": text})


class FeishuRobot(_Robot):
    """Codes inside HTTP 200 and 400; signature in the body; 20000 bytes."""

    path = "/open-apis/bot/v2/hook/FEISHU-TOKEN-0123456789"
    per_minute = 100

    def __init__(self, secret: str | None = None, keyword: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.secret, self.keyword = secret, keyword

    def judge(self, request: Request) -> Answer:
        if request.path != FeishuRobot.path:
            return self._no(19001, "param invalid: incoming webhook access token invalid")
        document = self._parsed(request)
        if not isinstance(document, dict) or len(request.body) > 20_000:
            return self._no(9499, "Bad Request", 400)
        if "msg_type" not in document:
            return self._no(19002, "params error, msg_type need")
        if self.secret is not None and not self._signed(document, self.secret):
            return self._no(19021, "sign match fail or timestamp is not within one hour from current time")
        if self.keyword is not None and self.keyword not in json.dumps(document, ensure_ascii=False):
            return self._no(19024, "Key Words Not Found")
        if document["msg_type"] == "interactive":
            tags = {element.get("tag") for element in document["card"]["elements"]}
            if "schema" in document["card"] or not tags <= {"div", "note", "hr", "action", "markdown"}:
                return self._no(11246, "ErrCode: 11310; ErrMsg: unsupported type of block; ErrorValue: divider")
        elif document["msg_type"] != "text" or not document.get("content", {}).get("text"):
            return self._no(9499, "Bad Request", 400)
        if self._too_fast():
            return self._no(11232, "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]")
        self.shown.append(document)
        return json_answer({"code": 0, "msg": "success", "data": {}, "StatusCode": 0, "StatusMessage": "success"})

    @staticmethod
    def _signed(document: dict[str, Any], secret: str) -> bool:
        timestamp = document.get("timestamp", "")
        if not isinstance(timestamp, str) or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 3600:
            return False
        mac = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
        return document.get("sign") == base64.b64encode(mac).decode()

    @staticmethod
    def _no(code: int, text: str, status: int = 200) -> Answer:
        return json_answer({"code": code, "msg": text, "data": {}}, status)


class SlackHook(_Robot):
    """``ok`` or an error word; one a second with a burst; block limits."""

    path = "/services/T0000/B0000/SLACK-TOKEN-0123456789"

    def judge(self, request: Request) -> Answer:
        if request.path != SlackHook.path:
            return Answer(404, b"no_service")
        document = self._parsed(request)
        if not isinstance(document, dict):
            return Answer(400, b"invalid_payload")
        if not document.get("text"):
            return Answer(400, b"no_text")
        if len(request.body.decode()) > 13_000:
            return Answer(400, b"msg_blocks_too_long")
        for block in document.get("blocks", ()):
            limit = {"header": 150, "section": 3000}.get(block["type"], 3000)
            texts = [block["text"]["text"]] if "text" in block else [one["text"] for one in block["elements"]]
            if any(not 0 < len(text) <= limit for text in texts):
                return Answer(400, b"invalid_blocks")
        self.shown.append(document)
        return Answer(200, b"ok", {"Content-Type": "text/html"})


class TeamsFlow(_Robot):
    """HTTP 202; the card must be version 1.4 or less, its facts strings, the whole below 21 KB."""

    path = "/workflows/ID/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=TEAMS-SIG"

    def judge(self, request: Request) -> Answer:
        if request.query.get("sig") != "TEAMS-SIG" or request.query.get("sp") != "/triggers/manual/run":
            return json_answer({"error": {"code": "DirectApiAuthorizationRequired"}}, 401)
        document = self._parsed(request)
        try:
            (attachment,) = document["attachments"]
            card = attachment["content"]
            good = (
                document["type"] == "message"
                and attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
                and card["type"] == "AdaptiveCard"
                and card["version"] in {"1.2", "1.4"}
                and all(isinstance(fact["value"], str) for part in card["body"] for fact in part.get("facts", ()))
            )
        except (KeyError, TypeError, ValueError):
            good = False
        if not good or len(request.body) > 21_000:
            return json_answer({"error": {"code": "InvalidRequestContent"}}, 400)
        self.shown.append(document)
        return Answer(202)


class EventHook(Receiver):
    """A CloudEvents receiver that checks the Standard Webhooks signature over the exact bytes and drops repetitions."""

    path = "/events/HOOK-TOKEN-0123456789"

    def __init__(self, secret: str | None = None, **more: Any) -> None:
        super().__init__(**more)
        self.secret = secret
        self.ids: list[str] = []

    def judge(self, request: Request) -> Answer:
        identity, timestamp = request.headers.get("webhook-id", ""), request.headers.get("webhook-timestamp", "")
        if not re.fullmatch(r"[^.\s]+", identity) or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > 300:
            return Answer(400, b"bad headers")
        if self.secret is not None:
            key = base64.b64decode(self.secret.removeprefix("whsec_"))
            mac = hmac.new(key, f"{identity}.{timestamp}.".encode() + request.body, hashlib.sha256).digest()
            if f"v1,{base64.b64encode(mac).decode()}" not in request.headers.get("webhook-signature", "").split():
                return Answer(401, b"bad signature")
        self.ids.append(identity)
        if self.ids.count(identity) == 1:
            self.shown.append(request.document)
        return Answer(204)


class StandIn(_Robot):
    """A receiver for any sink: takes what is posted to its address and answers as the sink says that success looks."""

    path = "/robot/KEY-0123456789"

    def __init__(self, accepted: bytes, **more: Any) -> None:
        super().__init__(**more)
        self.accepted = accepted

    def judge(self, request: Request) -> Answer:
        if request.path != self.path:
            return Answer(404)
        if self._too_fast():
            return Answer(429)
        self.shown.append(request.body)
        return Answer(200, self.accepted)


STRICT: dict[str, type[Receiver]] = {
    "wecom": WeComRobot,
    "dingtalk": DingTalkRobot,
    "feishu": FeishuRobot,
    "slack": SlackHook,
    "teams": TeamsFlow,
    "webhook": EventHook,
}
"""Stand-ins that judge like the real service, by channel type."""


def stand_in(kind: str, **more: Any) -> Receiver:
    """The stand-in for a channel type: strict where there is one, else made of what the sink declares."""
    return STRICT[kind](**more) if kind in STRICT else StandIn(SINKS[kind].traits.accepted)
