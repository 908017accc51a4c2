"""Loads files into one ``Config``, with the origin of each key and warnings."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leakwatch.config.config_discovery import ConfigSource
from leakwatch.config.config_model import Config
from leakwatch.config.detect import Detect, WatchDetect
from leakwatch.config.merge import merge, repeated
from leakwatch.config.problems import InvalidConfigError, Mark, Problem
from leakwatch.config.validation_errors import known_keys, mistakes
from leakwatch.config.yaml_document import Node, Steps, parse, spell

REFUSED = {"retention": "not available in this version: nothing is deleted yet; remove the key"}
"""Keys that would promise what this version does not do, and the error message for each."""

NOT_YET = (
    "limits.memory",
    "alerts.digest",
    "alerts.silences",
    "alerts.channels[].backup_for",
    "console",
)
"""Keys of the contract without effect in this version; giving one is a warning."""

_RULES = (("detect", "rules"), ("watch[]", "detect", "rules"))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and where it comes from: ``origin`` has the place of every key that a file gave."""

    config: Config
    source: ConfigSource
    origin: Mapping[str, Mark]
    warnings: tuple[str, ...]


def load(
    source: ConfigSource, env: Mapping[str, str], detectors: Callable[[Config], Collection[str]] | None = None
) -> Loaded:
    """The configuration of the files of ``source``; ``InvalidConfigError`` lists every mistake in them.

    Relative ``*_file`` keys are made absolute: in ``$CREDENTIALS_DIRECTORY`` if it has such a file, else beside the
    configuration file or in ``secrets/`` there; ``detect.rules`` beside the file. ``detectors`` returns the ids that
    exist with a configuration; None: they are not checked.
    """
    tree, problems = _read(source)
    credentials = Path(env["CREDENTIALS_DIRECTORY"]) if env.get("CREDENTIALS_DIRECTORY") else None
    _find_files(tree, credentials)
    _find_rules(tree)
    problems += repeated(tree)
    try:
        config = Config.model_validate(tree.plain())
    except ValidationError as error:
        raise InvalidConfigError([*problems, *mistakes(error, tree)]) from None
    problems += _refused(tree)
    problems += _misnamed(config, tree, detectors(config) if detectors else None)
    if problems:
        raise InvalidConfigError(problems)
    origin = {spell(steps): mark for steps, mark in tree.leaves() if steps}
    return Loaded(config, source, origin, (*_not_yet(config, tree), *_readable_by_all(config)))


def _read(source: ConfigSource) -> tuple[Node, list[Problem]]:
    tree = Node(Mark("built-in defaults"), {})
    problems: list[Problem] = []
    for path in source.files:
        try:
            tree = merge(tree, parse(_text(path), str(path)))
        except InvalidConfigError as error:
            problems += error.problems
    if problems:  # the other files may be valid, but what the broken one adds is unknown
        raise InvalidConfigError(problems)
    return tree, problems


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise InvalidConfigError([Problem(Mark(str(path)), "", f"cannot be read: {reason}")]) from None
    except UnicodeDecodeError:
        raise InvalidConfigError([Problem(Mark(str(path)), "", "is not UTF-8; save it as UTF-8")]) from None


def _find_files(node: Node, credentials: Path | None) -> None:
    """Make relative ``*_file`` values absolute, in place."""
    if isinstance(node.value, list):
        for item in node.value:
            _find_files(item, credentials)
    if not isinstance(node.value, dict):
        return
    for key, child in node.value.items():
        if key.endswith("_file") and isinstance(child.value, str) and child.value and child.value[0] != "/":
            child.value = str(_place(child.value, credentials, Path(child.at.file).absolute().parent))
        else:
            _find_files(child, credentials)


def _find_rules(tree: Node) -> None:
    """Make relative rule files absolute, in place."""
    lists = [node.value for names in _RULES for _, node in _matching(tree, names)]
    for item in (item for rules in lists if isinstance(rules, list) for item in rules):
        if isinstance(item.value, str) and item.value and item.value[0] != "/":
            item.value = str(Path(item.at.file).absolute().parent / item.value)


