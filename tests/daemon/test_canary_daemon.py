"""Values that go into the daemon through every opening come out of none: not stored, not logged, not sent, not shown."""

from __future__ import annotations

import base64
import bz2
import email.message
import gzip
import io
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import tarfile
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import py7zr
import pytest
from openpyxl import Workbook
from support.canaries import candidates, kinds, spellings
from support.daemon_process import DaemonHost
from support.daemon_state import wait_until
from support.receivers import Answer, EventHook, Receiver, stand_in

from leakwatch.notify import SINKS
from leakwatch.state.store import read_only

# One value for each opening, so that a hit says where it leaked.
OPENINGS = (
    "line", "log name", "export name", "directory", "sheet", "header", "logger", "half line", "cell", "json key",
    "encrypted member", "damaged name", "GBK log", "UTF-16 log", "gzip", "bzip2", "zip member", "7z member", "tar name",
    "mail subject", "mail attachment", "SQLite table", "SQLite cell", "HTML", "XML", "SQL dump", "suppressed", "long line",
    "escaped", "base64",
)  # fmt: skip
IN = {name: f"{'1390000' if number % 2 else '1620000'}{number + 31}27" for number, name in enumerate(OPENINGS)}
KINDS = kinds()
VALUES = (*IN.values(), *(value for value, _ in KINDS.values()))


def plant(host: DaemonHost) -> None:
    """One value through each opening."""
    plant_logs(host)
    below = host.exports / f"customer-{IN['directory']}"
    below.mkdir()
    (below / f"export-{IN['export name']}.csv").write_text(f"name,手机号,{IN['header']}\nx,{IN['cell']},y\n")
    rows = {"phone": IN["cell"], IN["json key"]: {"mobile": IN["line"]}}
    (below / "rows.jsonl").write_text(json.dumps(rows) + "\n")
    (below / "page.html").write_text(f"<html><p title='tel {IN['HTML']}'>电话 {IN['HTML']}</p></html>")
    (below / "a.xml").write_text(f"<?xml version='1.0'?><r><mobile>{IN['XML']}</mobile></r>")
    (below / "dump.sql").write_text(f"INSERT INTO u (id, mobile) VALUES (1, '{IN['SQL dump']}');\n")
    (below / "a.log.gz").write_bytes(gzip.compress(f"mobile={IN['gzip']}\n".encode()))
    (below / "a.log.bz2").write_bytes(bz2.compress(f"mobile={IN['bzip2']}\n".encode()))
    plant_workbook(host.exports / "book.xlsx")
    plant_archives(host.exports)
    plant_database(host.exports / "app.sqlite")
    plant_mail(host.exports / "a.eml")


def plant_logs(host: DaemonHost) -> None:
    payload = base64.b64encode(json.dumps({"mobile": IN["base64"], "n": 1}).encode()).decode()
    (host.logs / "app.log").write_text(
        f"2026-01-05 09:30:12 INFO  [main] com.example.Loan - apply mobile={IN['line']} payload={payload}\n"
        f"2026-01-05 09:30:12 INFO  [main] com.example.Ivr - hotline={IN['suppressed']} url=?q=%22{IN['escaped']}%22\n"
        f'{{"logger": "user-{IN["logger"]}", "msg": "ok", "mobile": "{IN["line"]}", "{IN["json key"]}": "x"}}\n'
        f"2026-01-05 09:30:13 INFO  half a line, phone {IN['half line']}"
    )
    (host.logs / f"user-{IN['log name']}.log").write_text(f"INFO mobile={IN['line']}\n")
    (host.logs / "gbk.log").write_bytes(f"信息 手机号 {IN['GBK log']}\n".encode("gb18030"))
    (host.logs / "wide.log").write_bytes(f"信息 手机号 {IN['UTF-16 log']}\r\n".encode("utf-16"))
    (host.logs / "long.log").write_text("x" * 1_500_000 + f" mobile={IN['long line']} " + "y" * 1_500_000 + "\n")
    (host.logs / "kinds.log").write_text("".join(f"{line}\n" for _, line in KINDS.values()))


def plant_workbook(path: Path) -> None:
    book = Workbook()
    book.active.title = f"user {IN['sheet']}"
    book.active.append(["姓名", "手机号"])
    book.active.append(["x", IN["cell"]])
    book.save(path)


def plant_archives(directory: Path) -> None:
    locked = directory / "locked.zip"
    with zipfile.ZipFile(locked, "w") as archive:
        archive.writestr(f"{IN['encrypted member']}.csv", f"mobile\n{IN['line']}\n")
    data = bytearray(locked.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + at] |= 1  # the flag that says encrypted
    locked.write_bytes(data)
    (directory / f"{IN['damaged name']}.gz").write_bytes(b"\x1f\x8b\x08\0" + b"\0" * 6 + b"damaged" * 5)
    with zipfile.ZipFile(directory / "a.zip", "w") as archive:
        archive.writestr(f"m-{IN['zip member']}.csv", f"mobile\n{IN['zip member']}\n")
    with py7zr.SevenZipFile(directory / "a.7z", "w") as archive:
        archive.writestr(f"mobile\n{IN['7z member']}\n", f"m-{IN['7z member']}.csv")
    with tarfile.open(directory / "a.tar", "w") as archive:
        info = tarfile.TarInfo(f"m-{IN['tar name']}.log")
        info.size = len(IN["tar name"])
        archive.addfile(info, io.BytesIO(IN["tar name"].encode()))


