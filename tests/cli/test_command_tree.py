"""The command line: commands, shared options, start-up cost, and the exit code of every outcome."""

import os
import signal
import subprocess
import sys
import types
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import click
import pytest

from leakwatch import cli
from leakwatch.cli import command_tree as tree
from leakwatch.cli.cli_context import CliContext
from leakwatch.core.errors import ConfigError, Exit, StateError, Terminated

VALUE = "13900001234"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process; ``does`` becomes the body of a command ``probe``."""

    def go(*args: str, does: Callable[[CliContext], Any] | None = None, **env: str) -> tuple[int, str, str]:
        if does is not None:
            module = types.ModuleType("leakwatch.cli.commands.probe")
            module.__spec__ = ModuleSpec("leakwatch.cli.commands.probe", None)
            module.command = click.Command("probe", callback=click.pass_obj(does))
            monkeypatch.setitem(sys.modules, "leakwatch.cli.commands.probe", module)
            monkeypatch.setitem(tree.COMMANDS, "probe", tree.CommandEntry("probe", "command", "Test."))
        before = signal.getsignal(signal.SIGTERM)
        try:
            code = cli.main(list(args), env)
        finally:
            signal.signal(signal.SIGTERM, before)
        out, err = capsys.readouterr()
        return int(code), out, err

    return go


def raising(error: BaseException) -> Callable[[CliContext], Any]:
    def body(_context: CliContext) -> None:
        raise error

    return body


# --------------------------------------------------------------------------------------------- help


def test_help_lists_every_command_after_examples(run: Run):
    """Help starts with examples and lists each command with its summary."""
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert out.splitlines()[2] == "  Examples:"
    listed = out.partition("Commands:")[2]
    for name, entry in tree.COMMANDS.items():
        assert f"  {name} " in listed
        assert entry.summary.split()[0] in listed


@pytest.mark.parametrize("name", tree.COMMANDS)
def test_help_of_each_command_has_examples(run: Run, name: str):
    """The help of each command has an example that starts with the program's name."""
    command = tree.root.get_command(click.Context(tree.root), name)
    assert command is not None
    paths = [[name, below] for below in command.commands] if isinstance(command, click.Group) else [[name]]
    for path in paths:
        code, out, err = run(*path, "--help")
        assert (code, err) == (0, ""), path
        assert "\n  Examples:\n    " in out, path
        assert f"leakwatch {path[0]}" in out, path


def test_a_command_without_a_module_is_absent(run: Run, monkeypatch: pytest.MonkeyPatch):
    """It is a usage error, not a stub."""
    monkeypatch.setitem(tree.COMMANDS, "top", tree.CommandEntry("no_such_module", "command", "Never there."))
    assert "Never there" not in run("--help")[1]
    code, out, err = run("top")
    assert (code, out) == (2, "")
    assert "no such command: top" in err


@pytest.mark.parametrize(("typed", "meant"), [("confg", "config"), ("statsu", "status")])
def test_a_mistyped_command_suggests_the_closest(run: Run, typed: str, meant: str):
    """The error names the closest command."""
    assert f"no such command: {typed}; did you mean {meant}?" in run(typed)[2]


def test_a_mistyped_subcommand_suggests_the_closest(run: Run):
    """A name without a close match gets the list of commands."""
    assert "no such command: chek; did you mean check?" in run("config", "chek")[2]
    assert "no such command: zzz; available: check, init, schema, show" in run("config", "zzz")[2].replace("\n", " ")


def test_no_command_is_a_usage_error(run: Run):
    """Without a command, help is printed and the exit code is 2."""
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "Examples:" in err


def test_version(run: Run):
    """``--version`` prints program and version."""
    assert run("--version")[:2] == (0, "leakwatch 0.1.0\n")


def test_help_imports_nothing_heavy():
    """``--help`` does not import detection, the daemon or alert channels."""
    script = "import sys; from leakwatch import cli; cli.main(['--help'], {}); print(*sys.modules)"
    env = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")
    }  # it imports all it measures
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    heavy = {"presidio_analyzer", "numpy", "requests", "pydantic", "yaml", "rich", "structlog", "hyperscan", "sqlite3"}
    assert not loaded & heavy


# --------------------------------------------------------------------------------------------- shared options


def test_shared_options_work_before_and_after_the_command(run: Run):
    """-c, --color, -q, -v and --lang have one meaning; the later one wins, -v adds up."""
    seen: list[CliContext] = []
    run("-c", "a.yaml", "--color", "never", "-q", "-v", "--lang", "zh", "probe", does=seen.append)
    run("probe", "-c", "a.yaml", "--color", "never", "-q", "-v", "--lang", "zh", does=seen.append)
    run("-c", "x.yaml", "--color", "always", "-v", "probe", "--color", "never", "-qvc", "a.yaml", does=seen.append)
    first, second, third = seen
    assert first == second
    assert (first.config_file, first.color, first.quiet, first.verbosity, first.lang) == (
        Path("a.yaml"),
        "never",
        True,
        1,
        "zh",
    )
    assert (third.config_file, third.color, third.quiet, third.verbosity) == (Path("a.yaml"), "never", True, 2)


