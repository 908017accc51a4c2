"""Values that go into the daemon through every opening come out of none: not stored, not logged, not sent, not shown."""

from __future__ import annotations

import base64
import json
import socket
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack

from daemonhost import DaemonHost
from daemonroom import wait_until
from openpyxl import Workbook
from receivers import DingTalkRobot, EventHook, FeishuRobot, Receiver, SlackHook, TeamsFlow, WeComRobot

from leakwatch.store import read_only

# One value for each opening, so that a hit says where it leaked.
IN_LINE, IN_LOG_NAME, IN_EXPORT_NAME, IN_SHEET, IN_HEADER, IN_MEMBER, IN_LOGGER, IN_HALF_LINE = (
    f"1390000{number}27" for number in range(31, 39)
)
IN_CELL, IN_JSON_KEY, IN_DIRECTORY, IN_DAMAGED = (f"1620000{number}58" for number in range(41, 45))
IDENTITY = "440301190808080125"
PASSWORD = "Zq7!kTwe0rXv"  # made up
MAIL = "wang.xiaoming.canary@example.com"
CARD = "6205500000000000004"
VALUES = (
    IN_LINE,
    IN_LOG_NAME,
    IN_EXPORT_NAME,
    IN_SHEET,
    IN_HEADER,
    IN_MEMBER,
    IN_LOGGER,
    IN_HALF_LINE,
    IN_CELL,
    IN_JSON_KEY,
    IN_DIRECTORY,
    IN_DAMAGED,
    IDENTITY,
    PASSWORD,
    MAIL,
    CARD,
)


