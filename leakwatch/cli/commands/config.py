"""``leakwatch config``: check, show, schema, init."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.command_tree import Group
from leakwatch.config import resources
from leakwatch.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from leakwatch.config.config_model import Config
    from leakwatch.config.load import Loaded


@click.group(cls=Group)
def group() -> None:
    """Check, show and start a configuration.

    Examples:
      leakwatch config init leakwatch.yaml
      leakwatch config check -c leakwatch.yaml
      leakwatch config show --origin
    """


@group.command()
@click.pass_obj
def check(session: CliContext) -> None:
    """Find everything that is wrong, before the daemon does.

    Examples:
      leakwatch config check
      leakwatch config check -c leakwatch.yaml

    Ends with 0 if the daemon can start with it, with 2 if not. Warnings do not count.
    """
    from leakwatch.detection.rules import ids  # noqa: PLC0415  # `--help` must stay quick
    from leakwatch.pipeline import active_detectors  # noqa: PLC0415  # `--help` must stay quick

    loaded = session.load(daemon=True, detectors=ids)
    active = len(active_detectors(loaded.config))
    own: dict[str, int] = {}
    for watch in loaded.config.watch:
        try:
            own[watch.name] = len(active_detectors(loaded.config.for_watch(watch)))
        except ConfigError as error:
            raise ConfigError(f"watch {watch.name}: {error}") from None
    faults = list(_channel_faults(loaded.config))
    if faults:
        raise ConfigError("\n".join(faults))
    for warning in _idle(loaded.config):
        session.note(f"warning: {warning}")
    click.echo(_verdict(loaded, active, len(loaded.config.detect.disable)))
    for watch in loaded.config.watch:
        if watch.detect is not None:
            click.echo(f"  watch {watch.name}: {_count(own[watch.name], 'detector')} active")


def _channel_faults(config: Config) -> Iterator[str]:
    for channel in config.alerts.channels:
        try:
            channel.resolve()
        except ConfigError as error:
            yield str(error)


def _idle(config: Config) -> Iterator[str]:
    if not config.watch:
        yield "nothing is watched; add an entry under watch"
    if not config.alerts.channels:
        yield "nobody is told; add a receiver under alerts.channels"


def _verdict(loaded: Loaded, active: int, disabled: int) -> str:
    config = loaded.config
    read = ", ".join(map(str, loaded.source.files)) or loaded.source.why
    return (
        f"ok: {read}\n"
        f"  {_count(len(config.watch), 'watch', 'watches')}, "
        f"{_count(len(config.alerts.channels), 'channel')}, "
        f"{_count(len(config.suppress), 'suppression')}, "
        f"{_count(active, 'detector')} active ({disabled} disabled)"
    )


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


@group.command()
@click.option("--origin", is_flag=True, help="Say for each key which file and line it comes from.")
@click.pass_obj
def show(session: CliContext, *, origin: bool) -> None:
    """Print the configuration in force, defaults included; secrets are shown as <secret>.

    Examples:
      leakwatch config show
      leakwatch config show --origin | grep channels
    """
    import yaml  # noqa: PLC0415  # `--help` must stay quick

    loaded = session.load()
    plain = loaded.config.model_dump(mode="json")
    if not origin:
        click.echo(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), nl=False)
        return
    for path, value in _flat(plain):
        click.echo(f"{path}: {json.dumps(value, ensure_ascii=False)}  # {loaded.origin.get(path, 'default')}")


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for at, item in enumerate(value):
            yield from _flat(item, f"{path}[{at}]")
    else:
        yield path, value


@group.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for editors.

    Examples:
      leakwatch config schema > leakwatch.schema.json
    """
    from leakwatch.config.config_model import json_schema  # noqa: PLC0415  # `--help` must stay quick

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@group.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--rules", is_flag=True, help="Write an example of rules of your own instead.")
@click.option("--stdout", is_flag=True, help="Print it instead of writing a file.")
@click.pass_obj
def init(session: CliContext, file: Path | None, *, rules: bool, stdout: bool) -> None:
    """Write a configuration with every key, commented, at its default. Never overwrites.

    Examples:
      leakwatch config init
      leakwatch config init /etc/leakwatch/leakwatch.yaml
      leakwatch config init --rules /etc/leakwatch/rules.d/mine.yaml
      leakwatch config init --stdout | less
    """
    text = resources.text("rules.d/example.yaml" if rules else "leakwatch.yaml")
    if stdout:
        click.echo(text, nl=False)
        return
    file = file or Path("rules.yaml" if rules else "leakwatch.yaml")
    try:
        # it will hold addresses of chat robots: nobody else's business
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{file} exists and is not overwritten; choose another name or use --stdout") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {os.strerror(error.errno or 0)}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    check = "name it in detect.rules, leakwatch config check" if rules else f"leakwatch config check -c {file}"
    session.note(f"wrote {file}; next: edit it, then {check}")
