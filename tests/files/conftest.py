"""Fixtures for tests of files and logs."""

from __future__ import annotations

import pytest
from support.log_host import LogHost


@pytest.fixture
def host(tmp_path):
    """A directory with a log and its follower."""
    host = LogHost(tmp_path)
    yield host
    host.follower.close()
