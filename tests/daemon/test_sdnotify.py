"""The service manager gets the notifications, and its absence changes nothing."""

from __future__ import annotations

import socket

import pytest

from leakwatch.daemon.sdnotify import ServiceManager


@pytest.mark.parametrize("abstract", [False, True])
def test_facts_arrive_as_one_datagram(tmp_path, abstract):
    """At a path, or at an abstract address, which begins with @ in the environment."""
    name = f"@leakwatch-test-{tmp_path.name}-{id(tmp_path)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind("\0" + name[1:] if abstract else name)
        manager.settimeout(5)
        ServiceManager.of({"NOTIFY_SOCKET": name}).tell("READY=1", "STATUS=看")
        assert manager.recv(1000).decode() == "READY=1\nSTATUS=看"


def test_without_a_manager_nothing_happens(tmp_path):
    """Not started by one, or it is gone."""
    ServiceManager.of({}).tell("READY=1")
    ServiceManager.of({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).tell("READY=1")
