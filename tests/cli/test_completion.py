"""Shell completion works in bash, zsh and fish."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clean_environment import INHERITED

from leakwatch import cli
from leakwatch.reports import REPORT_FORMATS

PROGRAM = Path(sys.prefix) / "bin/leakwatch"


@pytest.fixture(autouse=True)
def _signal() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]):
    """The script calls this program."""
    assert cli.main(["completion", shell], {}) == 0
    out, err = capsys.readouterr()
    assert f"_LEAKWATCH_COMPLETE={shell}_complete" in out
    assert err == ""


def test_unknown_shell_is_a_usage_error(capsys: pytest.CaptureFixture[str]):
    """The supported shells are listed."""
    assert cli.main(["completion", "tcsh"], {}) == 2
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "cursor", "offered"),
    [
        ("leakwatch con", "1", "config"),
        ("leakwatch config ch", "2", "check"),
        *((f"leakwatch scan -f {name[:-1]}", "3", name) for name in REPORT_FORMATS),
    ],
)
def test_the_program_completes_commands_and_formats(words: str, cursor: str, offered: str):
    """The program answers the script with commands, subcommands and report formats."""
    env = INHERITED | {"_LEAKWATCH_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": cursor}
    done = subprocess.run([PROGRAM], env=env, capture_output=True, text=True, check=True)
    assert f"plain,{offered}" in done.stdout.splitlines()


def test_bash_completes():
    """In a real bash, completing ``leakwatch conf`` offers ``config``."""
    script = f"""
eval "$({PROGRAM} completion bash)"
COMP_WORDS=(leakwatch conf); COMP_CWORD=1
_leakwatch_completion {PROGRAM}
echo "${{COMPREPLY[*]}}"
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["config"]
    assert done.stderr == ""
