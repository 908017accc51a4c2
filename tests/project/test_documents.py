"""Whatever the documents name exists: paths, commands, options, configuration keys, extras, and every copied table."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from leakwatch.cli.command_tree import root
from leakwatch.config.config_discovery import ConfigSource
from leakwatch.config.config_model import Config
from leakwatch.config.load import load
from leakwatch.core.errors import Exit
from leakwatch.notify import SINKS

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "PROMISES.md"]
README = (ROOT / "README.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CODE = re.compile(r"`([^`\n]+)`")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def _spans(document: str) -> list[str]:
    """What stands in code spans, blocks left out."""
    return CODE.findall(BLOCK.sub("", (ROOT / document).read_text("utf-8")))


def _commands(document: str) -> list[list[str]]:
    """The leakwatch command lines of a document, in spans and shell blocks, as words; ``X|Y`` in a span is each of them."""
    text = (ROOT / document).read_text("utf-8")
    lines = [line for kind, block in BLOCK.findall(text) if kind == "sh" for line in block.splitlines()]
    found = []
    for line in [*lines, *_spans(document)]:
        for part in re.split(r"[|] (?=\S+)", line.partition("  #")[0]) if "| " in line else [line.partition("  #")[0]]:
            words = shlex.split(part)
            at = next((at for at, word in enumerate(words) if Path(word).name == "leakwatch"), None)
            if at is not None and at + 1 < len(words) and (at == 0 or words[0] == "sudo"):
                found.append(words[at + 1 :])
    return found


def _resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, and the words behind its name."""
    command: click.Command = root
    context = click.Context(root)
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(context, rest.pop(0))
        assert found is not None, words
        command = found
    return command, rest


def _config_keys() -> set[str]:
    """Every dotted key of the configuration, lists with ``[]``."""
    schema = Config.model_json_schema()

    def keys(node: dict, prefix: str, depth: int) -> set[str]:
        for ref in [node, *node.get("anyOf", [])]:
            if "$ref" in ref:
                return keys(schema["$defs"][ref["$ref"].rpartition("/")[2]], prefix, depth)
            if ref.get("type") == "array" and depth < 6:
                return keys(ref["items"], f"{prefix}[]", depth + 1) | keys(ref["items"], prefix, depth + 1)
        found = set()
        for name, child in node.get("properties", {}).items():
            dotted = f"{prefix}.{name}" if prefix else name
            found |= {dotted} | keys(child, dotted, depth + 1)
        return found

    return keys(schema, "", 0)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_named_in_a_document_exists(document):
    """A path in backticks, or a link, leads somewhere; ``<…>`` stands for a name to be chosen."""
    text = (ROOT / document).read_text("utf-8")
    links = re.findall(r"\]\(([\w./-]+)\)", text)
    paths = [
        span for span in _spans(document) if re.match(r"(leakwatch|detectors|tests|config|systemd|benchmarks)/", span)
    ]
    known = [re.sub(r"<\w+>", "*", path.partition("::")[0].partition(" ")[0]) for path in [*links, *paths]]
    assert [path for path in sorted(set(known)) if not any(ROOT.glob(path))] == []


