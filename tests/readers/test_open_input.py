"""The right reader for every input, and a reason for every input without one."""

import io
import os
import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.read_results import read, text_of

from leakwatch.core.model import Limits, Origin, Skipped, SkipReason
from leakwatch.readers import open_input

FOREIGN = {
    "a.avro": b"Obj\x01 13900001234",
    "a.rar": b"Rar!\x1a\x07\x01\0 13900001234",
    "a.png": b"\x89PNG\r\n\x1a\n 13900001234",
    "a.bin": bytes(range(256)) * 9,
}


@pytest.mark.parametrize("name", FOREIGN)
def test_unsupported_formats_are_reported_with_their_size(name):
    """Never read as garbage text, whatever the name is."""
    for shown in (name, "export.csv"):
        assert read(FOREIGN[name], shown) == [Skipped(Origin(shown), SkipReason.UNSUPPORTED_FORMAT, len(FOREIGN[name]))]


@pytest.mark.parametrize("name", ["a.log", "a.sql", "a", "a.unknown", "a.LOG"])
def test_whatever_is_text_is_read_as_text(name):
    """SQL and unknown suffixes are lines."""
    assert text_of(read("电话 13900001234\n".encode(), name)) == "电话 13900001234\n"


def test_a_named_encoding_is_used_and_an_unknown_one_is_an_error_at_once():
    """The configuration knows better than any guess."""
    assert text_of(read("電話".encode("big5"), "a.log", "big5")) == "電話"
    assert text_of(read("é".encode("latin-1"), "a.log", "latin-1")) == "é"
    with pytest.raises(LookupError):
        read(b"", "a.log", "klingon")


def test_a_file_beyond_the_limit_is_read_up_to_it_and_reported():
    """Part of a file is never taken for all of it."""
    items = read(b"13900001234\n" * 500_000, "a.log", file_bytes=2_000_000)
    assert 0 < len(text_of(items)) <= 2_000_000
    assert [(skip.reason, skip.bytes) for skip in items if isinstance(skip, Skipped)] == [
        (SkipReason.TOO_LARGE, 6_000_000)
    ]


def test_a_pipe_is_read_to_its_end():
    """Standard input has no size and cannot be rewound."""
    reader, writer = os.pipe()

    def write():
        with os.fdopen(writer, "wb") as stream:
            for _ in range(1000):
                stream.write(b"13900001234\n" * 10)

    thread = threading.Thread(target=write)
    thread.start()
    with os.fdopen(reader, "rb") as stream:
        items = list(open_input(stream, Origin("-")))
    thread.join()
    assert text_of(items) == "13900001234\n" * 10_000


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_pipe_that_grows_is_read_as_it_grows(encoding):
    """What was written is read before more is: `tail -f app.log | leakwatch scan -`."""
    reader, writer = os.pipe()
    with os.fdopen(reader, "rb") as stream, os.fdopen(writer, "wb", buffering=0) as writing:
        writing.write(b"plain 13900001234\n")
        items = open_input(stream, Origin("-"))
        assert next(items).data == b"plain 13900001234\n"
        for number in range(3):
            line = f"手机 1390000123{number}\n"
            writing.write(line.encode(encoding))
            assert next(items).data.decode() == line
        writing.write(b"no newline")
        writing.close()
        assert [item.data for item in items] == [b"no newline"]


def test_waiting_for_a_pipe_is_not_reading(monkeypatch):
    """A log that is followed for an hour does not time out."""
    now = [0.0]

    class Slow(io.RawIOBase):
        left = 5

        def readable(self):
            return True

        def readinto(self, buffer):
            now[0] += 3600
            self.left -= 1
            buffer[:2] = b"x\n"
            return 2 if self.left >= 0 else 0

    items = list(open_input(io.BufferedReader(Slow()), Origin("-"), clock=lambda: now[0]))
    assert text_of(items) == "x\n" * 5
    assert len(items) == 1


def test_a_stream_that_is_not_at_its_beginning_is_read_from_where_it_is():
    """The stream position is not moved back."""
    stream = io.BytesIO(b"skipped\n13900001234\n")
    stream.readline()
    assert text_of(open_input(stream, Origin("a.log"))) == "13900001234\n"


def test_reading_writes_nothing_and_opens_nothing(tmp_path):
    """Unpacking happens in memory: a process that may not create a file reads an archive all the same."""
    program = (
        "import io, resource, zipfile\n"
        "from leakwatch.core.model import Origin\n"
        "from leakwatch.readers.in_process import read_in_process\n"
        "b = io.BytesIO()\n"
        "with zipfile.ZipFile(b, 'w') as z: z.writestr('x.csv', 'a,b\\n1,2\\n')\n"
        "import sys\n"
        "def audit(event, args):\n"
        "    if event == 'open' and isinstance(args[1], str) and set(args[1]) & set('wax+'): raise SystemExit('wrote')\n"
        "    if event in ('os.mkdir', 'socket.connect', 'subprocess.Popen', 'tempfile.mkstemp'): raise SystemExit(event)\n"
        "sys.addaudithook(audit)\n"
        "b.seek(0)\n"
        "print(len(list(read_in_process(b, Origin('x.zip')))))\n"
    )
    result = subprocess.run(
        [sys.executable, "-B", "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (result.stdout, result.returncode) == ("1\n", 0), result.stderr
    assert list(tmp_path.iterdir()) == []


def test_readers_are_light_to_import():
    """Neither Presidio nor the workbook parser is loaded before it is needed."""
    program = "import sys, leakwatch.readers, leakwatch.files.walk; print({'presidio_analyzer', 'python_calamine', 'cchardet', 'numpy', 'zstandard'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "set()\n"


BEGINNINGS = st.sampled_from(
    [
        b"",
        b"PK\x03\x04",
        b"\x1f\x8b\x08",
        b"BZh91AY&SY",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\xff\xfe",
        b"[",
        b'{"',
        b"sep=;\n",
        b"\0" * 20,
    ]
)
NAMES = st.sampled_from(["a", "a.csv", "a.json", "a.jsonl", "a.xlsx", "a.tar", "a.txt", "a.log", "a.tsv"])


@settings(deadline=None)
@given(beginning=BEGINNINGS, rest=st.binary(max_size=600), name=NAMES)
def test_nothing_raises(beginning, rest, name):
    """Any bytes under any name are chunks and reasons."""
    for item in open_input(io.BytesIO(beginning + rest), Origin(name), Limits()):
        assert item.origin.path == name