def _place(name: str, credentials: Path | None, beside: Path) -> Path:
    """The path of a relative ``*_file``: a credential, beside the configuration, or one of the unit's secrets."""
    places = []
    if credentials is not None:
        # systemd prefixes the files of a credential directory with its name
        places += [credentials / name, credentials / ("secrets_" + name.replace("/", "_"))]
    home = beside.parent if beside.name == "conf.d" else beside
    places += [beside / name, home / name, home / "secrets" / name]
    return next(filter(_is_there, places), beside / name)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a directory this user may not read
        return False


def _misnamed(config: Config, tree: Node, detectors: Collection[str] | None) -> Iterator[Problem]:
    """Names of detectors and entities that do not exist."""
    if detectors is None:
        return
    entities = {name.upper().replace("-", "_") for name in detectors}
    named: list[tuple[Steps, str, Collection[str], str]] = []
    places: list[tuple[Steps, Detect | WatchDetect]] = [(("detect",), config.detect)]
    places += [(("watch", at, "detect"), one.detect) for at, one in enumerate(config.watch) if one.detect is not None]
    for place, detect in places:
        for key, given in (("enable", detect.enable), ("disable", detect.disable)):
            named += [((*place, key, at), name, detectors, "detector") for at, name in enumerate(given)]
    for number, channel in enumerate(config.alerts.channels):
        for at, name in enumerate(channel.entities):
            named.append((("alerts", "channels", number, "entities", at), name, entities, "entity"))
    for number, suppression in enumerate(config.suppress):
        if suppression.match.entity is not None:
            steps: Steps = ("suppress", number, "match", "entity")
            named.append((steps, suppression.match.entity, entities, "entity"))
    for steps, name, known, kind in named:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1)
            hint = f"did you mean {near[0]}?" if near else "`leakwatch detectors list` shows them all"
            yield Problem(tree.nearest(steps).at, spell(steps), f"there is no such {kind}; {hint}")


def _refused(tree: Node) -> Iterator[Problem]:
    for key, reason in REFUSED.items():
        for steps, node in _matching(tree, tuple(key.split("."))):
            if node.value is not None:
                yield Problem(node.at, spell(steps), reason)


def _not_yet(config: Config, tree: Node) -> Iterator[str]:
    keys = known_keys()
    for key in NOT_YET:
        default = keys[key].model_fields[key.rpartition(".")[2]].get_default(call_default_factory=True)
        for steps, node in _matching(tree, tuple(key.split("."))):
            if _at(config, steps) != default:
                yield f"{node.at}: {spell(steps)}: has no effect in this version"


def _at(config: Config, steps: Steps) -> Any:
    value: Any = config
    for step in steps:
        value = value[step] if isinstance(step, int) else getattr(value, step)
    return value


def _matching(node: Node, names: tuple[str, ...], steps: Steps = ()) -> Iterator[tuple[Steps, Node]]:
    if not names:
        yield steps, node
        return
    name, *rest = names
    inner = node.child(name.removesuffix("[]"))
    if inner is None:
        return
    steps = (*steps, name.removesuffix("[]"))
    if not name.endswith("[]"):
        yield from _matching(inner, tuple(rest), steps)
    elif isinstance(inner.value, list):
        for at, item in enumerate(inner.value):
            yield from _matching(item, tuple(rest), (*steps, at))


def expired(loaded: Loaded, today: date) -> Iterator[str]:
    """A warning for each expired suppression."""
    for number, rule in enumerate(loaded.config.suppress):
        if rule.expires is not None and rule.expires <= today:
            key = f"suppress[{number}].expires"
            yield (
                f"{loaded.origin[key]}: suppression {rule.id} expired on {rule.expires}: findings are reported again; "
                f"remove it, or ask {rule.owner} to renew it"
            )


def _readable_by_all(config: Config) -> Iterator[str]:
    for channel in config.alerts.channels:
        for path in channel.exposed():
            yield f"{path}: every user of this host can read it; run chmod o-r (channel {channel.name})"
