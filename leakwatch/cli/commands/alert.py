"""``leakwatch alert``: sends a test message through a channel, as the daemon would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.command_tree import Group
from leakwatch.cli.exit_codes import exit_codes
from leakwatch.core.errors import ChannelFault, DeliveryError, Exit, MaybeDelivered, MessageFault, TryLater, UsageError

if TYPE_CHECKING:
    from leakwatch.config.alerts import Channel

_OUTCOMES: dict[type[DeliveryError], str] = {
    TryLater: "alert_test.try_later",
    MaybeDelivered: "alert_test.maybe_delivered",
    ChannelFault: "alert_test.channel_fault",
    MessageFault: "alert_test.message_fault",
}
"""The text of each error, by catalogue key."""

_EXIT_CODES = exit_codes(
    Exit.OK,
    Exit.FOUND,
    Exit.USAGE,
    OK="accepted",
    FOUND="not accepted",
    USAGE="no such channel, or a configuration error",
)


@click.group(cls=Group)
def group() -> None:
    """Send a test message to an alert channel."""


@group.command(
    name="test",
    help=f"""Send a test message through one channel and print the receiver's answer.

\b
Examples:
  leakwatch alert test --channel sec
  leakwatch -c ./leakwatch.yaml alert test --channel ding

{_EXIT_CODES}
""",
)
@click.option("--channel", "name", required=True, metavar="NAME", help="Name of the channel in the configuration.")
@click.pass_obj
def send_test(context: CliContext, name: str) -> int:
    """``leakwatch alert test``; returns the exit code."""
    import time  # noqa: PLC0415  # with the imports below: keeps `--help` fast
    from secrets import token_hex  # noqa: PLC0415

    from leakwatch.core.alert import Alert, Message, Reason  # noqa: PLC0415
    from leakwatch.core.model import Severity  # noqa: PLC0415
    from leakwatch.notify.build_sink import build_sink  # noqa: PLC0415

    alerts = context.load_config().config.alerts
    channel = _channel(alerts.channels, name)
    url, secret = channel.resolve()
    sink = build_sink(channel, url=url, secret=secret, alerts=alerts)
    alert = Alert(f"test-{token_hex(6)}-1", 1, Reason.TEST, Severity.INFO, time.time(), None)
    body = sink.render(Message(alert.id, (alert,), 1, alerts.lang))
    try:
        sink.send(body, alert.id)
    except DeliveryError as error:
        outcome = context.message(_OUTCOMES.get(type(error), "alert_test.unknown_answer"))
        click.echo(context.message("alert_test.failed", name=name, type=channel.type, outcome=outcome))
        click.echo(f"  {error.reason}")
        return Exit.FOUND
    click.echo(context.message("alert_test.accepted", name=name, type=channel.type))
    return Exit.OK


def _channel(channels: tuple[Channel, ...], name: str) -> Channel:
    for channel in channels:
        if channel.name == name:
            return channel
    known = ", ".join(channel.name for channel in channels)
    hint = f"configured channels: {known}" if known else "no channel is configured; add one to alerts.channels"
    raise UsageError(f"no such channel: {name}; {hint}")
