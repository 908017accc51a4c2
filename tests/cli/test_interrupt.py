"""The first signal requests a stop, the second acts at once."""

import os
import select
import signal

from leakwatch.cli.interrupt import Interrupt
from leakwatch.core.errors import Exit


def test_the_second_signal_reaches_the_previous_handler():
    """The first requests a stop."""
    signals = []
    before = signal.signal(signal.SIGTERM, lambda *_: signals.append(1))
    try:
        with Interrupt() as interrupt:
            assert not interrupt()
            os.kill(os.getpid(), signal.SIGTERM)
            assert interrupt()
            assert interrupt.code is Exit.TERMINATED
            assert select.select([interrupt.fileno()], [], [], 0)[0]
            os.kill(os.getpid(), signal.SIGTERM)
            assert signals == [1]
    finally:
        signal.signal(signal.SIGTERM, before)
