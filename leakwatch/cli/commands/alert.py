"""``leakwatch alert``: send a test message through a channel, as the daemon would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.core.errors import ChannelFault, DeliveryError, Exit, MaybeDelivered, MessageFault, TryLater, UsageError

if TYPE_CHECKING:
    from leakwatch.config.alerts import Channel

_ACCEPTED = {
    "en": "{name} ({type}): accepted; look into the chat for the message",
    "zh": "{name}（{type}）：已接受；请到群里确认收到消息",
}
_MEANINGS: dict[type[DeliveryError], dict[str, str]] = {
    TryLater: {
        "en": "not accepted now; a later attempt may work",
        "zh": "暂未接受；稍后重试可能成功",
    },
    MaybeDelivered: {
        "en": "sent, but not confirmed; look into the chat before trying again",
        "zh": "已发出但未得到确认；重试前请先到群里确认",
    },
    ChannelFault: {
        "en": "refused: the channel's settings are wrong",
        "zh": "被拒绝：通道配置有误",
    },
    MessageFault: {
        "en": "refused: the receiver does not take this message",
        "zh": "被拒绝：接收方不接受这条消息",
    },
}
_UNKNOWN = {
    "en": "not accepted: the receiver answered something unexpected",
    "zh": "未接受：接收方的回答无法识别",
}


@click.group(name="alert")
def group() -> None:
    """Send a test message to a channel."""


@group.command(
    name="test",
    help="""Send a test message through one channel and say what the receiver answered.

\b
Examples:
  leakwatch alert test --channel sec
  leakwatch -c ./leakwatch.yaml alert test --channel ding

\b
Exit codes: 0 accepted · 1 not accepted · 2 no such channel, or a mistake in
the configuration
""",
)
@click.option("--channel", "name", required=True, metavar="NAME", help="The channel's name in the configuration.")
@click.pass_obj
def check(session: CliContext, name: str) -> int:
    """``leakwatch alert test``; returns the exit code."""
    import time  # noqa: PLC0415  # together with the rest, so that `--help` stays quick
    from secrets import token_hex  # noqa: PLC0415

    from leakwatch.core.model import Alert, Message, Reason, Severity  # noqa: PLC0415
    from leakwatch.notify.build_sink import build_sink  # noqa: PLC0415

    alerts = session.load().config.alerts
    channel = _channel(alerts.channels, name)
    url, secret = channel.resolve()
    sink = build_sink(channel, url=url, secret=secret, alerts=alerts)
    alert = Alert(f"test-{token_hex(6)}-1", 1, Reason.TEST, Severity.INFO, time.time(), None)
    body = sink.render(Message(alert.id, (alert,), 1, alerts.lang))
    lang = session.lang
    try:
        sink.send(body, alert.id)
    except DeliveryError as outcome:
        meaning = _MEANINGS.get(type(outcome), _UNKNOWN)[lang]
        click.echo(f"{name} ({channel.type}): {meaning}\n  {outcome.reason}")
        return Exit.FOUND
    click.echo(_ACCEPTED[lang].format(name=name, type=channel.type))
    return Exit.OK


def _channel(channels: tuple[Channel, ...], name: str) -> Channel:
    for channel in channels:
        if channel.name == name:
            return channel
    known = ", ".join(channel.name for channel in channels)
    advice = f"the configuration has: {known}" if known else "the configuration has none; add one to alerts.channels"
    raise UsageError(f"no channel is called {name}; {advice}")
