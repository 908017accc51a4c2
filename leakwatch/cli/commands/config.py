"""``leakwatch config``: checks, shows and creates configurations, and prints their schema."""

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
    """Check, show or create a configuration.

    Examples:
      leakwatch config init leakwatch.yaml
      leakwatch config check -c leakwatch.yaml
      leakwatch config show --origin
    """


@group.command()
@click.pass_obj
def check(context: CliContext) -> None:
    """Check the configuration: keys, detectors, secrets and watched directories.

    Examples:
      leakwatch config check
      leakwatch config check -c leakwatch.yaml

    Exits with 0 if the daemon can start with it, otherwise with 2. Warnings do not change the exit code.
    """
    from leakwatch.detection.rules import ids  # noqa: PLC0415  keeps `--help` fast
    from leakwatch.pipeline import active_detectors  # noqa: PLC0415  keeps `--help` fast

    loaded = context.load_config(daemon=True, detectors=ids)
    active = len(active_detectors(loaded.config))
    active_by_watch: dict[str, int] = {}
    for watch in loaded.config.watch:
        try:
            active_by_watch[watch.name] = len(active_detectors(loaded.config.for_watch(watch)))
        except ConfigError as error:
            raise ConfigError(f"watch {watch.name}: {error}") from None
    errors = list(_channel_errors(loaded.config))
    if errors:
        raise ConfigError("\n".join(errors))
    if not loaded.config.watch:
        context.warn(context.message("config.no_watches"))
    if not loaded.config.alerts.channels:
        context.warn(context.message("config.no_channels"))
    for line in _summary_lines(context, loaded, active):
        click.echo(line)
    for watch in loaded.config.watch:
        if watch.detect is not None:
            detectors = context.message("config.detectors", count=active_by_watch[watch.name])
            click.echo("  " + context.message("config.watch_detectors", name=watch.name, detectors=detectors))


def _channel_errors(config: Config) -> Iterator[str]:
    for channel in config.alerts.channels:
        try:
            channel.resolve()
        except ConfigError as error:
            yield str(error)


def _summary_lines(context: CliContext, loaded: Loaded, active: int) -> Iterator[str]:
    config = loaded.config
    yield context.message("config.ok", files=", ".join(map(str, loaded.source.files)) or loaded.source.why)
    counts = (
        context.message("config.watches", count=len(config.watch)),
        context.message("config.channels", count=len(config.alerts.channels)),
        context.message("config.suppressions", count=len(config.suppress)),
        context.message("config.detectors", count=active),
    )
    disabled = context.message("config.disabled", count=len(config.detect.disable))
    yield f"  {context.message('text.separator').join(counts)}" + context.message("text.parentheses", text=disabled)


@group.command()
@click.option("--origin", is_flag=True, help="Show the file and line of each key.")
@click.pass_obj
def show(context: CliContext, *, origin: bool) -> None:
    """Print the effective configuration, defaults included. Secrets are printed as <secret>.

    Examples:
      leakwatch config show
      leakwatch config show --origin | grep channels
    """
    import yaml  # noqa: PLC0415  keeps `--help` fast

    loaded = context.load_config()
    plain = loaded.config.model_dump(mode="json")
    if not origin:
        click.echo(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True), nl=False)
        return
    for path, value in _flatten(plain):
        click.echo(f"{path}: {json.dumps(value, ensure_ascii=False)}  # {loaded.origin.get(path, 'default')}")


def _flatten(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flatten(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _flatten(item, f"{path}[{index}]")
    else:
        yield path, value


@group.command()
def schema() -> None:
    """Print the JSON Schema of the configuration, for use in editors.

    Examples:
      leakwatch config schema > leakwatch.schema.json
    """
    from leakwatch.config.config_model import json_schema  # noqa: PLC0415  keeps `--help` fast

    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@group.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--rules", is_flag=True, help="Write an example of a rule file instead.")
@click.option("--stdout", is_flag=True, help="Print to standard output instead of writing a file.")
@click.pass_obj
def init(context: CliContext, file: Path | None, *, rules: bool, stdout: bool) -> None:
    """Write a commented configuration with every key at its default. Existing files are not overwritten.

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
        # it will hold webhook URLs, which are secrets
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{file} already exists; choose another name or use --stdout") from None
    except OSError as error:
        raise UsageError(f"cannot write {file}: {os.strerror(error.errno or 0)}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    if rules:
        context.note(context.message("config.rules_written", file=file, command="leakwatch config check"))
    else:
        context.note(context.message("config.written", file=file, command=f"leakwatch config check -c {file}"))
