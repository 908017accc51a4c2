"""The fingerprint keys of a state: after a key change, earlier findings can still be looked up.

Each key that was ever in use is kept in ``state_dir/keys/`` (0400) as ``<number>-<id>.key``: an epoch. Values are
fingerprinted with the current key. All other digests use the oldest one, so that no log is read again and no incident
opened again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from leakwatch.core.errors import ConfigError, StateError
from leakwatch.privacy.redaction import Fingerprinter, KeyOrigin, read_key

KEYS = "keys"
_NAME = re.compile(r"([0-9]+)-[0-9a-f]{8}\.key")


@dataclass(frozen=True, slots=True)
class Keyring:
    """All known keys, oldest first, the current one included; ``current`` makes new fingerprints."""

    epochs: tuple[Fingerprinter, ...]
    current: Fingerprinter


def keyring(state_dir: Path, key: Fingerprinter, *, keep: bool = False) -> Keyring:
    """The keys of a state of which ``key`` is in use now. An earlier one that cannot be read is left out.

    Only the owner of the state may ``keep`` a key that is new to it. ``StateError`` when it cannot be written.
    """
    files = _files(state_dir)
    epochs = kept_keys(state_dir)
    if key.id not in {epoch.id for epoch in epochs}:
        if keep:
            path = state_dir / KEYS / f"{max(files, default=0) + 1}-{key.id}.key"
            try:
                key.kept_as(path)
            except OSError as error:
                raise StateError(f"the fingerprint key cannot be kept as {path}: {error.strerror}") from None
        epochs = (*epochs, key)
    return Keyring(epochs, key.with_digests_of(epochs[0]))


def kept_keys(state_dir: Path) -> tuple[Fingerprinter, ...]:
    """The keys that a state was used with, oldest first; those that may not, or cannot, be read are left out."""
    return tuple(_read(_files(state_dir).values()))


def _files(state_dir: Path) -> dict[int, Path]:
    try:
        found = [(match, path) for path in (state_dir / KEYS).iterdir() if (match := _NAME.fullmatch(path.name))]
    except OSError:
        return {}
    return dict(sorted((int(match[1]), path) for match, path in found))


def _read(paths: Iterable[Path]) -> Iterator[Fingerprinter]:
    for path in paths:
        try:
            yield Fingerprinter(read_key(path), KeyOrigin.STATE)
        except (OSError, ValueError, ConfigError):
            continue
