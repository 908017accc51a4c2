"""``leakwatch run``: the daemon, in the foreground."""

from __future__ import annotations

import click

from leakwatch.cli.cli_context import CliContext
from leakwatch.cli.exit_codes import exit_codes
from leakwatch.core.errors import Exit

_EXIT_CODES = exit_codes(
    Exit.OK,
    Exit.USAGE,
    Exit.INTERNAL,
    OK="stopped",
    USAGE="configuration error, or another leakwatch uses the state directory",
    INTERNAL="an internal thread failed; restart it",
)


@click.command(
    help=f"""Watch logs and exports and send alerts until SIGTERM. systemd runs this command.

\b
Examples:
  leakwatch run
  leakwatch -c ./leakwatch.yaml run

SIGHUP (systemctl reload) applies a changed configuration; an invalid one is rejected and the old one stays in force.
SIGTERM stores what was read and stops within 10 seconds.

{_EXIT_CODES}
""",
)
@click.pass_obj
def command(context: CliContext) -> int:
    """``leakwatch run``; returns the exit code."""
    import signal  # noqa: PLC0415  # with the imports below: keeps `--help` fast
    import sys  # noqa: PLC0415
    import threading  # noqa: PLC0415

    import structlog  # noqa: PLC0415

    from leakwatch.config.config_model import Config  # noqa: PLC0415
    from leakwatch.core.errors import ConfigError  # noqa: PLC0415
    from leakwatch.daemon.cpu_limit import share_arenas, yield_to_others  # noqa: PLC0415
    from leakwatch.daemon.daemon import Daemon  # noqa: PLC0415
    from leakwatch.detection.rules import ids  # noqa: PLC0415
    from leakwatch.telemetry import logs  # noqa: PLC0415

    yield_to_others()
    share_arenas()
    style = logs.style_for(sys.stderr, context.env)
    logs.setup(sys.stderr, style, context.log_level, colors=context.colored(sys.stderr))
    log = structlog.get_logger("leakwatch")

    def load() -> Config:
        loaded = context.load_config(
            daemon=True, detectors=ids, warn=lambda text: log.warning("configuration", warning=text)
        )
        if not loaded.config.watch:
            raise ConfigError(
                f"nothing to watch in {loaded.source.why}; add a watch, or start with: leakwatch config init"
            )
        return loaded.config

    stop, reload, wake = threading.Event(), threading.Event(), threading.Event()

    def request(event: threading.Event) -> None:
        event.set()
        wake.set()

    signal.signal(signal.SIGTERM, lambda *_: request(stop))
    signal.signal(signal.SIGINT, lambda *_: request(stop))
    signal.signal(signal.SIGHUP, lambda *_: request(reload))
    return Daemon(load(), load, context.env, stop, reload, wake).run()
