"""The only code that turns a value into something that may be shown: a mask for people, a keyed digest for machines."""

from __future__ import annotations

import enum
import hashlib
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from leakwatch.core.errors import ConfigError, StateError

KEY_FILE = "fingerprint.key"
MIN_KEY_BYTES = 32
_BLOCK_BYTES = 64

_DISTRICT = re.compile(r".*?(?:[区區县縣旗]|市(?!.{0,6}[区區县縣旗市]))")
_NO_DIGIT = re.compile(r"[^0-9]")
_COUNTRY = re.compile(r"^(?:00)?(?:86|852|853|886)")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2})+")


class KeyOrigin(enum.StrEnum):
    """Where the fingerprint key came from. Fingerprints of an ephemeral key cannot be compared with other runs."""

    CONFIG = "config"
    STATE = "state"
    USER = "user"
    EPHEMERAL = "ephemeral"


class Fingerprinter:
    """Keyed digests of values and of line templates. Without the key, guesses cannot be tested against them.

    ``digests`` is the key for everything but values, if it is another one: the digests that identify logs, exports and
    incidents must not change with the key of values.
    """

    def __init__(self, key: bytes, origin: str = KeyOrigin.EPHEMERAL, digests: bytes | None = None) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ConfigError(f"the fingerprint key has {len(key)} bytes; it needs at least {MIN_KEY_BYTES}")
        self._key = key
        self._digests = key if digests is None else digests
        self._of_values = _Keyed(key)
        self._of_digests = _Keyed(self._digests)
        self.origin = str(origin)

    def __reduce__(self) -> tuple[type[Fingerprinter], tuple[bytes, str, bytes]]:
        return Fingerprinter, (self._key, self.origin, self._digests)

    @property
    def id(self) -> str:
        """The id of the key (8 hex digits); reveals nothing about it."""
        return self._of_values.hex(8, "id")

    def kept_as(self, path: Path) -> None:
        """Write the key of values to a file that does not exist yet (0400). ``OSError`` when it cannot be written."""
        write_key(path, self._key)

    def with_digests_of(self, other: Fingerprinter) -> Fingerprinter:
        """A fingerprinter with these fingerprints of values and the digests of the other one."""
        return Fingerprinter(self._key, self.origin, other._digests)

    def value(self, entity: str, canonical: str) -> str:
        """The fingerprint (32 hex digits) of one value of an entity; the same value of another entity differs."""
        return self._of_values.hex(32, "value", entity, canonical)

    def values(self, entity: str, canonicals: Iterable[str]) -> list[str]:
        """The fingerprints of many values of an entity."""
        return self._of_values.hexes(32, ("value", entity), canonicals)

    def digest(self, kind: str, *parts: str) -> str:
        """A digest (16 hex digits) of texts that must not be shown, such as a line template."""
        return self._of_digests.hex(16, "digest", kind, *parts)


class _Keyed:
    """HMAC-SHA256 (RFC 2104) under one key, at the cost that ``hashlib`` has for many short messages."""

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()).ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def hex(self, length: int, *parts: str) -> str:
        """The beginning of the digest of these parts."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(b"".join(map(_with_length, parts)))
        outer.update(inner.digest())
        return outer.hexdigest()[:length]

    def hexes(self, length: int, first: Sequence[str], lasts: Iterable[str]) -> list[str]:
        """The same for many messages that differ in their last part."""
        begun = self._inner.copy()
        for part in first:
            begun.update(_with_length(part))
        parts = list(lasts)
        different = dict.fromkeys(parts)
        if 2 * len(different) > len(parts):
            return self._hexes(length, begun, parts)
        told = dict(zip(different, self._hexes(length, begun, list(different)), strict=True))
        return [told[part] for part in parts]

    def _hexes(self, length: int, begun: hashlib._Hash, lasts: Sequence[str]) -> list[str]:
        """The same, each computed; ``begun`` holds the first parts."""
        outer_copy = self._outer.copy
        copies: dict[int, Callable[[], hashlib._Hash]] = {}  # of one that has the length of the last part too
        told = []
        for part in lasts:
            raw = part.encode("utf-8", "surrogatepass")
            copy = copies.get(len(raw))
            if copy is None:
                measured = begun.copy()
                measured.update(_length_of(raw))
                copy = copies[len(raw)] = measured.copy
            inner, outer = copy(), outer_copy()
            inner.update(raw)
            outer.update(inner.digest())
            told.append(outer.hexdigest()[:length])
        return told


def _with_length(part: str) -> bytes:
    # each part goes in with its length: ("ab", "c") and ("a", "bc") must differ
    raw = part.encode("utf-8", "surrogatepass")
    return _length_of(raw) + raw


def _length_of(raw: bytes) -> bytes:
    return len(raw).to_bytes(8, "big")


def load_key(
    config_file: Path | None, state_dir: Path | None, user_state: Path | None, *, ephemeral: bool = False
) -> Fingerprinter:
    """The fingerprint key of this deployment: named file, else state directory, else the user's state.

    The last two are made on first use (32 random bytes, mode 0400). A named file must exist: ``ConfigError`` when it
    cannot be used, ``StateError`` for the others. ``ephemeral`` takes a key that dies with the process, unless a file
    is named.
    """
    if config_file is not None:
        return Fingerprinter(_read_named(config_file), KeyOrigin.CONFIG)
    if ephemeral:
        return Fingerprinter(secrets.token_bytes(MIN_KEY_BYTES), KeyOrigin.EPHEMERAL)
    if state_dir is not None:
        return Fingerprinter(_read_or_make(state_dir / KEY_FILE), KeyOrigin.STATE)
    if user_state is not None:
        return Fingerprinter(_read_or_make(user_state / KEY_FILE), KeyOrigin.USER)
    return Fingerprinter(secrets.token_bytes(MIN_KEY_BYTES), KeyOrigin.EPHEMERAL)


def _read_named(path: Path) -> bytes:
    try:
        return read_key(path)
    except OSError as error:
        raise ConfigError(f"fingerprint_key_file {path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"fingerprint_key_file {path} {error}") from None


def _read_or_make(path: Path) -> bytes:
    try:
        try:
            return read_key(path)
        except FileNotFoundError:
            return _make(path)
    except OSError as error:
        raise StateError(f"the fingerprint key {path} cannot be used: {error.strerror}") from None
    except ValueError as error:
        raise StateError(f"the fingerprint key {path} {error}") from None


def read_key(path: Path) -> bytes:
    """The key in ``path``: hexadecimal, or 32 raw bytes or more. ``ValueError`` with what is wrong with the file."""
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        mode = stat.S_IMODE(status.st_mode)
        # a credential that systemd hands to a user is root's, and its access list shows as the group's r
        mine = status.st_uid == os.geteuid()
        if mode & (0o077 if mine else 0o037):
            raise ValueError(f"may be read by others (mode {mode:04o}): chmod 0400 it")
        raw = file.read(4096)
    text = raw.strip()
    key = bytes.fromhex(text.decode("ascii")) if _HEX.fullmatch(text) else raw
    if len(key) < MIN_KEY_BYTES:
        raise ValueError(f"holds {len(key)} bytes; a key needs at least {MIN_KEY_BYTES} (openssl rand -hex 32)")
    return key


def _make(path: Path) -> bytes:
    key = secrets.token_bytes(MIN_KEY_BYTES)
    try:
        write_key(path, key)
    except FileExistsError:
        return read_key(path)
    return key


def write_key(path: Path, key: bytes) -> None:
    """Create a key file (0400) and its directory (0700). ``FileExistsError`` if there is one already."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # written whole under another name and then linked: two processes that start together end up with one key
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()


