"""The commented configuration that is shipped says what the program does."""

import re
from pathlib import Path

import jsonschema
import yaml

from leakwatch.config import resources
from leakwatch.config.config_discovery import ConfigSource
from leakwatch.config.config_model import Config, json_schema
from leakwatch.config.load import NOT_YET, load
from leakwatch.config.validation_errors import known_keys

SHIPPED = Path(__file__).parents[2] / "config/leakwatch.yaml"


def uncommented(tmp_path: Path) -> Path:
    """The shipped file with its examples switched on."""
    text = SHIPPED.read_text("utf-8")
    text = re.sub(r"^(watch|suppress): \[\]$", r"\1:", text, flags=re.MULTILINE).replace("channels: []", "channels:")
    path = tmp_path / "leakwatch.yaml"
    path.write_text(re.sub(r"^#(?=  )", " ", text, flags=re.MULTILINE), encoding="utf-8")
    return path


def test_shipped_file_is_the_default():
    """Read as it is, it changes nothing and warns of nothing."""
    loaded = load(ConfigSource((SHIPPED,), "test"), {})
    assert loaded.config == Config()
    assert loaded.warnings == ()


def test_examples_in_it_are_valid(tmp_path: Path):
    """Its commented examples are accepted and give what a reader expects."""
    config = load(ConfigSource((uncommented(tmp_path),), "test"), {}).config
    assert [watch.kind for watch in config.watch] == ["log", "export"]
    assert [channel.type for channel in config.alerts.channels] == ["wecom", "dingtalk", "webhook"]
    assert config.suppress[0].match.entity == "CN_LANDLINE"


def test_every_key_is_in_it():
    """No key is missing from the reference, and everything without effect is marked so."""
    lines = SHIPPED.read_text("utf-8").splitlines()
    for key in known_keys():
        name = key.rpartition(".")[2].removesuffix("[]")
        assert any(re.search(rf"\b{name}\b", line) for line in lines), key
    for key in NOT_YET:
        name = key.rpartition(".")[2]
        at = next(number for number, line in enumerate(lines) if re.search(rf"^[# ]*{name}:", line))
        assert "[later]" in lines[at] + lines[at - 1], key
    assert sum(line.count("[later]") for line in lines) == len(NOT_YET) + 1  # and the line that explains the sign


def test_it_is_the_one_that_is_packaged():
    """`config init` writes this very file."""
    assert resources.text("leakwatch.yaml") == SHIPPED.read_text("utf-8")
    assert resources.text("leakwatch.service") == (SHIPPED.parents[1] / "systemd/leakwatch.service").read_text("utf-8")
    assert resources.drop_ins() == ["egress", "read-any-log"]


def test_schema_takes_the_shipped_file(tmp_path: Path):
    """The JSON Schema for editors agrees with the program: on the defaults, the examples and unknown keys."""
    validator = jsonschema.Draft202012Validator(json_schema())
    for path in (SHIPPED, uncommented(tmp_path)):
        document = yaml.safe_load(path.read_text("utf-8"))
        for rule in document["suppress"]:
            rule["expires"] = rule["expires"].isoformat()  # JSON has no dates
        validator.validate(document)
    assert not validator.is_valid({"watsh": []})
    assert not validator.is_valid({"retention": 90})


def test_example_rules_are_yaml():
    """The shipped example of own rules holds none."""
    assert yaml.safe_load((SHIPPED.parent / "rules.d/example.yaml").read_text("utf-8")) == {"rules": []}
