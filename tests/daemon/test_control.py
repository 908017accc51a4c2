"""The local socket: who may ask, what is answered, and that nothing a client does matters to the daemon."""

from __future__ import annotations

import json
import os
import socket
import threading

import pytest
from support.daemon_state import wait_until

from leakwatch.core.errors import StateError
from leakwatch.daemon import control as module
from leakwatch.daemon.control import MAX_REQUEST, SOCKET, ControlServer, ask, socket_paths


def broken(_):
    raise RuntimeError("a text that could hold a value")


@pytest.fixture
def server(tmp_path):
    server = ControlServer(tmp_path / SOCKET, {"status": lambda _: {"名": "值"}, "broken": broken, "echo": dict})
    server.start()
    yield tmp_path / SOCKET
    server.stop()


def raw(path, request):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(5)
        client.connect(str(path))
        client.sendall(request)
        with client.makefile("rb") as answer:
            return answer.read()


def test_a_command_is_answered_with_one_line(server):
    """JSON, not escaped."""
    assert ask(server, "status") == {"名": "值"}
    assert raw(server, b'{"command": "status"}\n') == '{"名": "值"}\n'.encode()


def test_a_command_gets_what_was_asked_and_who_asks(server):
    """The kernel says who, whatever the request does."""
    answer = ask(server, "echo", value="值", uid=12345)
    assert answer == {"command": "echo", "value": "值", "uid": os.getuid()}


@pytest.mark.parametrize(
    "request_",
    [
        b'{"command": "stop"}\n',
        b"{}\n",
        b"[]\n",
        b"7\n",
        b"\n",
        b"no json\n",
        b'{"command": []}\n',
        b"\xff\xfe\n",
        b"x" * (MAX_REQUEST + 10),
    ],
)
def test_anything_else_is_refused_and_the_next_one_served(server, request_):
    """Whatever a client sends."""
    try:
        assert json.loads(raw(server, request_)) == {"error": "unknown request"}
    except OSError:
        assert len(request_) > MAX_REQUEST  # closed before all of it was taken
    assert ask(server, "status")


def test_a_command_that_fails_is_no_answer_and_prints_nothing(server, capfd):
    """A traceback could hold plaintext."""
    assert ask(server, "broken") is None
    assert ask(server, "status")
    assert capfd.readouterr() == ("", "")


def test_a_client_that_reports_nothing_is_left_after_a_while(tmp_path, monkeypatch):
    """It delays no other client."""
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    server = ControlServer(tmp_path / SOCKET, {"status": lambda _: {}})
    server.start()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as silent:
        silent.connect(str(tmp_path / SOCKET))
        assert ask(tmp_path / SOCKET, "status") == {}
        silent.settimeout(5)
        assert silent.recv(1) == b""
    server.stop()


def test_only_owner_and_group_may_ask(server, tmp_path):
    """Whatever the umask; and the umask of the process is what it was."""
    assert server.stat().st_mode & 0o777 == 0o660
    mask = os.umask(0o022)
    os.umask(mask)
    another = ControlServer(tmp_path / "other.sock", {})
    assert os.umask(mask) == mask
    another.stop()


def test_the_group_leakwatch_gets_the_socket(tmp_path, monkeypatch):
    """Where there is such a group and this user may give it; else only the owner asks."""
    given = []
    monkeypatch.setattr(
        module.grp, "getgrnam", lambda name: type("Group", (), {"gr_gid": 77 if name == "leakwatch" else 0})
    )
    monkeypatch.setattr(module.os, "chown", lambda *args: given.append(args[1:]))
    ControlServer(tmp_path / SOCKET, {}).stop()
    assert given == [(-1, 77)]


def test_a_socket_left_by_a_killed_daemon_is_replaced_and_ours_is_removed(tmp_path):
    """Nobody answers behind the old one."""
    path = tmp_path / SOCKET
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as dead:
        dead.bind(str(path))
    assert ask(path, "status") is None
    server = ControlServer(path, {"status": lambda _: {}})
    server.start()
    assert ask(path, "status") == {}
    server.stop()
    assert not path.exists()
    assert ask(path, "status") is None


def test_one_that_never_started_can_be_stopped(tmp_path):
    """A start that fails half-way must end, not hang."""
    server = ControlServer(tmp_path / SOCKET, {})
    stopper = threading.Thread(target=server.stop, daemon=True)
    stopper.start()
    stopper.join(5)
    assert not stopper.is_alive()
    assert not (tmp_path / SOCKET).exists()


def test_a_place_where_no_socket_can_be_is_a_plain_error(tmp_path):
    """Too long for the kernel, or not there."""
    for place in (tmp_path / ("x" * 120) / SOCKET, tmp_path / "missing" / SOCKET):
        with pytest.raises(StateError, match=r"the control socket .*; choose a shorter state_dir that is writable"):
            ControlServer(place, {})


def test_an_answer_that_is_no_object_is_no_answer(tmp_path):
    """Somebody else listens there."""
    server = ControlServer(tmp_path / SOCKET, {"status": lambda _: [1]})
    server.start()
    assert ask(tmp_path / SOCKET, "status") is None
    server.stop()


def test_the_runtime_directory_comes_first(tmp_path):
    """Where the service manager gives one; a daemon without it uses its state."""
    assert socket_paths(tmp_path, "/run/leakwatch")[0].as_posix() == f"/run/leakwatch/{SOCKET}"
    assert socket_paths(tmp_path, None) == [tmp_path / SOCKET]


def test_whether_anybody_answers_can_be_seen(tmp_path):
    """While it does, it beats; before and after, it is dead; one that stands still counts as dead in the end."""
    server = ControlServer(tmp_path / SOCKET, {})
    assert server.silent(30) == "thread control died"
    server.start()
    assert server.silent(30) is None
    assert server.silent(-1).startswith("thread control has not moved for ")
    beaten = server._serving._last
    wait_until(lambda: server._serving._last > beaten)
    server.stop()
    assert server.silent(30) == "thread control died"
