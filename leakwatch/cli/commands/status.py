"""``leakwatch status``: the state of the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.exit_codes import exit_codes
from leakwatch.core.errors import Exit

if TYPE_CHECKING:
    from rich.console import Console

_WATCH_FIELDS = (
    *("mode", "files", "waiting", "behind_seconds", "lag_bytes", "backlog"),
    *("unreadable", "compressed_not_followed", "passed_over_bytes", "detect", "labels"),
)
"""The fields of a watch that are shown, where they are not empty, in this order."""

_EXIT_CODES = exit_codes(Exit.OK, Exit.FOUND, OK="healthy", FOUND="something needs attention, or the daemon is down")


@click.command(
    help=f"""Show what the daemon watches, how far behind it is, what leaks, and the state of the alert channels.

\b
Examples:
  leakwatch status
  leakwatch status --json | jq .watches

{_EXIT_CODES}
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print the daemon's answer as JSON.")
@click.pass_obj
def command(context: CliContext, *, as_json: bool) -> int:
    """``leakwatch status``; returns the exit code."""
    import json  # noqa: PLC0415  # with the imports below: keeps `--help` fast

    from leakwatch.cli.daemon_client import ask_daemon  # noqa: PLC0415

    state_dir = context.load_config().config.state_dir
    status = ask_daemon(context, state_dir, "status", lambda answer: answer.get("state_dir") == str(state_dir))
    if status is None:
        status = _stored_status(state_dir)
    if as_json:
        print(json.dumps(status, ensure_ascii=False, indent=2))  # noqa: T201
    else:
        _print_status(status, context)
    return Exit.FOUND if status["problems"] else Exit.OK


def _stored_status(state_dir: Path) -> dict[str, Any]:
    """The status while the daemon is down, from its database."""
    from leakwatch.core.errors import StateError  # noqa: PLC0415
    from leakwatch.state.store import read_only  # noqa: PLC0415

    status: dict[str, Any] = {"pid": None, "state_dir": str(state_dir), "ready": False, "problems": ["daemon down"]}
    try:
        connection = read_only(state_dir)
    except StateError as error:
        status["problems"].append(str(error))
        return status
    with connection:
        status["pending_alerts"] = connection.execute("SELECT count(*) FROM outbox").fetchone()[0]
        status["incidents_known"] = connection.execute("SELECT count(*) FROM incident").fetchone()[0]
    connection.close()
    return status


def _print_status(status: dict[str, Any], context: CliContext) -> None:
    console = context.console()
    if status["pid"] is None:
        _print_down(status, context, console)
        return
    symbol, style, health = ("✓", "green", "healthy") if status["ready"] else ("…", "yellow", "starting")
    if status["problems"]:
        symbol, style, health = "✗", "red", "unhealthy"
    title = f"{symbol} {context.message(f'status.{health}')} · pid {status['pid']} · {status['state_dir']}"
    _print_section(console, title, [f"! {problem}" for problem in status["problems"]], style)
    none = [context.message("text.none")]
    watches = [_watch(watch, context) for watch in status["watches"]]
    incidents = [_incident(incident, context) for incident in status["incidents"]["latest"]]
    channels = [_channel(channel, context) for channel in status["channels"]]
    gaps = [f"{gap['kind']}: {gap['path'] or gap['root']}: {gap['detail']}" for gap in status["gaps"]]
    _print_section(console, "\n" + context.message("status.watches"), watches or none)
    _print_section(console, "\n" + context.message("status.incidents"), incidents or none)
    _print_section(console, "\n" + context.message("status.channels"), channels or none)
    if gaps:
        _print_section(console, "\n" + context.message("status.gaps"), gaps)


def _print_down(status: dict[str, Any], context: CliContext, console: Console) -> None:
    lines = status["problems"][1:]
    for name in ("incidents_known", "pending_alerts"):
        if name in status:
            lines.append(context.message(f"status.{name}", count=status[name]))
    lines.append(context.message("status.start"))
    state_dir = context.message("text.parentheses", text=status["state_dir"])
    _print_section(console, f"✗ {context.message('status.down')}{state_dir}", lines, "red")


def _print_section(console: Console, title: str, lines: list[str], style: str = "bold") -> None:
    console.print(title, style=style, soft_wrap=True)
    for line in lines:
        console.print(f"  {line}", soft_wrap=True)


def _watch(watch: dict[str, Any], context: CliContext) -> str:
    fields = context.message("text.separator").join(_watch_fields(watch, context))
    return f"{watch['name']} ({watch['kind']}) {' '.join(watch['roots'])}: {fields}"


def _watch_fields(watch: dict[str, Any], context: CliContext) -> Iterator[str]:
    if not watch["files"]:
        yield context.message("status.no_files")
    for name in _WATCH_FIELDS:
        if watch.get(name):
            yield context.message(f"status.watch.{name}", value=_plain(watch[name]))


def _plain(value: Any) -> str:
    """A number or word as it is, a list with commas, settings as ``name=value``."""
    if isinstance(value, dict):
        return " ".join(f"{name}={_plain(item)}" for name, item in value.items())
    return ",".join(value) if isinstance(value, list) else str(value)


def _incident(incident: dict[str, Any], context: CliContext) -> str:
    entities = ", ".join(f"{name} ×{count}" for name, count in incident["entities"].items())
    key = f" · {incident['key']}" if incident["key"] else ""
    severity = context.message(f"severity.{incident['severity']}")
    values = context.message("status.distinct_values", count=incident["subjects"], sample=incident["sample"])
    return f"{incident['id']} {severity:8} {incident['service']} · {incident['place']}{key}: {entities}; {values}"


def _channel(channel: dict[str, Any], context: CliContext) -> str:
    reason = context.message("text.parentheses", text=channel["last_reason"]) if channel["last_reason"] else ""
    state = context.message(f"status.channel_state.{channel['state']}")
    text = context.message(
        "status.channel", name=channel["name"], type=channel["type"], state=state, count=channel["pending"]
    )
    return text + reason
