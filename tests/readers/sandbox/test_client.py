"""Binary formats are parsed by a sandboxed worker: a failure there costs one file, never the scan."""

import ctypes
import gzip
import io
import os
import re
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from support.read_results import read, skips_of, text_of

from leakwatch.core.model import Field, Limits, Origin, RecordChunk, Skipped, SkipReason, TextChunk
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, RecordPlace
from leakwatch.readers import open_input
from leakwatch.readers.sandbox import client, landlock, parser_messages
from leakwatch.readers.sandbox.parser_process import MAX_FILES
from leakwatch.readers.sandbox.replay import ReplayableStream

LINE = b"2026-01-01 INFO 13900001234\n"
POISONED = (sys.executable, "-P", "-B", str(Path(__file__).parents[2] / "support" / "poisoned_parser.py"))


def zipped(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


ARCHIVE = zipped(
    {"app.log": LINE * 3, "users.csv": "姓名,手机\n甲,13900001234\n".encode(), "a.json": b'{"a": "13900001234"}'}
)


class Pipe(io.RawIOBase):
    """Bytes that arrive a few at a time and cannot be read again."""

    def __init__(self, data, step=100_000):
        self._rest, self._step = data, step

    def readable(self):
        return True

    def readinto(self, buffer):
        part = self._rest[: min(self._step, len(buffer))]
        buffer[: len(part)] = part
        self._rest = self._rest[len(part) :]
        return len(part)


@pytest.fixture
def workers(monkeypatch):
    """Real parser workers, used by this test only."""
    pool = client.ParserWorkers()
    monkeypatch.setattr(client, "WORKERS", pool)
    yield pool
    pool.stop()


@pytest.fixture
def poisoned(workers, monkeypatch):
    """Workers with hostile formats and a short grace period; returns the started ones."""
    started = []

    def start():
        started.append(parser_worker(POISONED, grace=1.0))
        return started[-1]

    parser_worker = client.ParserWorker
    monkeypatch.setattr(client, "ParserWorker", start)
    return started


def read_file(data, name="a.bin", **limits):
    replay = ReplayableStream(io.BytesIO(data))
    return list(client.read_in_sandbox(replay, Origin(name), Limits(**limits), "auto"))


@pytest.mark.parametrize("pipe", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_the_sandbox_returns_the_same_items(workers, pipe, packed):
    """Text, cells and records with their places, from files and pipes, compressed or not."""
    data, name = (gzip.compress(ARCHIVE), "a.zip.gz") if packed else (ARCHIVE, "a.zip")
    stream = io.BufferedReader(Pipe(data)) if pipe else io.BytesIO(data)
    items = list(open_input(stream, Origin(name)))
    assert len(items) == 3
    assert items == read(data, name)


ITEMS = [
    TextChunk(Origin("p", ("a", "b")), b"\xff\n\nx", 3, 4),
    RecordChunk(
        Origin("p"),
        (
            (Field("甲\ud800\n", CellPlace("s", 1, 2, "名", 3, 4), "名"), Field("b", LinePlace(1, 2, 3))),
            (Field("c", RecordPlace(1, "$.a", 2, 3), ""), Field("d", PagePlace(1, 2, 3), None)),
        ),
    ),
    Skipped(Origin("p", ("x",)), SkipReason.ENCRYPTED, 7),
    Skipped(Origin("p"), SkipReason.DAMAGED),
]


@pytest.mark.parametrize("item", ITEMS)
def test_items_survive_encoding(item):
    """The path is supplied by the client."""
    assert parser_messages.decode(parser_messages.encode(item), "p") == item


@pytest.mark.parametrize("message", [b"", b"?", b"t", b"t[1]\n", b"c[[], [[[1]]]]", b's[[], "nonsense", 1]', b"cNaN"])
def test_malformed_messages_are_rejected(message):
    """A compromised worker can send nothing but items."""
    with pytest.raises((ValueError, TypeError, KeyError)):
        parser_messages.decode(message, "p")


@pytest.mark.parametrize(
    ("format_name", "reason"),
    [
        ("crash", SkipReason.DAMAGED),
        ("leave", SkipReason.DAMAGED),
        ("garble", SkipReason.DAMAGED),
        ("hang", SkipReason.TIME_OUT),
        ("spin", SkipReason.TIME_OUT),
        ("stall", SkipReason.TIME_OUT),
        ("swallow", SkipReason.TOO_LARGE),
        ("recurse", SkipReason.TOO_DEEP),
    ],
)
def test_a_hostile_file_loses_only_itself(poisoned, format_name, reason):
    """Items before the failure are kept, the file is reported with its size, and the next one is read."""
    read_file(ARCHIVE, "a.zip")  # the start of the worker does not count against the short limit
    items = read_file(b"!" + format_name.encode(), seconds=0.3)
    assert items[-1] == Skipped(Origin("a.bin"), reason, len(format_name) + 1)
    assert text_of(items) == ("before\n" if format_name in {"crash", "hang"} else "")
    assert text_of(read_file(ARCHIVE, "a.zip")) == LINE.decode() * 3
    for worker in poisoned[:-1]:
        assert not Path(f"/proc/{worker.pid}").exists()


def landlock_version():
    return ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1)


@pytest.mark.skipif(landlock_version() < 6, reason="this kernel cannot forbid all of it")
def test_a_worker_can_change_and_reach_nothing(poisoned, tmp_path):
    """It cannot create, write, remove or execute files anywhere, connect, or signal its parent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept = tmp_path / f"port-{server.getsockname()[1]}"
        kept.write_text("kept")
        assert text_of(read_file(b"!write", str(kept))) == "done"
    assert [(path, path.read_text()) for path in tmp_path.iterdir()] == [(kept, "kept")]


def test_a_worker_can_write_nothing_even_where_the_kernel_forbids_less(tmp_path):
    """Without Landlock no byte can be written; at most an empty file can be created."""
    code = (
        "import os, sys; from leakwatch.readers.sandbox import parser_process as worker; worker.confine = lambda: False; worker.restrict();"
        "f = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT); os.write(f, b'x')"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "a"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [0]


def test_an_old_kernel_is_no_error(monkeypatch):
    """The process continues with its other limits."""

    class Old:
        @staticmethod
        def syscall(*_):
            return -1

    monkeypatch.setattr(landlock.ctypes, "CDLL", lambda *_, **__: Old)
    assert not landlock.confine()


def test_a_worker_holds_no_descriptor_of_the_file(poisoned, tmp_path):
    """It requests bytes; no descriptor is inherited."""
    path = tmp_path / "a.bin"
    path.write_bytes(b"!own_descriptors")
    with path.open("rb") as stream:
        listed = text_of(client.read_in_sandbox(ReplayableStream(stream), Origin("a.bin"), Limits(), "auto"))
    targets = {line.split(" ", 1)[1].split(":")[0] for line in listed.splitlines()}
    assert targets <= {"/dev/null", "socket", f"/proc/{poisoned[0].pid}/fd"}


def test_a_worker_is_reused_up_to_its_limit(workers):
    """The start is paid once."""
    read_file(ARCHIVE, "a.zip")
    (first,) = workers._idle
    read_file(ARCHIVE, "a.zip")
    assert workers._idle == [first]
    for _ in range(MAX_FILES - 2):
        read_file(ARCHIVE, "a.zip")
    assert workers._idle == []
    assert not Path(f"/proc/{first.pid}").exists()


def test_an_abandoned_read_leaves_no_process(workers):
    """Stopping in the middle of a file ends its worker; the next file gets a new one."""
    items = open_input(io.BytesIO(zipped({f"{n}.log": LINE * 20_000 for n in range(9)})), Origin("a.zip"))
    next(items)
    items.close()
    assert workers._idle == []
    assert len(read_file(ARCHIVE, "a.zip")) == 3


def test_a_worker_that_died_while_idle_is_replaced(workers):
    """No file is lost."""
    read_file(ARCHIVE, "a.zip")
    workers._idle[0]._process.kill()
    workers._idle[0]._process.wait()
    assert len(read_file(ARCHIVE, "a.zip")) == 3


def test_a_worker_that_cannot_start_is_reported(workers, monkeypatch):
    """The file is never parsed in the scanner instead."""

    def refuse():
        raise BlockingIOError(11, "no more processes")

    monkeypatch.setattr(client, "ParserWorker", refuse)
    assert skips_of(read_file(ARCHIVE, "a.zip")) == [((), SkipReason.DAMAGED)]


def test_a_stream_that_breaks_is_damage(workers):
    """A disk error is reported, and the worker survives."""

    class Broken(io.BytesIO):
        def read1(self, size=-1):
            if self.tell() > 10:
                raise OSError(5, "gone")
            return super().read1(5)

    items = list(open_input(Broken(b"PK\x03\x04" + ARCHIVE[4:]), Origin("a.zip")))
    assert skips_of(items) == [((), SkipReason.DAMAGED)]


def test_too_much_before_the_format_is_known_gives_up_a_pipe(monkeypatch):
    """A stream of empty members hides its format behind more bytes than are recorded."""
    monkeypatch.setattr("leakwatch.readers.sandbox.replay._MAX_RECORDED_BYTES", 1000)
    data = gzip.compress(b"") * 100 + gzip.compress(ARCHIVE)
    assert skips_of(open_input(io.BufferedReader(Pipe(data)), Origin("-"))) == [((), SkipReason.UNSUPPORTED_FORMAT)]


def test_an_unknown_encoding_is_the_callers_error():
    """As it is for text."""
    with pytest.raises(LookupError):
        list(open_input(io.BytesIO(ARCHIVE), Origin("a.zip"), encoding="klingon"))


def test_text_starts_no_worker_and_workers_inherit_no_secrets(tmp_path):
    """Clean logs cost no process; the environment that the worker gets holds no credentials."""
    program = (
        "import io, sys, gzip, pathlib, os\n"
        "from leakwatch.core.model import Origin\n"
        "from leakwatch.readers import open_input\n"
        "for name, data in (('a.log', b'x\\n'), ('a.csv', b'a,b\\n1,2\\n'), ('a.json', b'{}'), ('a.gz', gzip.compress(b'x'))):\n"
        "    list(open_input(io.BytesIO(data), Origin(name)))\n"
        "print('leakwatch.readers.sandbox.client' in sys.modules)\n"
        "from leakwatch.readers.sandbox import client\n"
        "worker = client.ParserWorker()\n"
        "print('SECRET' in pathlib.Path(f'/proc/{worker.pid}/environ').read_text(), os.readlink(f'/proc/{worker.pid}/cwd'))\n"
        "worker.stop()\n"
    )
    (tmp_path / "leakwatch.py").write_text("raise SystemExit('imported from the working directory')")
    result = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "SECRET": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout == "False\nFalse /\n", result.stderr


@pytest.mark.parametrize("content", [b"\0", b"0\n"])
def test_ten_gigabytes_of_zeros_in_a_compressed_archive_end_soon(workers, content):
    """Bytes, time and the worker's memory are limited, and the worker survives."""
    member = gzip.compress(content * (100 * 1024 * 1024 // len(content)), 1)
    header = tarfile.TarInfo("big.log")
    header.size = 10 * 1024**3
    data = gzip.compress(header.tobuf()) + member * 100
    started = time.monotonic()
    items = open_input(io.BytesIO(data), Origin("a.tar.gz"), Limits(unpacked_bytes=64 * 1024 * 1024))
    assert {reason for _, reason in skips_of(items)} <= {SkipReason.TOO_LARGE, SkipReason.UNSUPPORTED_FORMAT}
    assert time.monotonic() - started < 30
    (worker,) = workers._idle
    peak = re.search(r"VmHWM:\s+([0-9]+) kB", Path(f"/proc/{worker.pid}/status").read_text())
    assert int(peak[1]) < 150 * 1024


def test_archives_in_archives_end_at_the_depth(workers):
    """A few bytes unpack to many at every level."""
    data = zipped({"0.log": b"0" * 1_000_000})
    for level in range(5):
        data = zipped({f"{level}-{number}.zip": data for number in range(6)})
    found = skips_of(open_input(io.BytesIO(data), Origin("42.zip")))
    assert {reason for _, reason in found} == {SkipReason.TOO_DEEP}
    assert len(found) == 6**3


def test_memory_is_limited(workers):
    """A workbook whose parts exceed the worker's memory loses only itself."""
    book = zipped({"[Content_Types].xml": b"x", "xl/workbook.xml": b"<" + b"a" * 200_000_000})
    assert skips_of(open_input(io.BytesIO(book), Origin("a.xlsx")))[0][0] == ()
    assert len(read_file(ARCHIVE, "a.zip")) == 3