def plant_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f'CREATE TABLE "user {IN["SQLite table"]}" (mobile TEXT)')
    connection.execute(f'INSERT INTO "user {IN["SQLite table"]}" VALUES (?)', (IN["SQLite cell"],))
    connection.commit()
    connection.close()


def plant_mail(path: Path) -> None:
    mail = email.message.EmailMessage()
    mail["Subject"] = f"call {IN['mail subject']} (mobile)"
    mail.set_content("see attachment")
    mail.add_attachment(f"mobile\n{IN['mail attachment']}\n", filename=f"{IN['mail attachment']}.csv")
    path.write_bytes(mail.as_bytes())


def test_the_search_finds_what_it_looks_for():
    """A search that finds nothing must not be one that cannot."""
    assert len(set(VALUES)) >= 70
    for value in VALUES:
        for spelling in spellings(value):
            assert value in candidates(b"xx" + spelling + b"yy", VALUES)
        for prefix in (b"", b"a", b"ab"):
            assert value in candidates(base64.b64encode(prefix + f"tel {value} end".encode()), VALUES)
    assert candidates(b"139****3127 440301********0125", VALUES) == []


@contextmanager
def receivers() -> Iterator[dict[str, Receiver]]:
    """One of every kind, and one that refuses for good what it gets."""
    with ExitStack() as stack:
        secrets = {"dingtalk": "SECcanary", "feishu": "canary"}
        yield {
            **{
                kind: stack.enter_context(stand_in(kind, **({"secret": secrets[kind]} if kind in secrets else {})))
                for kind in SINKS
            },
            "alertmanager": stack.enter_context(Receiver()),
            "refusing": stack.enter_context(_Refusing()),
        }


class _Refusing(EventHook):
    def judge(self, request: object) -> Answer:
        return Answer(413, b"")


def channels(told: dict[str, Receiver]) -> list[dict[str, str]]:
    plain = {"alertmanager": {"format": "alertmanager"}, "refusing": {}}
    return [
        {"name": name, "type": "webhook" if name in plain else name, "url": receiver.url, **plain.get(name, {})}
        | ({"secret": receiver.secret} if getattr(receiver, "secret", None) else {})
        for name, receiver in told.items()
    ]


def settings(told: dict[str, Receiver]) -> dict[str, object]:
    quiet = {"id": "q", "match": {"value": IN["suppressed"]}, "reason": "our own", "owner": "sec"}
    return {
        "alerts": {"channels": channels(told), "allow_hosts": ["127.0.0.1"], "lang": "zh"},
        "suppress": [quiet],
    }


def test_no_value_leaves_the_daemon(tmp_path):
    """State with its WAL, log at DEBUG, temporary files, receivers, dead letters, status, metrics and health."""
    host = DaemonHost(tmp_path)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    host.env |= {"TMPDIR": str(temporary)}
    untouched = temporary.stat().st_mtime_ns
    with receivers() as told, socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{chosen.getsockname()[1]}"
        chosen.close()
        host.configure(**settings(told), metrics={"listen": address})
        said = []
        with host.running("-v"):
            plant(host)
            wait_until(lambda: quiet(host), seconds=60)
            for receiver in told.values():
                assert receiver.wait_for(lambda it: it.received, 60.0), receiver
            said += [host.call("status", *more).stdout.encode() for more in ((), ("--json",), ("--lang", "zh"))]
            said.append(host.call("config", "show").stdout.encode())
            for page in ("metrics", "healthz"):
                said.append(_page(f"http://{address}/{page}"))
            running = {path.name: path.read_bytes() for path in host.state.rglob("*") if path.is_file()}
        said.append(host.call("status", "--json").stdout.encode())
        sent = {
            name: b"\n".join(request.body + repr((request.target, request.headers)).encode() for request in it.received)
            for name, it in told.items()
        }
    stopped = {path.name: path.read_bytes() for path in host.state.rglob("*") if path.is_file()}
    assert temporary.stat().st_mtime_ns == untouched, "not even for a moment was there a temporary file"
    found = entities(host)
    assert set(KINDS) <= found, "what was planted was seen"
    assert b"139****" in running["leakwatch.db-wal"] + running["leakwatch.db"], "and stored, masked"
    assert dead_letters(host)
    status = json.loads(said[1])
    assert {gap["kind"] for gap in status["gaps"]} >= {"skipped-input"}
    leaks = {
        "state": b"".join(running.values()),
        "state after the end": b"".join(stopped.values()),
        "log": host.said.read_bytes(),
        "status, metrics, health": b"".join(said),
    } | sent
    assert all(len(data) > 200 for data in leaks.values())
    assert not {where: found for where, data in leaks.items() if (found := candidates(data, VALUES))}