@pytest.mark.parametrize("document", [*DOCUMENTS, "Makefile"])
def test_every_make_target_named_exists(document):
    """`make x` in a document is a target of the Makefile, and `NAME=` after it one of its variables."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE))
    text = (ROOT / document).read_text("utf-8")
    named = re.findall(r"(?:`|^)make ([a-z-]+)(?: ([A-Z]+)=)?", text, re.MULTILINE)
    assert {target for target, _ in named} - targets == set()
    assert {variable for _, variable in named} - variables - {""} == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_and_option_named_exists(document):
    """Each leakwatch command line of a document names a command, and options that it takes."""
    for words in _commands(document):
        if "|" in "".join(words):
            for name in words[-1].split("|"):
                _resolve([*words[:-1], name])
            continue
        command, rest = _resolve(words)
        known = {spelling for parameter in command.params for spelling in parameter.opts + parameter.secondary_opts}
        known |= {"-h", "--help"}
        assert [word for word in rest if word.startswith("-") and word != "-" and word not in known] == [], words


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_configuration_key_named_exists(document):
    """A dotted name in backticks whose first part is a section of the configuration is a key of it."""
    keys = _config_keys()
    sections = {key for key in keys if "." not in key and "[" not in key}
    dotted = [
        span.partition(":")[0] for span in _spans(document) if re.fullmatch(r"[a-z_]+(\[\])?\.[a-z_.]+(:.*)?", span)
    ]
    named = [name for name in dotted if re.split(r"[.\[]", name)[0] in sections]
    files = {"fingerprint.key"}
    assert sorted(set(named) - keys - files) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_extra_named_exists(document):
    """(extra `x`) is an extra of the package."""
    text = (ROOT / document).read_text("utf-8")
    named = set(re.findall(r"extra `(\w+)`", text))
    assert named <= PROJECT["project"]["optional-dependencies"].keys()


def test_the_readme_has_every_exit_code():
    """The table of exit codes is that of the program."""
    rows = re.findall(r"^\| ([0-9, ]+) \|", README, re.MULTILINE)
    listed = {int(code) for row in rows for code in row.split(",")}
    assert listed == {int(code) for code in Exit} - {int(Exit.PIPE_CLOSED)}


def test_the_readme_has_every_receiver():
    """The list of chats is that of the program."""
    listed = next(line for line in README.splitlines() if line.startswith("| Alerts |")).lower()
    assert [name for name in SINKS if name not in listed] == []


def test_the_readmes_configuration_is_accepted(tmp_path):
    """The minimal configuration loads as it stands."""
    block = next(block for kind, block in BLOCK.findall(README) if kind == "yaml")
    (tmp_path / "leakwatch.yaml").write_text(block, "utf-8")
    for name in ("wecom.url", "ding.url"):
        (tmp_path / name).write_text("https://receiver.example/robot", "utf-8")
    (tmp_path / "ding.secret").write_text("made-up", "utf-8")
    loaded = load(ConfigSource((tmp_path / "leakwatch.yaml",), "test"), {})
    assert [watch.name for watch in loaded.config.watch] == [watch["name"] for watch in yaml.safe_load(block)["watch"]]


def test_the_readme_begins_with_what_it_is_and_how_to_start():
    """The first command stands within the first 15 lines."""
    assert any(line.startswith("make demo") for line in README.splitlines()[:15])


def test_the_readme_counts_the_promises():
    """The number of promises is that of the table."""
    rows = re.findall(r"^\| \d+ \|", (ROOT / "PROMISES.md").read_text("utf-8"), re.MULTILINE)
    assert f"{len(rows)} reliability promises" in README


def test_every_figure_of_the_readme_names_its_command():
    """Each row of the tables of speed ends with the command that measures it."""
    tables = README.partition("## Speed")[2].partition("\n## ")[0]
    rows = [row for row in re.findall(r"^\| (.*) \|$", tables, re.MULTILINE) if re.search(r"\d", row)]
    assert rows
    assert [row for row in rows if not re.search(r"`(make [a-z-]+|leakwatch [a-z]+)`[^|]*$", row)] == []


def test_the_architecture_shows_the_layers_that_are_checked():
    """The table of layers in ARCHITECTURE.md is the import contract of pyproject.toml."""
    contract = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8").partition("## Layers")[2]
    rows = re.findall(r"^\| (`leakwatch/.*?) \|", text, re.MULTILINE)
    assert [[Path(span).name for span in CODE.findall(row)] for row in rows] == [
        [name.strip() for name in layer.split("|")] for layer in contract
    ]


def test_the_version_is_that_of_the_changelog():
    """The newest entry of the changelog is the version of the package."""
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == PROJECT["project"]["version"]


def test_the_ci_runs_the_readmes_own_command():
    """CI runs the command that the README gives a newcomer."""
    assert "make test" in (ROOT / ".ci" / "run").read_text("utf-8")
