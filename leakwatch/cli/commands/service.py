"""``leakwatch service``: the systemd unit, printed or installed."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.command_tree import Group
from leakwatch.config import resources
from leakwatch.core.errors import UsageError

_EXEC = re.compile(r"^ExecStart=\S+", re.MULTILINE)


@click.group(cls=Group)
def group() -> None:
    """The systemd unit: print it or install it.

    Examples:
      leakwatch service print
      sudo leakwatch service install
      leakwatch service install --root /tmp/stage --dry-run
    """


def _program(given: Path | None) -> Path:
    """The installed program the unit starts."""
    beside = Path(sys.prefix) / "bin" / "leakwatch"
    found = given or (beside if beside.exists() else Path(shutil.which("leakwatch") or "/opt/leakwatch/bin/leakwatch"))
    if not found.is_absolute():
        raise UsageError(f"--exec {found}: a unit needs an absolute path")
    return found


def rendered(program: Path) -> str:
    """The unit that starts ``program``."""
    return _EXEC.sub(lambda _: f"ExecStart={program}", resources.text("leakwatch.service"))


_exec_option = click.option(
    "--exec",
    "program",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="The program to start, where it is not the one that runs now.",
)


@group.command(name="print")
@_exec_option
@click.option("--drop-in", metavar="NAME", help="Print a documented drop-in instead: read-any-log or egress.")
def print_(program: Path | None, drop_in: str | None) -> None:
    """Print the unit, with the path of this program.

    Examples:
      leakwatch service print | systemd-analyze security --offline=true /dev/stdin
      leakwatch service print --drop-in egress
    """
    if drop_in is None:
        click.echo(rendered(_program(program)), nl=False)
        return
    known = resources.drop_ins()
    if drop_in not in known:
        raise UsageError(f"there is no drop-in {drop_in}; there are: {', '.join(known) or 'none'}")
    click.echo(resources.text(f"leakwatch.service.d/{drop_in}.conf"), nl=False)


@group.command()
@_exec_option
@click.option(
    "--root",
    "stage",
    type=click.Path(path_type=Path, file_okay=False),
    default="/",
    metavar="DIR",
    help="Install below DIR, for a package or an image.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done and do nothing.")
@click.pass_obj
def install(session: CliContext, program: Path | None, stage: Path, *, dry_run: bool) -> None:
    """Install the service: user, unit, configuration to fill in. Starts nothing, overwrites no configuration.

    Examples:
      sudo leakwatch service install
      leakwatch service install --dry-run
      leakwatch service install --root /tmp/stage

    Run it again after watches were added below /home, /root or /tmp: it writes the drop-in that shows them.
    """
    from leakwatch.cli.service_installer import install_service  # noqa: PLC0415  # `--help` must stay quick

    start = _program(program)
    steps = install_service(rendered(start), start, stage, _without_choice(session.env), dry_run=dry_run)
    for step in steps:
        click.echo(f"would {step}" if dry_run else step)
    if not dry_run and stage == Path("/"):
        session.note(
            "next:\n"
            "  $EDITOR /etc/leakwatch/leakwatch.yaml\n"
            "  leakwatch config check\n"
            "  systemctl daemon-reload\n"
            "  systemctl enable --now leakwatch\n"
            "  leakwatch alert test --channel NAME"
        )


def _without_choice(env: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in env.items() if key != "LEAKWATCH_CONFIG"}
