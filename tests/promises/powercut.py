"""A disk that forgets: what SQLite really writes, and what of it is there after the power was cut at any moment.

SQLite reaches a disk through its VFS. ``recording`` puts itself between the two, in the very library that Python's
``sqlite3`` uses, and notes every write, truncation, deletion and sync. ``cut`` then makes the files as a disk may hold
them if the power fails after the n-th of these: all that was synced before, and of what was not any part, in any order,
torn at sectors.
"""

from __future__ import annotations

import _sqlite3
import ctypes
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
_OK = 0


@dataclass(frozen=True)
class Event:
    """One thing that was asked of the disk; ``what`` is write, truncate, delete, sync or mark."""

    what: str
    name: str
    at: int = 0
    data: bytes = b""


@dataclass
class Recorder:
    """The operations on the disk so far; ``mark`` records that data was acknowledged as safe."""

    events: list[Event] = field(default_factory=list)

    def mark(self, what: str) -> None:
        self.events.append(Event("mark", what))


class _Methods(ctypes.Structure):
    """``sqlite3_io_methods``, version 3; see sqlite3.h."""

    _names = ("close", "read", "write", "truncate", "sync", "file_size", "lock", "unlock", "reserved", "control")
    _more = ("sector", "device", "shm_map", "shm_lock", "shm_barrier", "shm_unmap", "fetch", "unfetch")
    _fields_ = [("version", ctypes.c_int), *((name, ctypes.c_void_p) for name in (*_names, *_more))]


class _File(ctypes.Structure):
    _fields_ = [("methods", ctypes.POINTER(_Methods))]


class _Vfs(ctypes.Structure):
    """``sqlite3_vfs`` as far as it is needed."""

    _fields_ = [
        *(("version", ctypes.c_int), ("file_bytes", ctypes.c_int), ("path_bytes", ctypes.c_int)),
        *(("next", ctypes.c_void_p), ("name", ctypes.c_char_p), ("data", ctypes.c_void_p)),
        *(("open", ctypes.c_void_p), ("delete", ctypes.c_void_p)),
        ("rest", ctypes.c_void_p * 14),
    ]


_P, _I, _L = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_Open = ctypes.CFUNCTYPE(_I, _P, _P, ctypes.POINTER(_File), _I, _P)
_Delete = ctypes.CFUNCTYPE(_I, _P, ctypes.c_char_p, _I)
_Write = ctypes.CFUNCTYPE(_I, _P, _P, _I, _L)
_Truncate = ctypes.CFUNCTYPE(_I, _P, _L)
_Sync = ctypes.CFUNCTYPE(_I, _P, _I)


def library() -> ctypes.CDLL | None:
    """SQLite as Python uses it; None where it is built in and cannot be reached."""
    found = ctypes.CDLL(_sqlite3.__file__)
    return found if hasattr(found, "sqlite3_vfs_find") else None


