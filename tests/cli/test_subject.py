"""``leakwatch subject lookup``: answered by the daemon or from its database; the value is never an argument."""

import json
import os
import pty
import subprocess
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from support.canaries import candidates
from support.daemon_process import DaemonHost
from support.daemon_state import wait_until

from leakwatch.cli.subject_texts import lookup_lines
from leakwatch.privacy.keyring import KEYS
from leakwatch.state.store import read_only

FIRST, LATER, NEVER = "13900001101", "13900001102", "16200000417"


def ask(host, value, *args):
    return subprocess.run(
        host.command("subject", "lookup", *args),
        input=value.encode(), capture_output=True, timeout=60, check=False, env=host.env,
    )  # fmt: skip


def answer(host, value):
    return json.loads(ask(host, value, "-f", "json").stdout)


def found(host):
    """The number of stored findings."""
    connection = read_only(host.state)
    try:
        return connection.execute("SELECT count(*) FROM finding").fetchone()[0]
    finally:
        connection.close()


def write(host, line):
    with (host.logs / "app.log").open("a", encoding="utf-8") as log:
        log.write(f"INFO  apply mobile={line}\n")


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A state with two key epochs; answers from the running daemon of both."""
    host = DaemonHost(tmp_path_factory.mktemp("subject"))
    with host.running("-v"):
        write(host, FIRST)
        wait_until(lambda: found(host) == 1)
        host.before = ask(host, FIRST), ask(host, NEVER), answer(host, FIRST)
    (host.state / "fingerprint.key").unlink()  # that is how a key is changed
    with host.running("-v"):
        write(host, f"{FIRST} and mobile={LATER}")
        wait_until(lambda: found(host) == 3)
        host.up = answer(host, FIRST), answer(host, f"+86 {LATER[:3]}-{LATER[3:7]}-{LATER[7:]}")
    return host


def test_found_exits_0_and_not_found_exits_1(host):
    """Answered by the daemon."""
    yes, no, _ = host.before
    assert (yes.returncode, no.returncode) == (0, 1)
    assert yes.stdout.startswith(b"Yes: found once in 1 incident, at "), yes
    assert "139****1101" in yes.stdout.decode()
    assert no.stdout.startswith(b"No: not found")


def test_findings_of_an_earlier_key_are_found(host):
    """The places of both keys are listed."""
    first, later = host.up
    assert (first["findings"], later["findings"], first["lost"]) == (2, 1, 0)
    line_numbers = [place["place"]["line"] for one in first["incidents"] for place in one["places"]]
    assert sorted(line_numbers) == [1, 2]
    assert first["first_seen"] < first["last_seen"]


def test_a_changed_key_reads_nothing_again(host):
    """Logs and incidents are not identified by the key that changed: three findings of two lines."""
    assert found(host) == 3
    assert len(list((host.state / KEYS).iterdir())) == 2
    events = [line["event"] for line in host.log()]
    assert events.count("the fingerprint key has changed before") == 1


def test_the_answer_is_the_same_when_the_daemon_is_down(host):
    """Read from the database."""
    assert answer(host, FIRST) == host.up[0]
    done = ask(host, NEVER, "--lang", "zh")
    assert (done.returncode, done.stdout.decode()[:2]) == (1, "否：")


def test_a_configured_key_may_change(host, tmp_path):
    """The daemon keeps earlier keys; findings of all three are found."""
    named = tmp_path / "key"
    named.write_text("ab" * 32)
    named.chmod(0o400)
    host.configure(fingerprint_key_file=str(named))
    with host.running():
        write(host, FIRST)
        wait_until(lambda: found(host) == 4)
    assert answer(host, FIRST)["findings"] == 3
    assert len(list((host.state / KEYS).iterdir())) == 3


def test_each_lookup_is_logged_without_the_value(host):
    """User, entity and number of findings."""
    lookups = [line for line in host.log() if line["event"] == "subject lookup"]
    assert {(line["uid"], tuple(line["kinds"])) for line in lookups} == {(os.getuid(), ("CN_MOBILE",))}
    assert [line["findings"] for line in lookups] == [1, 0, 1, 2, 1]


def test_the_value_is_stored_nowhere(host):
    """Not in the state, the log at DEBUG or an answer."""
    values = [FIRST, LATER, NEVER]
    state = b"".join(path.read_bytes() for path in host.state.rglob("*") if path.is_file())
    output = b"".join(done.stdout + done.stderr for done in host.before[:2])
    for data in (state, output, host.said.read_bytes(), json.dumps(host.up).encode()):
        assert len(data) > 100
        assert candidates(data, values) == []


def test_no_process_shows_the_value(host):
    """Neither in the arguments nor the environment of any process, during and after the lookup."""
    seen = []
    process = subprocess.Popen(
        host.command("subject", "lookup"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=host.env
    )

    def search_proc():
        while process.poll() is None:
            for entry in Path("/proc").glob("[0-9]*"):
                for name in ("cmdline", "environ"):
                    with suppress(OSError):
                        seen.append(NEVER.encode() in (entry / name).read_bytes())

    searcher = threading.Thread(target=search_proc)
    searcher.start()
    out, _ = process.communicate(NEVER.encode(), timeout=60)
    searcher.join()
    assert out.startswith(b"No")
    assert len(seen) > 100
    assert not any(seen)


def test_the_prompt_does_not_echo(host):
    """On a terminal."""
    main, terminal = pty.openpty()
    with ExitStack() as stack:
        stack.callback(os.close, main)
        process = subprocess.Popen(
            host.command("subject", "lookup"),
            stdin=terminal, stdout=subprocess.PIPE, stderr=terminal, env=host.env, start_new_session=True,
        )  # fmt: skip
        os.close(terminal)
        shown = b""
        while b"not shown" not in shown:
            shown += os.read(main, 1024)
        os.write(main, FIRST.encode() + b"\n")
        out, _ = process.communicate(timeout=60)
        os.set_blocking(main, False)
        with suppress(OSError):  # nothing more was shown
            shown += os.read(main, 4096)
    assert process.returncode == 0
    assert out.startswith(b"Yes")
    assert candidates(shown, [FIRST]) == []


@pytest.mark.parametrize("given", ["", "\n", f"{FIRST}\n{LATER}\n"])
def test_one_value_at_a_time(host, given):
    """No value or several are a usage error; the error does not repeat them."""
    done = ask(host, given)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"one value" in done.stderr
    assert candidates(done.stderr, [FIRST, LATER]) == []


def test_a_value_as_argument_is_rejected(host):
    """It would be in the process list and the shell history."""
    assert subprocess.run(host.command("subject", "lookup", FIRST), capture_output=True, check=False).returncode == 2


def test_an_unreadable_state_exits_2(tmp_path):
    """No state, or one without keys: "not found" would be wrong."""
    host = DaemonHost(tmp_path)
    done = ask(host, FIRST)
    assert (done.returncode, b"no readable state" in done.stderr) == (2, True)
    with host.running():
        pass
    for key in (host.state / KEYS).iterdir():
        key.unlink()
    done = ask(host, FIRST)
    assert (done.returncode, b"cannot read a fingerprint key" in done.stderr) == (2, True)


PLACES = [
    {"kind": "line", "line": 3, "start_column": 5, "end_column": 9},
    {"kind": "cell", "sheet": "s", "row": 2, "column": 1, "column_name": "手机号"},
    {"kind": "cell", "sheet": None, "row": 2, "column": 1, "column_name": None},
    {"kind": "record", "record": 7, "json_path": "$.a"},
    {"kind": "page", "page": 2},
]
PLACE_TEXTS = {
    "en": [":3:5", " s row 2 column 手机号", " row 2 column 1", " record 7 $.a", " page 2"],
    "zh": [":3:5", " s 第 2 行，手机号 列", " 第 2 行，1 列", " 第 7 条记录 $.a", " 第 2 页"],
}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_text_of_every_kind_of_place(lang):
    """An incident that is no longer stored has dashes."""
    incident = {
        "id": "LW-1", "severity": None, "service": None, "place": None, "field_key": "mobile", "entity": "CN_MOBILE",
        "masked": "139****1101", "findings": 9, "first_seen": 1.0, "last_seen": 2.0,
        "places": [{"path": "/a", "inside": ["b"], "place": place, "seen_at": 1.0} for place in PLACES],
    }  # fmt: skip
    known = {"found": True, "kinds": [], "findings": 9, "first_seen": 1.0, "last_seen": 2.0, "known_since": 1.0}
    texts = list(lookup_lines(known | {"lost": 3, "incidents": [incident]}, lang))
    assert [line.partition("/a!b")[2] for line in texts[-6:-1]] == PLACE_TEXTS[lang]
    assert "4" in texts[-1]
    assert "3" in texts[1]
    nothing = {"found": False, "kinds": [], "known_since": None, "lost": 0, "incidents": []}
    assert len(list(lookup_lines(nothing, lang))) == 2
