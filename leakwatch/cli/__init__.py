"""The command line. ``entry`` is the console script: every way a command can end has its own exit code."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import NoReturn

from leakwatch.core.errors import Exit, LeakwatchError, Terminated

_OUTPUT_LOST = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}


def entry() -> NoReturn:
    """Run the command in ``sys.argv`` and leave with its exit code."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # no crash may write memory, which holds values, to disk
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads for what nothing here asks of it
    code = main(sys.argv[1:], dict(os.environ))
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        # Python would flush again at exit and turn our code into its own 120
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def main(args: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is said on standard error."""
    try:
        signal.signal(signal.SIGTERM, _terminate)
        code = _dispatch(args, env)
        sys.stdout.flush()
    except LeakwatchError as error:
        return _say_error(error)
    except KeyboardInterrupt as interrupt:
        return Exit.TERMINATED if isinstance(interrupt, Terminated) else Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.PIPE_CLOSED  # whoever read has seen enough; nothing to say
    except Exception as error:  # noqa: BLE001  # a crash must never look like "findings": Python would exit with 1
        _say_failure(error, verbose=any(arg in {"--verbose", "-v", "-vv"} for arg in args))
        return Exit.INTERNAL
    return code


def _dispatch(args: Sequence[str], env: Mapping[str, str]) -> int:
    import click  # noqa: PLC0415  # nothing is imported before it is guarded
    from click.shell_completion import shell_complete  # noqa: PLC0415

    from leakwatch.cli.cli_context import CliContext  # noqa: PLC0415
    from leakwatch.cli.command_tree import root  # noqa: PLC0415
    from leakwatch.telemetry import library_logging  # noqa: PLC0415

    library_logging.close()
    if env.get("_LEAKWATCH_COMPLETE"):
        return shell_complete(root, {}, "leakwatch", "_LEAKWATCH_COMPLETE", env["_LEAKWATCH_COMPLETE"])
    try:
        with root.make_context("leakwatch", list(args), obj=CliContext(env=env)) as context:
            result = root.invoke(context)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        _say("leakwatch: an answer was needed and none came")
        return Exit.USAGE
    except click.ClickException as error:
        error.show(sys.stderr)
        return Exit.USAGE
    return result if isinstance(result, int) else Exit.OK


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def _say_error(error: LeakwatchError) -> int:
    lines = str(error).splitlines()
    if len(lines) > 1:
        _say("\n".join(lines))
        _say(f"leakwatch: {len(lines)} mistakes; nothing was done")
    else:
        _say(f"leakwatch: {error}")
    return error.exit_code


def _say_failure(error: Exception, *, verbose: bool) -> None:
    """What broke and where; never the text of the exception, which may hold a value."""
    from leakwatch.telemetry import library_logging  # noqa: PLC0415  # nothing is imported before it is guarded

    way = library_logging.frames(error.__traceback__)
    if isinstance(error, OSError) and error.filename is None and error.errno in _OUTPUT_LOST:
        _say(f"leakwatch: the output cannot be written: {os.strerror(error.errno)}; what was written is incomplete")
        return
    if isinstance(error, ImportError):
        _say(f"leakwatch: the installation is incomplete: {error.name or 'a module'} cannot be imported")
        _say("  install leakwatch again together with its dependencies")
    else:
        said = f": {os.strerror(error.errno)}" if isinstance(error, OSError) and error.errno else ""
        _say(f"leakwatch: internal error: {type(error).__name__}{said}, at {way[-1]}")
    _say("\n".join(f"  {frame}" for frame in way) if verbose else "  run it again with -v for the way there; report it")


def _say(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except (OSError, ValueError):
        return  # standard error is gone; the exit code still says it