@contextmanager
def recording() -> Iterator[Recorder]:
    """Note all that any connection opened inside the block writes."""
    sqlite = library()
    assert sqlite is not None
    sqlite.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    sqlite.sqlite3_vfs_register.argtypes = [ctypes.POINTER(_Vfs), _I]
    vfs = sqlite.sqlite3_vfs_find(None)
    recorder = Recorder()
    names: dict[int, str] = {}
    kept: list[object] = []
    open_, delete = _Open(vfs.contents.open), _Delete(vfs.contents.delete)

    def wrapped(methods: ctypes._Pointer) -> ctypes._Pointer:
        old = methods.contents
        new = _Methods.from_buffer_copy(old)
        write, truncate, sync = _Write(old.write), _Truncate(old.truncate), _Sync(old.sync)

        def noted_write(file: int, data: int, size: int, at: int) -> int:
            recorder.events.append(Event("write", names.get(file, ""), at, ctypes.string_at(data, size)))
            return int(write(file, data, size, at))

        def noted_truncate(file: int, size: int) -> int:
            recorder.events.append(Event("truncate", names.get(file, ""), size))
            return int(truncate(file, size))

        def noted_sync(file: int, flags: int) -> int:
            code = int(sync(file, flags))
            if code == _OK:
                recorder.events.append(Event("sync", names.get(file, "")))
            return code

        callbacks = _Write(noted_write), _Truncate(noted_truncate), _Sync(noted_sync)
        new.write, new.truncate, new.sync = (ctypes.cast(one, _P).value for one in callbacks)
        new.fetch = new.unfetch = None
        new.version = min(new.version, 2)  # no memory-mapped reading or writing
        kept.extend((new, callbacks, write, truncate, sync))
        return ctypes.pointer(new)

    def noted_open(itself: int, path: int, file: ctypes._Pointer, flags: int, out: int) -> int:
        code = int(open_(itself, path, file, flags, out))
        if code == _OK and path:
            address = ctypes.addressof(file.contents)
            names[address] = Path(ctypes.string_at(path).decode()).name
            file.contents.methods = wrapped(file.contents.methods)
        return code

    def noted_delete(itself: int, path: bytes, sync: int) -> int:
        code = int(delete(itself, path, sync))
        if code == _OK:
            recorder.events.append(Event("delete", Path(path.decode()).name))
        return code

    own = _Vfs.from_buffer_copy(vfs.contents)
    callbacks = _Open(noted_open), _Delete(noted_delete)
    own.name, own.next = b"recording", None
    own.open, own.delete = (ctypes.cast(one, _P).value for one in callbacks)
    sqlite.sqlite3_vfs_register(ctypes.byref(own), 1)
    try:
        yield recorder
    finally:
        sqlite.sqlite3_vfs_unregister(ctypes.byref(own))
        sqlite.sqlite3_vfs_register(vfs, 1)


def cut(events: list[Event], directory: Path, chance: random.Random) -> None:
    """Make the files as a disk may hold them when the power fails after these events."""
    synced: dict[str, bytearray] = {}
    waiting: dict[str, list[Event]] = {}
    deleted: set[str] = set()
    for event in events:
        if event.name in deleted and event.what != "mark":  # a new file of that name: nothing of the old one is left
            deleted.discard(event.name)
            synced.pop(event.name, None)
            waiting.pop(event.name, None)
        match event.what:
            case "write" | "truncate":
                waiting.setdefault(event.name, []).append(event)
            case "sync":
                if event.name not in synced and event.name.endswith(("-wal", "-journal")):
                    for name in deleted:  # with a new log or journal, SQLite syncs the directory
                        synced.pop(name, None)
                        waiting.pop(name, None)
                    deleted.clear()
                _apply(synced.setdefault(event.name, bytearray()), waiting.pop(event.name, []))
            case "delete":
                deleted.add(event.name)
    for name in sorted({*synced, *waiting}):
        if name in deleted and chance.random() < 0.5:  # the directory was not synced: the file may be back
            continue
        content = synced.get(name, bytearray())
        _apply(content, [part for event in waiting.get(name, []) for part in _survivors(event, chance)])
        if name in synced or content or chance.random() < 0.5:
            (directory / name).write_bytes(content)


def _survivors(event: Event, chance: random.Random) -> Iterator[Event]:
    """What of an unsynced event reached the disk: any of its sectors, perhaps none."""
    if event.what == "truncate":
        if chance.random() < 0.5:
            yield event
    elif event.what == "write":
        luck = chance.choice((0.0, 0.5, 1.0))
        for start in range(0, len(event.data), SECTOR):
            if chance.random() < luck:
                yield Event("write", event.name, event.at + start, event.data[start : start + SECTOR])


def _apply(content: bytearray, events: list[Event]) -> None:
    for event in events:
        if event.what == "truncate":
            del content[event.at :]
            content.extend(bytes(event.at - len(content)))
        elif event.what == "write":
            content.extend(bytes(max(0, event.at - len(content))))
            content[event.at : event.at + len(event.data)] = event.data
