"""Logs that this user may not read."""

from __future__ import annotations

from support.ordinary_lines import without_privileges


def test_an_unreadable_log_is_reported_and_read_once_readable(host):
    """It is reported with its base, and no line is lost."""
    expected = host.lines(2)
    host.log.chmod(0)
    host.reconcile()
    without_privileges(host.pump)
    assert host.follower.denied == {str(host.log): str(host.directory)}
    host.log.chmod(0o600)
    host.reconcile()
    assert without_privileges(host.pump) == expected
    assert host.follower.denied == {}


def test_a_log_that_became_unreadable_keeps_its_offset(host):
    """Otherwise all of it would be read again."""
    host.lines(5)
    host.reconcile()
    host.pump()
    host.log.chmod(0)
    without_privileges(host.crash)
    without_privileges(host.settle)
    assert host.follower.denied
    host.log.chmod(0o600)
    added = host.lines(1)
    host.settle()
    assert host.read_lines[5:] == added
    assert host.gaps == []
