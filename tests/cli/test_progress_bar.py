"""The progress of a scan on a terminal."""

import io

from leakwatch.cli.progress_bar import ProgressBar


def test_progress_fits_the_terminal():
    """Share, speed and remaining time are redrawn at most ten times a second and can be cleared."""
    now = [0.0]
    stream = io.StringIO()
    progress = ProgressBar(stream, 1000, 70, "en", clock=lambda: now[0])
    progress.advance(10)
    assert stream.getvalue() == ""
    now[0] = 1.0
    progress.finding("logs/" + "很" * 60 + ".log")
    progress.advance(490)
    drawn = stream.getvalue()
    assert "50%" in drawn
    assert "1 found" in drawn
    assert "1 s left" in drawn
    progress.advance(1)
    assert stream.getvalue() == drawn
    progress.clear()
    progress.clear()
    assert stream.getvalue() == drawn + "\r\x1b[K"


def test_progress_without_a_total():
    """A pipe has no share, only the bytes read."""
    now = [0.0]
    stream = io.StringIO()
    progress = ProgressBar(stream, 0, 80, "en", clock=lambda: now[0])
    now[0] = 2.0
    progress.finding("-")
    progress.advance(2_000_000)
    assert "2.0 MB, 1.0 MB/s, 1 found -" in stream.getvalue()
