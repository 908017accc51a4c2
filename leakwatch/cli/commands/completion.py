"""``leakwatch completion``: prints a shell completion script."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from leakwatch.cli.command_tree import root


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script for a shell.

    Examples:
      leakwatch completion bash > /etc/bash_completion.d/leakwatch
      leakwatch completion zsh > "${fpath[1]}/_leakwatch"
      leakwatch completion fish > ~/.config/fish/completions/leakwatch.fish
    """
    completer = get_completion_class(shell)
    if completer is None:  # click supports all three
        raise AssertionError(shell)
    # the base class's method: the one for bash would run bash to check its version
    click.echo(ShellComplete.source(completer(root, {}, "leakwatch", "_LEAKWATCH_COMPLETE")))
