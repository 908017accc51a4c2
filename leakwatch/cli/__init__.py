"""The command line. ``entry`` is the console script and turns every outcome into an exit code."""

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

_OUTPUT_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}


def entry() -> NoReturn:
    """Run the command in ``sys.argv`` and exit with its code."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold values
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads that are never used
    code = main(sys.argv[1:], dict(os.environ))
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        # Python flushes again at exit and would replace our exit code with 120
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def main(args: Sequence[str], env: Mapping[str, str]) -> int:
    """Run one command and return its exit code; errors are reported on standard error."""
    try:
        signal.signal(signal.SIGTERM, _terminate)
        code = _dispatch(args, env)
        sys.stdout.flush()
    except LeakwatchError as error:
        return _report_error(error)
    except KeyboardInterrupt as interrupt:
        return Exit.TERMINATED if isinstance(interrupt, Terminated) else Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.PIPE_CLOSED  # the reader closed the pipe, as `head` does
    except Exception as error:  # noqa: BLE001  # a crash must never look like "findings": Python would exit with 1
        _report_crash(error, verbose=any(arg in {"--verbose", "-v", "-vv"} for arg in args))
        return Exit.INTERNAL
    return code


def _dispatch(args: Sequence[str], env: Mapping[str, str]) -> int:
    import click  # noqa: PLC0415  # import errors are handled by main
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
    except click.exceptions.Exit as early_exit:
        return early_exit.exit_code
    except click.Abort:
        _print_error("leakwatch: input was required but standard input ended")
        return Exit.USAGE
    except click.ClickException as error:
        error.show(sys.stderr)
        return Exit.USAGE
    return result if isinstance(result, int) else Exit.OK


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def _report_error(error: LeakwatchError) -> int:
    lines = str(error).splitlines()
    if len(lines) > 1:
        _print_error("\n".join(lines))
        _print_error(f"leakwatch: {len(lines)} errors; nothing was done")
    else:
        _print_error(f"leakwatch: {error}")
    return error.exit_code


def _report_crash(error: Exception, *, verbose: bool) -> None:
    """Print the type and place of the exception, never its text, which may hold a value."""
    from leakwatch.telemetry import library_logging  # noqa: PLC0415  # import errors are handled by main

    frames = library_logging.frames(error.__traceback__)
    if isinstance(error, OSError) and error.filename is None and error.errno in _OUTPUT_ERRORS:
        _print_error(f"leakwatch: cannot write the output: {os.strerror(error.errno)}; the output is incomplete")
        return
    if isinstance(error, ImportError):
        _print_error(f"leakwatch: incomplete installation: cannot import {error.name or 'a module'}")
        _print_error("  reinstall leakwatch with its dependencies")
    else:
        reason = f": {os.strerror(error.errno)}" if isinstance(error, OSError) and error.errno else ""
        _print_error(f"leakwatch: internal error: {type(error).__name__}{reason}, at {frames[-1]}")
    traceback = "\n".join(f"  {frame}" for frame in frames)
    _print_error(traceback if verbose else "  run again with -v for the traceback, and report the problem")


def _print_error(text: str) -> None:
    try:
        print(text, file=sys.stderr, flush=True)  # noqa: T201
    except (OSError, ValueError):
        return  # standard error is gone; only the exit code is left