def rows(host: DaemonHost, query: str) -> list[sqlite3.Row]:
    connection = read_only(host.state)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def entities(host: DaemonHost) -> set[str]:
    return {row[0] for row in rows(host, "SELECT DISTINCT entity FROM finding")}


def dead_letters(host: DaemonHost) -> int:
    return rows(host, "SELECT count(*) FROM message WHERE state = 'dead'")[0][0]


def quiet(host: DaemonHost) -> bool:
    """Whether everything planted was scanned, the half line included, and every channel was alerted."""
    status = host.status()
    if not status or any(watch.get("waiting") or watch.get("lag_bytes", 0) > 100 for watch in status["watches"]):
        return False
    half = rows(host, "SELECT place FROM finding WHERE path LIKE '%/app.log'")
    waiting = rows(host, "SELECT count(*) FROM message WHERE state = 'pending'")[0][0]
    told = waiting == 0 and gaps(host) >= 2 and dead_letters(host) > 0
    return told and any('"line": 4' in row["place"] for row in half)


def _page(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as unhealthy:
        with unhealthy:
            return unhealthy.read()


SABOTAGE = """
import sys
if "-m" in sys.orig_argv and sys.orig_argv[sys.orig_argv.index("-m") + 1] in {{"leakwatch", "leakwatch.pipeline.pool_worker"}}:
    import {module} as module

    def broken(*given, **named):
        open({reached!r}, "w").close()
        raise ValueError({value!r} + repr(given) + repr(named))

    module.{name} = broken
"""
"""Python runs it first in every process: what is broken is broken wherever the daemon has it done."""

STAGES = [
    ("leakwatch.files.tail.follower", "Follower.read"),
    ("leakwatch.pipeline.task", "open_input"),
    ("leakwatch.detection.analyze.detection_engine", "DetectionEngine.find"),
    ("leakwatch.state.store.database", "Store.add_finding"),
    ("leakwatch.notify.webhook", "Webhook.render"),
]
if os.environ.get("LONG"):
    STAGES += [
        ("leakwatch.files.finished_exports", "FinishedExports.finished"),
        ("leakwatch.detection.analyze.analyzer", "decide"),
        ("leakwatch.daemon.ledger", "Ledger.record"),
        ("leakwatch.notify.http_client", "HttpClient.post"),
    ]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("module", "name"), STAGES, ids=[name for _, name in STAGES])
def test_no_failure_of_a_stage_reports_a_value(tmp_path, module, name):
    """An error whose text is the value: the daemon goes on or ends, and says its type and place alone."""
    host = DaemonHost(tmp_path)
    reached, start = tmp_path / "reached", tmp_path / "start"
    start.mkdir()
    sabotage = SABOTAGE.format(module=module, name=name, value=IN["line"], reached=str(reached))
    (start / "sitecustomize.py").write_text(sabotage)
    host.env |= {"PYTHONPATH": os.pathsep.join(filter(None, [str(start), host.env.get("PYTHONPATH")]))}
    with EventHook() as receiver, host.said.open("ab") as said:
        host.configure(alerts={"channels": channels({"webhook": receiver}), "allow_hosts": ["127.0.0.1"]})
        (host.logs / "app.log").write_text(f"INFO mobile={IN['line']}\n")
        (host.exports / "a.csv").write_text(f"mobile\n{IN['cell']}\n")
        process = subprocess.Popen(host.command("-v", "run"), stderr=said, env=host.env)
        try:
            wait_until(reached.exists, seconds=100)
            wait_until(
                lambda: b"ValueError" in host.said.read_bytes() or process.poll() is not None or gaps(host), seconds=60
            )
        finally:
            process.terminate()
            process.wait(30)
        sent = b"".join(request.body for request in receiver.received)
    state = b"".join(path.read_bytes() for path in host.state.rglob("*") if path.is_file())
    for data in (host.said.read_bytes(), state, sent):
        assert candidates(data, VALUES) == []


def gaps(host: DaemonHost) -> int:
    return rows(host, "SELECT count(*) FROM gap")[0][0]


def test_an_abort_leaves_no_core(tmp_path):
    """SIGABRT in the middle of work, where core files are allowed: nothing of the memory reaches a disk."""
    host = DaemonHost(tmp_path)
    before = set(tmp_path.rglob("*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    assert hard != 0, "this host allows no core files, so nothing would be shown"
    cwd = Path.cwd()
    os.chdir(tmp_path)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        with host.running("-v") as process:
            plant_logs(host)
            wait_until(lambda: entities(host) >= {"CN_MOBILE", "CN_RESIDENT_ID"}, seconds=30)
            process.send_signal(signal.SIGABRT)
            assert process.wait(15) == -signal.SIGABRT
    finally:
        os.chdir(cwd)
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    left = [
        path for path in tmp_path.rglob("*") if path.is_file() and path not in before and host.logs not in path.parents
    ]
    assert left
    assert not [path for path in left if path.name.startswith("core")]
    assert candidates(b"".join(path.read_bytes() for path in left), VALUES) == []
