"""Fixtures of tests that run ``leakwatch scan`` in this process."""

import signal

import pytest
from support.scan_cli import MOBILE

from leakwatch.cli import main


@pytest.fixture
def workdir(tmp_path, monkeypatch):
    """A working directory with a directory to scan and no configuration."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield tmp_path
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def scan(workdir, capfd):
    """Run ``leakwatch scan`` in this process; return exit code, standard output and standard error."""

    def run(*args, **env):
        capfd.readouterr()
        code = main(["scan", *map(str, args)], {"HOME": str(workdir / "home"), **env})
        out, err = capfd.readouterr()
        assert MOBILE not in out + err
        return code, out, err

    return run
