"""Alerts: who gets one and when (``dispatch``), and getting it there (``delivery``).

One module per chat; its line is in ``leakwatch.config.channel_types``. Nothing outside this package opens a connection.
"""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from leakwatch.config.channel_types import CHANNEL_TYPES
from leakwatch.notify.sink import Sink

SINKS: Mapping[str, type[Sink]] = MappingProxyType(
    {name: getattr(import_module(one.module), one.sink) for name, one in CHANNEL_TYPES.items()}
)
"""The sinks by channel type."""