def spellings(value: str) -> Iterator[bytes]:
    """The value in the forms in which bytes travel."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        raw = value.encode(encoding)
        yield raw
        yield raw.hex().encode()
        yield raw.hex().upper().encode()
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + raw)
            # only the characters that do not depend on what stands before and after it
            yield encoded[(shift * 8 + 5) // 6 : (shift + len(raw)) * 8 // 6]
    yield json.dumps(value).strip('"').encode()
    yield value[::-1].encode()


def hits(data: bytes) -> list[str]:
    """Which values are in there, in whatever spelling."""
    return [value for value in VALUES if any(spelling in data for spelling in spellings(value))]


def plant(host: DaemonHost) -> None:
    """One value through each opening."""
    (host.logs / "app.log").write_text(
        f"2026-01-05 09:30:12 INFO  [main] com.example.Loan - apply mobile={IN_LINE} idCardNo={IDENTITY}\n"
        f"2026-01-05 09:30:12 ERROR [main] com.example.Login - login failed password={PASSWORD} mail={MAIL}\n"
        f'{{"logger": "user-{IN_LOGGER}", "msg": "ok", "mobile": "{IN_LINE}", "{IN_JSON_KEY}": "x", "card": "{CARD}"}}\n'
        f"2026-01-05 09:30:13 INFO  half a line, phone {IN_HALF_LINE}"
    )
    (host.logs / f"user-{IN_LOG_NAME}.log").write_text(f"INFO mobile={IN_LINE}\n")
    below = host.exports / f"customer-{IN_DIRECTORY}"
    below.mkdir()
    (below / f"export-{IN_EXPORT_NAME}.csv").write_text(f"name,手机号,{IN_HEADER}\nx,{IN_CELL},y\n")
    (below / "rows.jsonl").write_text(json.dumps({"phone": IN_CELL, IN_JSON_KEY: {"idcard": IDENTITY}}) + "\n")
    book = Workbook()
    book.active.title = f"user {IN_SHEET}"
    book.active.append(["姓名", "手机号"])
    book.active.append(["x", IN_CELL])
    book.save(host.exports / "book.xlsx")
    locked = host.exports / "locked.zip"
    with zipfile.ZipFile(locked, "w") as archive:
        archive.writestr(f"{IN_MEMBER}.csv", f"mobile\n{IN_LINE}\n")
    data = bytearray(locked.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1  # the flag that says encrypted
    locked.write_bytes(data)
    (host.exports / f"{IN_DAMAGED}.gz").write_bytes(b"\x1f\x8b\x08\0" + b"\0" * 6 + b"damaged" * 5)


def test_the_search_finds_what_it_looks_for():
    """A search that finds nothing must not be one that cannot."""
    for value in VALUES:
        for spelling in spellings(value):
            assert hits(b"xx" + spelling + b"yy") == [value]
        for prefix in (b"", b"a", b"ab"):
            assert hits(base64.b64encode(prefix + f"tel {value} end".encode())) == [value]
    assert hits(b"139****3127 440301********0125") == []


def test_no_value_leaves_the_daemon(tmp_path):
    """State with its WAL, log at DEBUG, every receiver's bodies and headers, status, metrics and health."""
    host = DaemonHost(tmp_path)
    with ExitStack() as stack, socket.socket() as chosen:
        receivers: dict[str, Receiver] = {
            "wecom": stack.enter_context(WeComRobot()),
            "dingtalk": stack.enter_context(DingTalkRobot(secret="SECcanary")),
            "feishu": stack.enter_context(FeishuRobot(secret="canary")),
            "slack": stack.enter_context(SlackHook()),
            "teams": stack.enter_context(TeamsFlow()),
            "webhook": stack.enter_context(EventHook()),
            "alertmanager": stack.enter_context(Receiver()),
        }
        host.channels = [
            {"name": name, "type": name, "url": receiver.url}
            | ({"secret": receiver.secret} if getattr(receiver, "secret", None) else {})
            for name, receiver in receivers.items()
            if name != "alertmanager"
        ]
        host.channels.append(
            {"name": "am", "type": "webhook", "format": "alertmanager", "url": receivers["alertmanager"].url}
        )
        chosen.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{chosen.getsockname()[1]}"
        chosen.close()
        alerts = {"channels": host.channels, "allow_hosts": ["127.0.0.1"], "lang": "zh"}
        host.configure(alerts=alerts, metrics={"listen": address})
        said = []
        with host.running("-v"):
            plant(host)
            wait_until(lambda: quiet(host), seconds=40)
            for receiver in receivers.values():
                assert receiver.wait_for(lambda it: it.received, seconds=15), receiver
            said += [host.call("status", *more).stdout.encode() for more in ((), ("--json",), ("--lang", "zh"))]
            for page in ("metrics", "healthz"):
                said.append(_page(f"http://{address}/{page}"))
            running = {path.name: path.read_bytes() for path in host.state.iterdir() if path.is_file()}
        said.append(host.call("status", "--json").stdout.encode())
        sent = {
            name: b"\n".join(request.body + repr((request.target, request.headers)).encode() for request in it.received)
            for name, it in receivers.items()
        }
    stopped = {path.name: path.read_bytes() for path in host.state.iterdir() if path.is_file()}
    status = json.loads(said[1])
    found = {entity for one in status["incidents"]["latest"] for entity in one["entities"]}
    assert {"CN_MOBILE", "CN_RESIDENT_ID", "SECRET_PASSWORD"} <= found, "what was planted was seen"
    assert status["incidents"]["by_severity"]
    assert b"139****" in running["leakwatch.db-wal"] + running["leakwatch.db"], "and stored, masked"
    assert {gap["kind"] for gap in status["gaps"]} >= {"skipped-input"}
    leaks = {
        "state": hits(b"".join(running.values())),
        "state after the end": hits(b"".join(stopped.values())),
        "log": hits(host.said.read_bytes()),
        "status, metrics, health": hits(b"".join(said)),
    } | {name: hits(data) for name, data in sent.items()}
    assert not {where: values for where, values in leaks.items() if values}


def quiet(host: DaemonHost) -> bool:
    """Whether everything that was planted was looked at, the half line included, and every channel has told it."""
    status = host.status()
    if not status or any(watch.get("waiting") for watch in status["watches"]):
        return False
    connection = read_only(host.state)
    try:
        lines = connection.execute("SELECT place FROM finding WHERE path LIKE '%/app.log'").fetchall()
        waiting = connection.execute("SELECT count(*) FROM message WHERE state = 'pending'").fetchone()[0]
        gaps = connection.execute("SELECT count(*) FROM gap").fetchone()[0]
    finally:
        connection.close()
    return any('"line": 4' in row["place"] for row in lines) and waiting == 0 and gaps >= 2


def _page(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()
