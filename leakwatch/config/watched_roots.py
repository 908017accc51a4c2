"""Checks of the watched directories of a configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator

from leakwatch.config.load import Loaded
from leakwatch.config.problems import Mark, Problem


def misplaced(loaded: Loaded) -> Iterator[Problem]:
    """Configuration files inside a watched directory: anyone who can write there could turn detection off."""
    for file in loaded.source.files:
        for watch in loaded.config.watch:
            for root in watch.roots:
                if file.resolve().is_relative_to(root.resolve()):
                    text = f"lies in {root}, which watch {watch.name} watches; keep it where only root writes"
                    yield Problem(Mark(str(file)), "", text)


def unreadable(loaded: Loaded) -> Iterator[str]:
    """Watched roots that are missing or that this user cannot read; the service starts all the same, with a gap."""
    for watch in loaded.config.watch:
        for root in watch.roots:
            if not root.exists():
                yield f"watch {watch.name}: {root} does not exist yet; leakwatch keeps checking for it"
            elif not os.access(root, os.R_OK | (os.X_OK if root.is_dir() else 0)):
                yield f"watch {watch.name}: {root} cannot be read by this user; use a group or setfacl"
