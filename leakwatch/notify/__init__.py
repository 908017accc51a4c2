"""Telling people: who hears of an incident and when (``dispatch``), and getting it there (``delivery``).

One module per chat, one line each in ``SINKS``. Nothing outside this package opens a connection.
"""

from leakwatch.notify.dingtalk import DingTalk
from leakwatch.notify.feishu import Feishu
from leakwatch.notify.sink import Sink
from leakwatch.notify.slack import Slack
from leakwatch.notify.teams import Teams
from leakwatch.notify.webhook import Webhook
from leakwatch.notify.wecom import WeCom

SINKS: dict[str, type[Sink]] = {
    "wecom": WeCom,
    "dingtalk": DingTalk,
    "feishu": Feishu,
    "slack": Slack,
    "teams": Teams,
    "webhook": Webhook,
}
"""The channel types of the configuration."""
