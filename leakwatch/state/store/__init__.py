"""The state of the daemon: SQLite in WAL mode, ``synchronous=FULL``, one writer.

The central rule: an offset moves only in the transaction that stores what was found before it. So every change goes
through ``Store.transaction()``; a ``kill -9`` leaves either all of it or nothing.
"""

from leakwatch.state.store.database import EPOCHS, Store
from leakwatch.state.store.opening import DATABASE, LOCK, open_store, read_only
from leakwatch.state.store.rows import Added, ExportRow, SourceRow, StoredGap

__all__ = [
    "DATABASE",
    "EPOCHS",
    "LOCK",
    "Added",
    "ExportRow",
    "SourceRow",
    "Store",
    "StoredGap",
    "open_store",
    "read_only",
]
