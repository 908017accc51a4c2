"""A thread can be seen to live, and how it ended."""

from __future__ import annotations

import threading

from leakwatch.daemon.supervised_thread import Pulse


def test_a_thread_that_beats_is_not_silent():
    """Silence is the time since the last beat."""
    go, beaten = threading.Event(), threading.Event()

    def body(pulse):
        go.wait(5)
        pulse.beat()
        beaten.set()
        pulse.stopping.wait(5)

    pulse = Pulse("tail", body)
    pulse._last -= 100
    pulse.start()
    assert pulse.silent > 99
    go.set()
    assert beaten.wait(5)
    assert pulse.silent < 50
    pulse.stopping.set()
    pulse.join(5)
    assert (pulse.is_alive(), pulse.failed) == (False, None)


def test_the_death_of_a_thread_is_kept_without_its_text(capfd):
    """Kind and place; the message of an exception could be what was being read."""

    def body(_pulse):
        raise ValueError("13900001234")

    pulse = Pulse("tail", body)
    pulse.start()
    pulse.join(5)
    assert pulse.failed.startswith("ValueError at test_pulse.py:")
    said = "".join(capfd.readouterr())
    assert "thread died" in said
    assert "13900001234" not in said
