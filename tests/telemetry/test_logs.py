"""Our log is JSON for machines and lines for people, and nothing it is given can put a value into it."""

import io
import json
import logging
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import structlog

from leakwatch.core.errors import ConfigError, TryLater
from leakwatch.telemetry import library_logging, logs

VALUE = "13900001234"


def started(style: logs.Style = "json", level: int = logging.INFO) -> tuple[io.StringIO, structlog.stdlib.BoundLogger]:
    stream = io.StringIO()
    logs.setup(stream, style, level)
    return stream, structlog.get_logger()


def records(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class Holder:
    """Shows a value whenever it is printed."""

    def __repr__(self) -> str:
        return VALUE


def test_a_line_is_one_json_object():
    """Time, level and event come first; fields keep their types; below the level nothing is written."""
    stream, log = started()
    log.debug("unseen")
    log.bind(watch="w").info(
        "scanned", path=Path("/var/log/x"), count=3, ratio=0.5, nothing=None, parts=("a", {"b": 1})
    )
    [line] = stream.getvalue().splitlines()
    assert list(json.loads(line))[:3] == ["time", "level", "event"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", json.loads(line)["time"])
    assert json.loads(line) | {"time": ""} == {
        "time": "",
        "level": "info",
        "event": "scanned",
        "watch": "w",
        "path": "/var/log/x",
        "count": 3,
        "ratio": 0.5,
        "nothing": None,
        "parts": ["a", {"b": 1}],
    }


def test_objects_are_named_by_type():
    """An object's own text never gets in, wherever it stands."""
    stream, log = started()
    log.info("seen", one=Holder(), many=[Holder()], inside={"a": Holder()}, error=ValueError(VALUE), raw=VALUE.encode())
    assert VALUE not in stream.getvalue()
    assert records(stream)[0]["one"] == "<Holder>"
    assert records(stream)[0]["error"] == "<ValueError>"


@pytest.mark.parametrize("how", ["exception", "true", "error", "tuple"])
def test_exceptions_keep_their_type_and_way(how: str):
    """An exception gives type and places; its message stays out, however it is handed over."""
    stream, log = started()
    try:
        int(f"x{VALUE}")
    except ValueError as error:
        if how == "exception":
            log.exception("failed")
        else:
            given = {"true": True, "error": error, "tuple": sys.exc_info()}[how]
            log.error("failed", exc_info=given)  # noqa: TRY400  # the ways in are what is tested
    [record] = records(stream)
    assert record["error"] == "ValueError"
    assert re.fullmatch(
        r"main/tests/test_logs\.py:\d+ in \w+|.*tests/telemetry/test_logs\.py:\d+ in \w+", record["trace"][0]
    )
    assert VALUE not in stream.getvalue()


def test_our_own_errors_keep_their_words():
    """Messages made to be shown are shown."""
    stream, log = started()
    try:
        raise ConfigError("a.yaml:1:1: unknown key")  # noqa: TRY301
    except ConfigError:
        log.exception("reload refused")
    log.warning("held", why=TryLater("too many messages"))
    assert records(stream)[0]["reason"] == "a.yaml:1:1: unknown key"
    assert records(stream)[1]["why"] == "too many messages"


def test_exc_info_without_exception_is_dropped():
    """Asking for an exception where there is none costs nothing."""
    stream, log = started()
    log.info("fine", exc_info=True)  # noqa: LOG014
    assert "error" not in records(stream)[0]


def test_names_cannot_act_on_a_terminal():
    """Control, bidi and zero-width characters, and bytes that are no text, are escaped; Han text stays readable."""
    stream, log = started()
    name = "日志\x1b[2J\x9b\u202egnp.exe\u200b\udcff.log"
    log.info("skipped", path=name)
    assert "日志" in stream.getvalue()
    assert not re.search("[\x1b\x9b\u202e\u200b\udc80-\udcff]", stream.getvalue())
    assert records(stream)[0]["path"] == name


def test_journal_gets_priorities():
    """Under the journal every line begins with its syslog priority."""
    stream, log = started("journal", logging.DEBUG)
    for method in ("debug", "info", "warning", "error", "critical"):
        getattr(log, method)("x")
    lines = stream.getvalue().splitlines()
    assert [line[:3] for line in lines] == ["<7>", "<6>", "<4>", "<3>", "<2>"]
    assert all(json.loads(line[3:])["event"] == "x" for line in lines)


def test_people_get_lines():
    """On a terminal a line is local time, level, event and fields, escapes included."""
    stream, log = started("console")
    try:
        int(f"x{VALUE}")
    except ValueError:
        log.exception("failed", path="a\x1b[2J")
    [line] = stream.getvalue().splitlines()
    assert re.match(r"\d\d:\d\d:\d\d \[error\s*\] failed error=ValueError path=a\\u001b\[2J ", line)
    assert VALUE not in line


def test_style_follows_the_stream():
    """The journal is known by its socket, a terminal by itself; anything else gets JSON."""
    read, write = os.pipe()
    with os.fdopen(read), os.fdopen(write, "w") as pipe:
        status = os.fstat(pipe.fileno())
        assert logs.style_for(pipe, {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}) == "journal"
        assert logs.style_for(pipe, {"JOURNAL_STREAM": "1:1"}) == "json"
        assert logs.style_for(pipe, {}) == "json"
    main, terminal = os.openpty()
    with os.fdopen(main), os.fdopen(terminal, "w") as tty:
        assert logs.style_for(tty, {}) == "console"
    assert logs.style_for(io.StringIO(), {}) == "json"
    assert logs.style_for(pipe, {}) == "json"


def test_lost_log_stops_nothing():
    """A full disk or a closed stream costs lines; the caller does not notice."""
    full = Path("/dev/full").open("w")  # noqa: SIM115  # closing it fails as well, which a with block would raise
    logs.setup(full, "json")
    structlog.get_logger().info("x")
    with pytest.raises(OSError, match="No space left"):
        full.close()
    structlog.get_logger().info("y")


# --------------------------------------------------------------------------------------------- other people's code


def test_detection_code_reports_nothing():
    """Loggers of detection are closed at every level, below them too."""
    stream, _ = started(level=logging.DEBUG)
    for name in library_logging.CLOSED:
        logging.getLogger(name).critical("found %s", VALUE)
        logging.getLogger(f"{name}.deep").critical(VALUE)
    assert stream.getvalue() == ""


def test_libraries_speak_without_what_they_filled_in():
    """A warning of a library gives logger, place, template and the type of its exception; no argument, no message."""
    stream, _ = started()
    library = logging.getLogger("some.library")
    library.info("quiet")
    library.warning("Retrying (%r) after: %s", 1, f"https://x.example/?key={VALUE}")
    library.error(f"sent {VALUE}")
    try:
        int(f"x{VALUE}")
    except ValueError:
        library.exception("job %s", VALUE)
    assert VALUE not in stream.getvalue()
    first, second, third = records(stream)
    assert first["event"] == "library message"
    assert (first["library"], first["template"]) == ("some.library", "Retrying (%r) after: %s")
    assert re.fullmatch(r"test_logs\.py:\d+", first["at"])
    assert (second["level"], second.get("template")) == ("error", None)
    assert (third["error"], third["template"]) == ("ValueError", "job %s")


def test_warnings_speak_by_category_and_place():
    """A Python warning gives its category and place, not its text."""
    stream, _ = started()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logs.setup(stream, "json")
        warnings.warn(VALUE, UserWarning, stacklevel=1)
    assert VALUE not in stream.getvalue()
    assert records(stream)[0]["library"] == "UserWarning"
    assert records(stream)[0]["at"].startswith("test_logs.py:")


def test_closed_library_logging_is_silent(capfd: pytest.CaptureFixture[str]):
    """For a command that prints nothing but its result, no library gets through, not even by logging's last resort."""
    library_logging.close()
    logging.getLogger("anyone").critical(VALUE)
    assert capfd.readouterr() == ("", "")


CRASH = f"""
import gc, sys, threading
from leakwatch.telemetry import logs
logs.setup(sys.stderr, "json")
class Dying:
    def __del__(self): raise KeyError("{VALUE}")
def work(): raise ValueError("{VALUE}")
Dying()
thread = threading.Thread(target=work, name="worker"); thread.start(); thread.join()
raise RuntimeError("{VALUE}")
"""


def test_crashes_say_where_and_nothing_else():
    """Uncaught exceptions of the main thread, of other threads and of finalizers leave type and way, no text."""
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert VALUE not in done.stderr
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(one["event"], one["error"], one.get("thread")) for one in told] == [
        ("crashed", "KeyError", None),
        ("crashed", "ValueError", "worker"),
        ("crashed", "RuntimeError", None),
    ]