# ---------------------------------------------------------------------------------------------- masks


def mask(value: str, kind: str) -> str:
    """The value as it may be shown. ``kind`` is the detector's ``mask``; an unknown one is masked as ``generic``.

    A long id or card keeps 6 + 4 characters and a phone number 3 + 4 digits, as people know them from receipts; of
    anything else, and of short values, at least half is hidden. The domain of an e-mail address and the district of a
    postal address are shared by many people and stay.
    """
    return _MASKS.get(kind, _mask_generic)(value)


def masks(values: Sequence[str], kind: str) -> list[str]:
    """The masks of many values of one kind."""
    one = _MASKS.get(kind, _mask_generic)
    lengths = set(map(len, values))
    if len(lengths) == 1 and (kind == "id" or (kind == "phone" and _all_national(values))):
        head, tail = _shown(lengths.pop(), *((6, 4, 15) if kind == "id" else (3, 4, 11)))
        stars = "*" * (len(values[0]) - head - tail)
        if tail:
            return [f"{value[:head]}{stars}{value[-tail:]}" for value in values]
    return [one(value) for value in values]


def _all_national(values: Sequence[str]) -> bool:
    joined = "".join(values)
    return (
        joined.isascii()
        and joined.isdigit()
        and len(values[0]) == 11
        and not any(value.startswith("00") for value in values)
    )


def _mask_secret(value: str) -> str:
    return f"<{len(value)} chars>"


def _mask_name(value: str) -> str:
    return value[:1] + "*" * (len(value) - 1) if len(value) > 1 else "*"


def _mask_id(value: str) -> str:
    return _keep_ends(value, 6, 4, full=15)


def _mask_phone(value: str) -> str:
    return _keep_ends(_national(value), 3, 4, full=11)


def _mask_generic(value: str) -> str:
    return _keep_ends(value, 2, 2)


def _keep_ends(value: str, head: int, tail: int, full: int = sys.maxsize) -> str:
    """The first ``head`` and last ``tail`` characters; below ``full`` characters fewer, so that half stays hidden."""
    head, tail = _shown(len(value), head, tail, full)
    return value[:head] + "*" * (len(value) - head - tail) + (value[-tail:] if tail else "")


def _shown(length: int, head: int, tail: int, full: int) -> tuple[int, int]:
    shown = length // 2
    if length < full and head + tail > shown:
        tail = min(tail, shown // 2)
        head = min(head, shown - tail)
    return head, tail


def _national(value: str) -> str:
    """The digits of a phone number without the country's."""
    digits = _NO_DIGIT.sub("", value)
    if value.startswith(("+", "(+", "00")) or len(digits) > 12:
        return _COUNTRY.sub("", digits, count=1)
    return digits


def _mask_email(value: str) -> str:
    local, at, domain = value.rpartition("@")
    if not at:
        return _mask_generic(value)
    return (local[:1] if len(local) > 1 else "") + "***@" + domain


def _mask_address(value: str) -> str:
    found = _DISTRICT.match(value)
    if found is None or found.end() > len(value) - 2:
        return _keep_ends(value, 2, 0)
    return found[0] + "***"


_MASKS: Mapping[str, Callable[[str], str]] = {
    "secret": _mask_secret,
    "name": _mask_name,
    "email": _mask_email,
    "address": _mask_address,
    "id": _mask_id,
    "phone": _mask_phone,
}
