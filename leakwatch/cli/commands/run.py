"""``leakwatch run``: the daemon, in the foreground."""

from __future__ import annotations

import click

from leakwatch.cli.cli_context import CliContext


@click.command(
    help="""Watch, find and tell, until SIGTERM; systemd starts this.

\b
Examples:
  leakwatch run
  leakwatch -c ./leakwatch.yaml run

SIGHUP (systemctl reload) takes over a changed configuration; a bad one
changes nothing. SIGTERM stores what was read and ends within 10 seconds.

\b
Exit codes: 0 stopped · 2 a mistake in the configuration, or another
leakwatch owns the state · 4 a part of it died; start it again
""",
)
@click.pass_obj
def command(session: CliContext) -> int:
    """``leakwatch run``; returns the exit code."""
    import signal  # noqa: PLC0415  # together with the rest, so that `--help` stays quick
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
    style = logs.style_for(sys.stderr, session.env)
    logs.setup(sys.stderr, style, session.log_level, colors=session.colored(sys.stderr))
    log = structlog.get_logger("leakwatch")

    def load() -> Config:
        loaded = session.load(daemon=True, detectors=ids, warn=lambda text: log.warning("configuration", warning=text))
        if not loaded.config.watch:
            raise ConfigError(
                f"nothing to watch in {loaded.source.why}; add a watch, or begin with: leakwatch config init"
            )
        return loaded.config

    stop, reload, wake = threading.Event(), threading.Event(), threading.Event()

    def ask(wish: threading.Event) -> None:
        wish.set()
        wake.set()

    signal.signal(signal.SIGTERM, lambda *_: ask(stop))
    signal.signal(signal.SIGINT, lambda *_: ask(stop))
    signal.signal(signal.SIGHUP, lambda *_: ask(reload))
    return Daemon(load(), load, session.env, stop, reload, wake).run()
