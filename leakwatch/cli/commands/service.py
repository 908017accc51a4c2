"""``leakwatch service``: prints or installs the systemd unit."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.command_tree import Group
from leakwatch.config import resources
from leakwatch.core.errors import UsageError

_EXEC = re.compile(r"^ExecStart=\S+", re.MULTILINE)


@click.group(cls=Group)
def group() -> None:
    """Print or install the systemd unit.

    Examples:
      leakwatch service print
      sudo leakwatch service install
      leakwatch service install --root /tmp/stage --dry-run
    """


def _program_path(option: Path | None) -> Path:
    """The program for ExecStart: the option, else the running installation."""
    running = Path(sys.prefix) / "bin" / "leakwatch"
    path = option or (
        running if running.exists() else Path(shutil.which("leakwatch") or "/opt/leakwatch/bin/leakwatch")
    )
    if not path.is_absolute():
        raise UsageError(f"--exec {path}: must be an absolute path")
    return path


def render_unit(program: Path) -> str:
    """The unit with ``program`` as ExecStart."""
    return _EXEC.sub(lambda _: f"ExecStart={program}", resources.text("leakwatch.service"))


_exec_option = click.option(
    "--exec",
    "program",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Program to start.  [default: this installation]",
)


@group.command(name="print")
@_exec_option
@click.option("--drop-in", metavar="NAME", help="Print a drop-in instead: read-any-log or egress.")
def print_(program: Path | None, drop_in: str | None) -> None:
    """Print the unit for this installation.

    Examples:
      leakwatch service print | systemd-analyze security --offline=true /dev/stdin
      leakwatch service print --drop-in egress
    """
    if drop_in is None:
        click.echo(render_unit(_program_path(program)), nl=False)
        return
    known = resources.drop_ins()
    if drop_in not in known:
        raise UsageError(f"no such drop-in: {drop_in}; available: {', '.join(known) or 'none'}")
    click.echo(resources.text(f"leakwatch.service.d/{drop_in}.conf"), nl=False)


@group.command()
@_exec_option
@click.option(
    "--root",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    default="/",
    metavar="DIR",
    help="Install below DIR, e.g. for a package or an image.",
)
@click.option("--dry-run", is_flag=True, help="Print what would be done, and do nothing.")
@click.pass_obj
def install(context: CliContext, program: Path | None, root: Path, *, dry_run: bool) -> None:
    """Install the user, the unit and a configuration to edit. Starts nothing and keeps an existing configuration.

    Examples:
      sudo leakwatch service install
      leakwatch service install --dry-run
      leakwatch service install --root /tmp/stage

    Run it again after adding watches below /home, /root or /tmp: it writes the drop-in that makes them visible.
    """
    from leakwatch.cli.service_installer import ServiceInstaller  # noqa: PLC0415  keeps `--help` fast

    path = _program_path(program)
    # the installed configuration counts, not the one of this shell
    env = {key: value for key, value in context.env.items() if key != "LEAKWATCH_CONFIG"}
    installer = ServiceInstaller(render_unit(path), path, root, env, context.lang, dry_run)
    for step in installer.install():
        click.echo(context.message("service.dry_run", step=step) if dry_run else step)
    if not dry_run and root == Path("/"):
        context.note(
            context.message("service.next") + "\n"
            "  $EDITOR /etc/leakwatch/leakwatch.yaml\n"
            "  leakwatch config check\n"
            "  systemctl daemon-reload\n"
            "  systemctl enable --now leakwatch\n"
            "  leakwatch alert test --channel NAME"
        )