def test_a_command_keeps_its_own_option(run: Run, monkeypatch: pytest.MonkeyPatch):
    """A shared option is not added where the command defines the same one."""
    command = click.Command("own", params=[click.Option(["-q"], is_flag=True)])
    tree._add_shared_options(command, "leakwatch own")
    assert [spelling for parameter in command.params for spelling in parameter.opts].count("-q") == 1


@pytest.mark.parametrize(
    ("env", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN", "LC_ALL": "C"}, "en"),
        ({}, "en"),
        ({"LC_MESSAGES": "zh_TW"}, "zh"),
    ],
)
def test_language_follows_the_locale(env: dict[str, str], lang: str):
    """Without --lang the locale decides, LC_ALL first."""
    assert CliContext(env=env).lang == lang


class Terminal:
    def isatty(self) -> bool:
        return True


class Pipe:
    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("color", "env", "stream", "colored"),
    [
        ("auto", {}, Terminal, True),
        ("auto", {}, Pipe, False),
        ("auto", {"NO_COLOR": "1"}, Terminal, False),
        ("auto", {"NO_COLOR": ""}, Terminal, True),
        ("auto", {"TERM": "dumb"}, Terminal, False),
        ("auto", {"FORCE_COLOR": "1"}, Pipe, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, Pipe, True),
        ("always", {"NO_COLOR": "1"}, Pipe, True),
        ("never", {"FORCE_COLOR": "1"}, Terminal, False),
    ],
)
def test_colour(color: str, env: dict[str, str], stream: type, colored: bool):
    """--color wins, then FORCE_COLOR, then NO_COLOR and TERM=dumb, then whether the stream is a terminal."""
    assert CliContext(env=env, color=color).colored(stream()) is colored


def test_results_and_notes_go_to_their_streams(run: Run):
    """Results go to standard output, notes to standard error; markup in values is not interpreted."""

    def body(context: CliContext) -> None:
        context.console().print("[bold]result", style="red")
        context.note("note")

    assert run("probe", does=body) == (0, "[bold]result\n", "note\n")
    assert run("probe", "--color", "always", "-q", does=body)[1] == "\x1b[31m[bold]result\x1b[0m\n"
    assert "note" not in run("probe", "-q", does=body)[2]


@pytest.mark.parametrize(("args", "level"), [((), 20), (("-v",), 10), (("-q",), 30), (("-q", "-v"), 30)])
def test_log_level(run: Run, args: tuple[str, ...], level: int):
    """-v raises the level, -q lowers it and wins."""
    seen: list[int] = []
    run("probe", *args, does=lambda context: seen.append(context.log_level))
    assert seen == [level]


# --------------------------------------------------------------------------------------------- exit codes


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_return_value_is_the_exit_code(run: Run, code: int):
    """A command returns its exit code."""
    assert run("probe", does=lambda _context: code)[0] == code


def test_no_return_value_is_success(run: Run):
    """A command that returns None exits with 0."""
    assert run("probe", does=lambda _context: None)[0] == 0


def test_an_early_exit_keeps_its_code(run: Run):
    """``click.Context.exit`` keeps its code."""
    assert run("probe", does=lambda _context: click.get_current_context().exit(3))[0] == 3


@pytest.mark.parametrize("args", [("probe", "--nonsense"), ("--color", "pink", "probe"), ("probe", "extra")])
def test_wrong_usage_exits_2(run: Run, args: tuple[str, ...]):
    """Unknown options and arguments are usage errors, reported on standard error."""
    code, out, err = run(*args, does=lambda _context: 0)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_a_click_exception_exits_2(run: Run):
    """Click would exit with 1, which means findings."""
    code, _, err = run("probe", does=raising(click.ClickException("cannot")))
    assert (code, err) == (2, "Error: cannot\n")


def test_a_prompt_without_input_exits_2(run: Run):
    """A prompt at the end of standard input is a usage error."""
    code, _, err = run("probe", does=raising(click.Abort()))
    assert (code, err) == (2, "leakwatch: input was required but standard input ended\n")


@pytest.mark.parametrize(("error", "code"), [(ConfigError("a.yaml:1:1: bad"), 2), (StateError("state is damaged"), 2)])
def test_a_known_error_is_one_line(run: Run, error: Exception, code: int):
    """Errors of leakwatch print their text and use their own exit code."""
    assert run("probe", does=raising(error)) == (code, "", f"leakwatch: {error}\n")


def test_several_errors_are_listed_and_counted(run: Run):
    """Each line starts with the file, so that editors can jump to it."""
    code, _, err = run("probe", does=raising(ConfigError("a.yaml:1:1: bad\na.yaml:2:1: worse")))
    assert (code, err) == (2, "a.yaml:1:1: bad\na.yaml:2:1: worse\nleakwatch: 2 errors; nothing was done\n")


