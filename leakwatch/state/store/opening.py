"""Opening the state directory: private, owned by one process, brought to the present schema."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from importlib import resources
from pathlib import Path

from leakwatch.core.errors import AlreadyRunningError, StateError, StateTroubleError
from leakwatch.state.store.database import Store, reader

DATABASE = "leakwatch.db"
LOCK = "leakwatch.lock"

_NOT_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_AUTH,
    }
)
"""Errors that concern the host, not the content of the file."""

_PASSING = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM})
"""Those of them that may pass without a change of the configuration."""


def open_store(state_dir: Path) -> Store:
    """Open (or create) the state directory: 0700, database 0600, one owner at a time.

    A damaged database is renamed and a new one created, which ``Store.lost`` reports: never a crash loop. Raises
    ``AlreadyRunningError`` if another process owns it, ``StateTroubleError`` if its disk is full or fails, and
    ``StateError`` if it cannot be used at all.
    """
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_file = os.open(state_dir / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StateError(f"state_dir {state_dir}: {error.strerror}; make it writable for this user") from None
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock_file)
        raise AlreadyRunningError(
            f"another leakwatch already runs on state_dir {state_dir}; stop it, or configure another state_dir here"
        ) from None
    path = state_dir / DATABASE
    lost = None
    try:
        try:
            connection = _open(path)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:  # SQLite quotes the file in some of its errors
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            if code in _PASSING:
                raise StateTroubleError(f"{path}: {error}; free space on its disk, or repair it") from None
            if code in _NOT_DAMAGE:
                raise StateError(f"{path}: {error}") from None
            lost = f"the database was damaged; renamed to {_set_aside(path)}"
            connection = _open(path)
        return Store(path, connection, lock_file, lost)
    except OSError as error:
        os.close(lock_file)
        raise StateError(f"{path}: {error.strerror}; it must be a file that belongs to this user") from None
    except BaseException:
        os.close(lock_file)
        raise


def read_only(state_dir: Path) -> sqlite3.Connection:
    """A read-only connection to a state whose daemon is down. Raises ``StateError``."""
    path = state_dir / DATABASE
    try:
        connection = reader(path)
        try:
            connection.execute("SELECT count(*) FROM meta").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
    except sqlite3.Error:
        raise StateError(f"no readable state in {state_dir}; has leakwatch run here, as this user?") from None
    return connection


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("database disk image is malformed")  # noqa: TRY301  # joins what SQLite raises
        _migrate(connection, path)
        _try_to_write(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _try_to_write(connection: sqlite3.Connection) -> None:
    """A file that opens for writing and yet is read-only to SQLite has a damaged header (its write version)."""
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {version:d}")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
            raise sqlite3.DatabaseError("file is not a database that can be written") from None
        raise


def _scripts() -> list[tuple[str, str]]:
    """The migrations, name and SQL, in the order in which they are applied."""
    files = (
        entry for entry in resources.files("leakwatch.state.store.migrations").iterdir() if entry.name[:3].isdigit()
    )
    return sorted((entry.name, entry.read_text("utf-8")) for entry in files)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    scripts = _scripts()
    if version > len(scripts):
        raise StateError(f"{path} was written by a newer leakwatch (schema {version}); install that version again")
    for number, (_, sql) in enumerate(scripts[version:], start=version + 1):
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;")
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT}:
                raise
            # an intact file that this script does not expect: no reason to set all known state aside
            raise StateError(f"{path} cannot be brought to schema {number}; install the version before again") from None


def _set_aside(path: Path) -> str:
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S')}")
    for suffix in ("", "-wal", "-shm"):
        part = Path(f"{path}{suffix}")
        if part.exists():
            part.rename(f"{aside}{suffix}")
    return aside.name
