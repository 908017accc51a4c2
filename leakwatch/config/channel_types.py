"""The channel types of the configuration: one line for each, and the sink behind it.

Plain data, so that reading a configuration imports no sink. Everything else about a type (rate limits, byte limits,
signing) is declared by its sink as ``traits``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ChannelType:
    """A value of ``type``: where its sink is, and the values of ``format`` it takes (none: it has no formats)."""

    name: str
    module: str
    sink: str
    formats: tuple[str, ...] = ()


_ALL = (
    ChannelType("wecom", "leakwatch.notify.wecom", "WeCom"),
    ChannelType("dingtalk", "leakwatch.notify.dingtalk", "DingTalk"),
    ChannelType("feishu", "leakwatch.notify.feishu", "Feishu"),
    ChannelType("slack", "leakwatch.notify.slack", "Slack"),
    ChannelType("teams", "leakwatch.notify.teams", "Teams"),
    ChannelType("webhook", "leakwatch.notify.webhook", "Webhook", formats=("ocsf", "alertmanager")),
)

CHANNEL_TYPES: Mapping[str, ChannelType] = MappingProxyType({one.name: one for one in _ALL})
"""By name, in the order in which they are shown."""