def test_a_crash_exits_4_without_the_value(run: Run):
    """Type and place of the exception are printed; its text, which may hold a value, is not."""
    code, out, err = run("probe", does=raising(ValueError(VALUE)))
    assert (code, out) == (4, "")
    assert err.startswith("leakwatch: internal error: ValueError, at ")
    assert "test_command_tree.py" in err
    assert "run again with -v" in err
    code, out, err = run("probe", "-v", does=raising(ValueError(VALUE)))
    assert (code, out) == (4, "")
    assert "in raising" in err or "in body" in err
    assert VALUE not in err


def test_an_os_error_prints_the_reason_without_the_path(run: Run):
    """The path may hold a value."""
    code, _, err = run("probe", does=raising(FileNotFoundError(2, "x", f"/srv/{VALUE}.csv")))
    assert code == 4
    assert "FileNotFoundError: No such file or directory, at " in err
    assert VALUE not in err


def test_a_missing_dependency_exits_4(run: Run):
    """The missing module is named."""
    code, _, err = run("probe", does=raising(ModuleNotFoundError("x", name="hyperscan")))
    assert code == 4
    assert "incomplete installation: cannot import hyperscan" in err


def test_a_command_that_cannot_be_imported_exits_4(run: Run, monkeypatch: pytest.MonkeyPatch):
    """The same for an import of the command's module."""
    monkeypatch.setitem(sys.modules, "leakwatch.config.resources", None)
    monkeypatch.delitem(sys.modules, "leakwatch.cli.commands.config", raising=False)
    code, _, err = run("config", "check")
    assert code == 4
    assert "incomplete installation: cannot import leakwatch.config.resources" in err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (Terminated(), 143), (BrokenPipeError(), 141)])
def test_interruptions_print_nothing(run: Run, error: BaseException, code: int):
    """Ctrl-C, SIGTERM and a closed pipe exit with the codes a shell expects."""
    found, out, err = run("probe", does=raising(error))
    assert (found, out, err.strip()) == (code, "", "")


# --------------------------------------------------------------------------------------------- child processes

PROBE = """
import sys, types, click
from importlib.machinery import ModuleSpec
from leakwatch import cli
from leakwatch.cli import command_tree as tree
module = types.ModuleType("leakwatch.cli.commands.probe")
module.__spec__ = ModuleSpec("leakwatch.cli.commands.probe", None)
def body():
{body}
module.command = click.command()(body)
sys.modules["leakwatch.cli.commands.probe"] = module
tree.COMMANDS["probe"] = tree.CommandEntry("probe", "command", "Test.")
sys.argv = ["leakwatch", "probe"]
cli.entry()
"""


def process(body: str, **more: Any) -> subprocess.Popen[str]:
    script = PROBE.format(body="\n".join(f"    {line}" for line in body.splitlines()))
    return subprocess.Popen([sys.executable, "-c", script], text=True, stderr=subprocess.PIPE, **more)


WAIT = "print('ready', flush=True)\nimport signal\nwhile True: signal.pause()"


def test_numpy_starts_no_threads():
    """They would cost a third of the import time on each core."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "OPENBLAS"))}
    with process("import os, numpy\nprint(os.listdir('/proc/self/task'))", stdout=subprocess.PIPE, env=env) as done:
        out, _ = done.communicate(timeout=60)
    assert out.count("'") == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_process_with_their_exit_code(number: signal.Signals, code: int):
    """SIGINT and SIGTERM end a waiting command without a traceback."""
    with process(WAIT, stdout=subprocess.PIPE) as waiting:
        assert waiting.stdout is not None
        assert waiting.stderr is not None
        waiting.stdout.readline()
        waiting.send_signal(number)
        assert waiting.wait(20) == code
        assert waiting.stderr.read().strip() == ""


@pytest.mark.parametrize(
    "body", ["while True: print('x' * 1000)", "print('x')", "import click\nwhile True: click.echo('x' * 1000)"]
)
def test_a_closed_pipe_prints_nothing(body: str):
    """The exit code is 141, whether writing or the last flush fails."""
    read, write = os.pipe()
    os.close(read)
    with process(body, stdout=write) as writing:
        os.close(write)
        assert writing.stderr is not None
        assert writing.wait(20) == Exit.PIPE_CLOSED
        assert writing.stderr.read() == ""


@pytest.mark.parametrize("body", ["while True: print('x' * 1000)", "print('x')"])
def test_a_full_disk_exits_4(body: str):
    """The output is reported as incomplete."""
    with Path("/dev/full").open("wb") as full, process(body, stdout=full) as writing:
        assert writing.stderr is not None
        assert writing.wait(20) == 4
        assert writing.stderr.read() == (
            "leakwatch: cannot write the output: No space left on device; the output is incomplete\n"
        )


def test_the_exit_code_survives_a_lost_standard_error():
    """The exit code is right even if standard error cannot be written."""
    with Path("/dev/full").open("wb") as full:
        script = PROBE.format(body="    raise ValueError")
        assert subprocess.run([sys.executable, "-c", script], stderr=full, check=False).returncode == 4


def test_console_script_is_installed():
    """The installed program is this one."""
    program = Path(sys.prefix) / "bin/leakwatch"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("leakwatch ")
