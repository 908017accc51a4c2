"""``leakwatch status``: what the daemon sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.cli_context import CliContext

if TYPE_CHECKING:
    from rich.console import Console

_WORDS = {
    "healthy": ("healthy", "正常"),
    "unhealthy": ("needs attention", "需要处理"),
    "starting": ("starting, not everything was looked at yet", "正在启动，尚未全部检视"),
    "down": ("the daemon is not running", "守护进程未运行"),
    "watches": ("Watches", "监视"),
    "incidents": ("Incidents, worst first", "事件（最严重的在前）"),
    "channels": ("Channels", "通道"),
    "gaps": ("Not seen, or maybe not", "未看到或可能未看到"),
    "none": ("none", "无"),
}

_STORED = ("incidents_known", "pending_alerts")


@click.command(
    help="""Show what the daemon watches, how far behind it is, what leaks and who was told.

\b
Examples:
  leakwatch status
  leakwatch status --json | jq .watches

\b
Exit codes: 0 healthy · 1 something needs attention, or the daemon is down
""",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as the daemon gives it.")
@click.pass_obj
def command(session: CliContext, *, as_json: bool) -> int:
    """``leakwatch status``; returns the exit code."""
    import json  # noqa: PLC0415  # together with the rest, so that `--help` stays quick

    from leakwatch.core.errors import Exit  # noqa: PLC0415
    from leakwatch.daemon.control import ask, socket_paths  # noqa: PLC0415

    state_dir = session.load().config.state_dir
    runtime = session.env.get("RUNTIME_DIRECTORY", "/run/leakwatch")
    answers = (ask(path, "status") for path in socket_paths(state_dir, runtime))
    status = next((one for one in answers if one and one.get("state_dir") == str(state_dir)), None)
    if status is None:
        status = _stored(state_dir)
    if as_json:
        print(json.dumps(status, ensure_ascii=False, indent=2))  # noqa: T201
    else:
        _show(status, session.out(), session.lang == "zh")
    return Exit.FOUND if status["problems"] else Exit.OK


def _stored(state_dir: Any) -> dict[str, Any]:
    """What can be said while the daemon is down: what its state holds."""
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


def _show(status: dict[str, Any], out: Console, zh: bool) -> None:
    def word(name: str) -> str:
        return _WORDS[name][zh]

    def say(text: str, style: str = "") -> None:
        out.print(text, style=style or None, soft_wrap=True)

    problems = status["problems"]
    if status["pid"] is None:
        say(f"✗ {word('down')} ({status['state_dir']})", "red")
        known = [f"{name.replace('_', ' ')}: {status[name]}" for name in _STORED if name in status]
        for line in (*problems[1:], *known, "start it: systemctl start leakwatch   (or: leakwatch run)"):
            say(f"  {line}")
        return
    mark, style, health = ("✓", "green", "healthy") if status["ready"] else ("…", "yellow", "starting")
    if problems:
        mark, style, health = "✗", "red", "unhealthy"
    say(f"{mark} {word(health)} · pid {status['pid']} · {status['state_dir']}", style)
    for problem in problems:
        say(f"  ! {problem}")
    for title, lines in (
        ("watches", [_watch(watch) for watch in status["watches"]]),
        ("incidents", [_incident(incident) for incident in status["incidents"]["latest"]]),
        ("channels", [_channel(channel) for channel in status["channels"]]),
        ("gaps", [f"{gap['kind']}: {gap['path'] or gap['root']}: {gap['detail']}" for gap in status["gaps"]]),
    ):
        if lines or title != "gaps":
            say(f"\n{word(title)}", "bold")
            for line in lines or [word("none")]:
                say(f"  {line}")


def _watch(watch: dict[str, Any]) -> str:
    facts = {name: value for name, value in watch.items() if name not in {"name", "kind", "roots"} and value}
    told = ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in facts.items())
    return f"{watch['name']} ({watch['kind']}) {' '.join(watch['roots'])}: {told or 'no files yet'}"


def _said(value: Any) -> str:
    """A number as it is; settings as ``name=value``."""
    if isinstance(value, dict):
        return " ".join(f"{name}={_said(one)}" for name, one in value.items())
    return ",".join(value) if isinstance(value, list) else str(value)


def _incident(incident: dict[str, Any]) -> str:
    entities = ", ".join(f"{name} ×{count}" for name, count in incident["entities"].items())
    key = f" · {incident['key']}" if incident["key"] else ""
    return (
        f"{incident['id']} {incident['severity']:8} {incident['service']} · {incident['place']}{key}: "
        f"{entities}; {incident['subjects']} different, such as {incident['sample']}"
    )


def _channel(channel: dict[str, Any]) -> str:
    reason = f" ({channel['last_reason']})" if channel["last_reason"] else ""
    return f"{channel['name']} ({channel['type']}): {channel['state']}, {channel['pending']} pending{reason}"
