"""The frame of the command line: what it offers, what it costs, and the exit code of every way to end."""

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
    """Runs a command line in this process; ``does`` becomes the body of a command ``probe``."""

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


# --------------------------------------------------------------------------------------------- what is offered


def test_help_names_every_command_and_opens_with_examples(run: Run):
    """The top of the help shows examples; every command that exists is listed with its summary."""
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert out.splitlines()[2] == "  Examples:"
    listed = out.partition("Commands:")[2]
    for name, entry in tree.COMMANDS.items():
        assert f"  {name} " in listed
        assert entry.summary.split()[0] in listed


@pytest.mark.parametrize("name", tree.COMMANDS)
def test_help_of_each_command_has_examples(run: Run, name: str):
    """Each command explains itself with examples that begin with the program's name."""
    command = tree.root.get_command(click.Context(tree.root), name)
    assert command is not None
    paths = [[name, below] for below in command.commands] if isinstance(command, click.Group) else [[name]]
    for path in paths:
        code, out, err = run(*path, "--help")
        assert (code, err) == (0, ""), path
        assert "\n  Examples:\n    " in out, path
        assert f"leakwatch {path[0]}" in out, path


def test_command_whose_module_is_missing_is_absent(run: Run, monkeypatch: pytest.MonkeyPatch):
    """What is not built is a usage error, not a stub."""
    monkeypatch.setitem(tree.COMMANDS, "top", tree.CommandEntry("no_such_module", "command", "Never there."))
    assert "Never there" not in run("--help")[1]
    code, out, err = run("top")
    assert (code, out) == (2, "")
    assert "no such command: top" in err


@pytest.mark.parametrize(("typed", "meant"), [("confg", "config"), ("statsu", "status")])
def test_mistyped_command_names_the_nearest(run: Run, typed: str, meant: str):
    """A typo gets the nearest command, at the top and below."""
    assert f"no such command: {typed}; did you mean {meant}?" in run(typed)[2]


def test_mistyped_command_below_a_group_names_the_nearest(run: Run):
    """Groups help too; a word like nothing gets the whole list."""
    assert "no such command: chek; did you mean check?" in run("config", "chek")[2]
    assert "no such command: zzz; available: check, init, schema, show" in run("config", "zzz")[2].replace("\n", " ")


def test_no_command_is_a_usage_error(run: Run):
    """Alone, the program shows its help and ends with 2."""
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "Examples:" in err


def test_version(run: Run):
    """``--version`` says program and version."""
    assert run("--version")[:2] == (0, "leakwatch 0.1.0\n")


def test_help_is_cheap():
    """`--help` imports nothing that detection, the daemon or a receiver needs."""
    script = "import sys; from leakwatch import cli; cli.main(['--help'], {}); print(*sys.modules)"
    env = {
        name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")
    }  # it imports all it measures
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    heavy = {"presidio_analyzer", "numpy", "requests", "pydantic", "yaml", "rich", "structlog", "hyperscan", "sqlite3"}
    assert not loaded & heavy


# --------------------------------------------------------------------------------------------- shared options


def test_shared_options_stand_before_and_after_the_command(run: Run):
    """-c, --color, -q, -v and --lang mean the same in both places; the later one counts, -v adds up."""
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


def test_command_keeps_its_own_option_of_the_same_name(run: Run, monkeypatch: pytest.MonkeyPatch):
    """A command that defines -q itself is not given it twice."""
    command = click.Command("own", params=[click.Option(["-q"], is_flag=True)])
    tree._share_options(command, "leakwatch own")
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
    """The option wins, then FORCE_COLOR, then NO_COLOR and dumb terminals, then what the stream is."""
    assert CliContext(env=env, color=color).colored(stream()) is colored


def test_consoles_write_where_they_belong(run: Run):
    """Results go to standard output, the rest to standard error; colour only where asked for; no markup is obeyed."""

    def body(context: CliContext) -> None:
        context.console().print("[bold]result", style="red")
        context.note("note")

    assert run("probe", does=body) == (0, "[bold]result\n", "note\n")
    assert run("probe", "--color", "always", "-q", does=body)[1] == "\x1b[31m[bold]result\x1b[0m\n"
    assert "note" not in run("probe", "-q", does=body)[2]


@pytest.mark.parametrize(("args", "level"), [((), 20), (("-v",), 10), (("-q",), 30), (("-q", "-v"), 30)])
def test_log_level(run: Run, args: tuple[str, ...], level: int):
    """-v says more, -q less, and -q wins."""
    seen: list[int] = []
    run("probe", *args, does=lambda context: seen.append(context.log_level))
    assert seen == [level]


# --------------------------------------------------------------------------------------------- ways to end


@pytest.mark.parametrize("code", [0, 1, 3])
def test_command_decides_its_code(run: Run, code: int):
    """What a command returns is the exit code."""
    assert run("probe", does=lambda _context: code)[0] == code


def test_command_that_returns_nothing_ends_with_0(run: Run):
    """Nothing returned is success."""
    assert run("probe", does=lambda _context: None)[0] == 0


def test_command_may_leave_early(run: Run):
    """Click's own way to leave keeps its code."""
    assert run("probe", does=lambda _context: click.get_current_context().exit(3))[0] == 3


