"""A thread can be seen to live, and how it ended."""

from __future__ import annotations

import threading

from leakwatch.daemon.supervised_thread import SupervisedThread


def test_a_thread_that_beats_is_not_silent():
    """Silence is the time since the last beat."""
    go, beaten = threading.Event(), threading.Event()

    def body(thread):
        go.wait(5)
        thread.beat()
        beaten.set()
        thread.stopping.wait(5)

    thread = SupervisedThread("tail", body)
    thread._last -= 100
    thread.start()
    assert thread.silent > 99
    go.set()
    assert beaten.wait(5)
    assert thread.silent < 50
    thread.stopping.set()
    thread.join(5)
    assert (thread.is_alive(), thread.failed) == (False, None)


def test_the_death_of_a_thread_is_kept_without_its_text(capfd):
    """Kind and place; the message of an exception could be what was being read."""

    def body(_thread):
        raise ValueError("13900001234")

    thread = SupervisedThread("tail", body)
    thread.start()
    thread.join(5)
    assert thread.failed.startswith("ValueError at test_supervised_thread.py:")
    said = "".join(capfd.readouterr())
    assert "thread died" in said
    assert "13900001234" not in said
