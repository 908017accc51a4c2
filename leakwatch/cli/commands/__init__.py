"""The commands, one module each; ``leakwatch.cli.command_tree`` imports a module when its command is run."""