@pytest.mark.parametrize("args", [("probe", "--nonsense"), ("--color", "pink", "probe"), ("probe", "extra")])
def test_wrong_usage_ends_with_2(run: Run, args: tuple[str, ...]):
    """Options and arguments that do not exist are usage errors with advice on standard error."""
    code, out, err = run(*args, does=lambda _context: 0)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_clicks_own_code_1_is_caught(run: Run):
    """A ClickException, which click would end with 1, is a usage error: 1 means findings."""
    code, _, err = run("probe", does=raising(click.ClickException("cannot")))
    assert (code, err) == (2, "Error: cannot\n")


def test_question_without_an_answer_ends_with_2(run: Run):
    """A prompt on an exhausted standard input is a usage error."""
    code, _, err = run("probe", does=raising(click.Abort()))
    assert (code, err) == (2, "leakwatch: input was required but standard input ended\n")


@pytest.mark.parametrize(("error", "code"), [(ConfigError("a.yaml:1:1: bad"), 2), (StateError("state is damaged"), 2)])
def test_errors_for_people_are_one_line(run: Run, error: Exception, code: int):
    """An error of ours ends with its own code and its own words."""
    assert run("probe", does=raising(error)) == (code, "", f"leakwatch: {error}\n")


def test_several_mistakes_stand_one_by_one(run: Run):
    """Several mistakes begin their lines with the file, so that editors and eyes find it, and are counted."""
    code, _, err = run("probe", does=raising(ConfigError("a.yaml:1:1: bad\na.yaml:2:1: worse")))
    assert (code, err) == (2, "a.yaml:1:1: bad\na.yaml:2:1: worse\nleakwatch: 2 errors; nothing was done\n")


def test_crash_ends_with_4_and_repeats_no_value(run: Run):
    """An unforeseen exception is an internal error with its type and place; its text, which may hold a value, is not shown."""
    code, out, err = run("probe", does=raising(ValueError(VALUE)))
    assert (code, out) == (4, "")
    assert err.startswith("leakwatch: internal error: ValueError, at ")
    assert "test_command_tree.py" in err
    assert "run again with -v" in err
    code, out, err = run("probe", "-v", does=raising(ValueError(VALUE)))
    assert (code, out) == (4, "")
    assert "in raising" in err or "in body" in err
    assert VALUE not in err


def test_failing_system_call_says_the_systems_reason(run: Run):
    """An unforeseen OSError gives the system's words, not the path, which may hold a value."""
    code, _, err = run("probe", does=raising(FileNotFoundError(2, "x", f"/srv/{VALUE}.csv")))
    assert code == 4
    assert "FileNotFoundError: No such file or directory, at " in err
    assert VALUE not in err


def test_missing_dependency_ends_with_4(run: Run):
    """A module that cannot be imported is an incomplete installation, named."""
    code, _, err = run("probe", does=raising(ModuleNotFoundError("x", name="hyperscan")))
    assert code == 4
    assert "incomplete installation: cannot import hyperscan" in err


def test_command_module_that_does_not_import_ends_with_4(run: Run, monkeypatch: pytest.MonkeyPatch):
    """The same when the command's own module needs what is missing."""
    monkeypatch.setitem(sys.modules, "leakwatch.config.resources", None)
    monkeypatch.delitem(sys.modules, "leakwatch.cli.commands.config", raising=False)
    code, _, err = run("config", "check")
    assert code == 4
    assert "incomplete installation: cannot import leakwatch.config.resources" in err


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (Terminated(), 143), (BrokenPipeError(), 141)])
def test_interruptions_are_quiet(run: Run, error: BaseException, code: int):
    """Ctrl-C, SIGTERM and a reader that went away end as a shell expects, without a word."""
    found, out, err = run("probe", does=raising(error))
    assert (found, out, err.strip()) == (code, "", "")


# --------------------------------------------------------------------------------------------- as a process

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


def test_numpy_starts_no_threads_for_what_it_is_not_asked():
    """They would take a third of the time that its import takes, on each core."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "OPENBLAS"))}
    with process("import os, numpy\nprint(os.listdir('/proc/self/task'))", stdout=subprocess.PIPE, env=env) as done:
        out, _ = done.communicate(timeout=60)
    assert out.count("'") == 2


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_a_process_with_their_code(number: signal.Signals, code: int):
    """A real Ctrl-C or SIGTERM ends a waiting command with its code and without a traceback."""
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
def test_closed_pipe_is_quiet(body: str):
    """Output into a pipe nobody reads ends with 141 and not a word, whether it breaks early or at the last flush."""
    read, write = os.pipe()
    os.close(read)
    with process(body, stdout=write) as writing:
        os.close(write)
        assert writing.stderr is not None
        assert writing.wait(20) == Exit.PIPE_CLOSED
        assert writing.stderr.read() == ""


@pytest.mark.parametrize("body", ["while True: print('x' * 1000)", "print('x')"])
def test_full_disk_is_an_error(body: str):
    """Output onto a full disk ends with 4 and says that it is incomplete."""
    with Path("/dev/full").open("wb") as full, process(body, stdout=full) as writing:
        assert writing.stderr is not None
        assert writing.wait(20) == 4
        assert writing.stderr.read() == (
            "leakwatch: cannot write the output: No space left on device; the output is incomplete\n"
        )


def test_lost_standard_error_keeps_the_code():
    """When even standard error cannot be written, the exit code still tells."""
    with Path("/dev/full").open("wb") as full:
        script = PROBE.format(body="    raise ValueError")
        assert subprocess.run([sys.executable, "-c", script], stderr=full, check=False).returncode == 4


def test_console_script_is_installed():
    """The program on the path is this one."""
    program = Path(sys.prefix) / "bin/leakwatch"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("leakwatch ")
