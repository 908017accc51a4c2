"""``leakwatch config`` checks, shows and creates configurations."""

import json
import os
import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from leakwatch import cli
from leakwatch.config import resources
from leakwatch.config.config_model import Config
from leakwatch_detectors.catalog import detectors

URL = "https://hook.example/k3y-of-the-bot"


@pytest.fixture(autouse=True)
def _signal() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def good(tmp_path: Path) -> str:
    (tmp_path / "log").mkdir()
    (tmp_path / "chat.url").write_text(URL)
    (tmp_path / "chat.url").chmod(0o600)
    return written(
        tmp_path / "leakwatch.yaml",
        f"""\
watch: [{{name: app, kind: log, paths: ["{tmp_path}/log/*.log"]}}]
detect: {{disable: [cn-landline]}}
alerts: {{channels: [{{name: chat, type: wecom, url_file: chat.url}}]}}
""",
    )


@pytest.fixture(autouse=True)
def _no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    # pytest's temporary directories lie below /tmp, which the shipped unit hides
    monkeypatch.setattr(resources, "units_in_force", list)


def test_check_summarizes_a_valid_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Files, watches, channels and detectors are printed; the exit code is 0."""
    path = good(tmp_path)
    assert cli.main(["config", "check", "-c", path], {}) == 0
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first == f"ok: {path}"
    assert second.startswith("  1 watch, 1 channel, 0 suppressions, ")
    assert second.endswith(" detectors active (1 disabled)")
    assert err == ""


def test_check_warns_about_an_empty_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """No watch and no channel are warnings; -q hides them."""
    path = written(tmp_path / "leakwatch.yaml", "")
    assert cli.main(["config", "check", "-c", path], {}) == 0
    assert capsys.readouterr().err == (
        "warning: nothing is watched; add an entry under watch\n"
        "warning: no alerts are sent; add a receiver under alerts.channels\n"
    )
    assert cli.main(["-q", "config", "check", "-c", path], {}) == 0
    assert capsys.readouterr().err == ""


def test_check_lists_every_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """All errors are printed at once on standard error; the exit code is 2."""
    path = written(tmp_path / "leakwatch.yaml", "evn: a\ndetect: {min_scor: 1, disable: [cn-mobil]}\n")
    assert cli.main(["config", "check"], {"LEAKWATCH_CONFIG": path}) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{path}:1:1: evn: unknown key; did you mean env?",
        f"{path}:2:10: detect.min_scor: unknown key; did you mean min_score?",
        "leakwatch: 2 errors; nothing was done",
    ]


def test_check_rejects_an_unknown_detector(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The closest detector is suggested."""
    path = written(tmp_path / "leakwatch.yaml", "detect: {disable: [cn-mobil]}\n")
    assert cli.main(["config", "check", "-c", path], {}) == 2
    assert "there is no such detector; did you mean cn-mobile?" in capsys.readouterr().err


def test_check_counts_the_detectors_of_each_watch(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A watch with its own detection has its own count; one without any detector is an error."""
    path = good(tmp_path)
    text = Path(path).read_text()
    written(Path(path), text.replace('*.log"]', '*.log"], detect: {disable: [cn-mobile]}'))
    assert cli.main(["config", "check", "-c", path], {}) == 0
    _, second, third = capsys.readouterr().out.splitlines()
    everywhere = int(re.search(r"([0-9]+) detectors active", second)[1])
    assert third == f"  watch app: {everywhere - 1} detectors active"
    every = ", ".join(detector.id for detector in detectors())
    written(Path(path), text.replace('*.log"]', f'*.log"], detect: {{disable: [{every}]}}'))
    assert cli.main(["config", "check", "-c", path], {}) == 2
    assert "watch app: no detector is active" in capsys.readouterr().err


def test_check_reads_the_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """An unreadable channel URL is found by the check, not at the first leak."""
    path = good(tmp_path)
    (tmp_path / "chat.url").write_text("")
    assert cli.main(["config", "check", "-c", path], {}) == 2
    assert capsys.readouterr().err == (
        f"leakwatch: channel chat: url_file {tmp_path}/chat.url: is empty; write the url into it\n"
    )


def test_check_rejects_a_configuration_in_a_watched_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Whoever writes logs could change the configuration."""
    path = written(tmp_path / "leakwatch.yaml", f'watch: [{{name: app, kind: log, paths: ["{tmp_path}"]}}]')
    assert cli.main(["config", "check", "-c", path], {}) == 2
    assert "keep it where only root writes" in capsys.readouterr().err


def test_check_warns_about_invisible_roots(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Roots hidden by the unit and missing roots are warnings with advice."""
    monkeypatch.setattr(resources, "units_in_force", lambda: ["[Service]\nPrivateTmp=yes\n"])
    path = written(tmp_path / "c.yaml", "watch: [{name: app, kind: log, paths: [/tmp/leakwatch-never-there]}]")
    assert cli.main(["config", "check", "-c", path], {}) == 0
    err = capsys.readouterr().err
    assert "watch app: /tmp/leakwatch-never-there does not exist yet" in err
    assert "is hidden from the service by PrivateTmp=yes; `leakwatch service install` writes the drop-in" in err


def test_show_prints_the_configuration_without_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The output parses to the same configuration, except for secrets."""
    path = written(tmp_path / "c.yaml", f"env: prod\nalerts: {{channels: [{{name: a, type: slack, url: '{URL}'}}]}}\n")
    assert cli.main(["config", "show", "-c", path], {}) == 0
    out = capsys.readouterr().out
    assert "k3y" not in out
    shown = Config.model_validate(yaml.safe_load(out))
    assert (shown.env, str(shown.alerts.channels[0].url)) == ("prod", "<secret>")
    assert shown.limits == Config().limits


def test_show_origin_names_the_file_of_each_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """With --origin each key has its file and line, or "default"."""
    path = written(tmp_path / "c.yaml", f"env: 生产\nalerts: {{channels: [{{name: a, type: slack, url: '{URL}'}}]}}\n")
    assert cli.main(["config", "show", "--origin", "-c", path], {}) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f'env: "生产"  # {path}:1:1' in lines
    assert "retention: null  # default" in lines
    assert any(line.startswith('alerts.channels[0].url: "<secret>"  # ') and ":2:" in line for line in lines)
    assert "watch: []  # default" in lines


def test_schema_is_json(capsys: pytest.CaptureFixture[str]):
    """The schema is a JSON document with the configuration keys."""
    assert cli.main(["config", "schema"], {}) == 0
    schema = json.loads(capsys.readouterr().out)
    assert {"watch", "alerts", "detect"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_init_writes_the_commented_file_with_mode_0600(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The next command is printed."""
    path = tmp_path / "leakwatch.yaml"
    assert cli.main(["config", "init", str(path)], {}) == 0
    assert path.read_text("utf-8") == resources.text("leakwatch.yaml")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    out, err = capsys.readouterr()
    assert (out, err) == ("", f"wrote {path}; next: edit it, then run: leakwatch config check -c {path}\n")


def test_init_writes_example_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """With --rules it writes the commented rule file and prints where to list it."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["config", "init", "--rules"], {}) == 0
    assert (tmp_path / "rules.yaml").read_text("utf-8") == resources.text("rules.d/example.yaml")
    assert "list it in detect.rules" in capsys.readouterr().err


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """An existing file is kept."""
    path = tmp_path / "leakwatch.yaml"
    path.write_text("mine")
    assert cli.main(["config", "init", str(path)], {}) == 2
    assert path.read_text() == "mine"
    assert "already exists" in capsys.readouterr().err


def test_init_prints_why_it_cannot_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A missing directory is a usage error with the system's reason."""
    assert cli.main(["config", "init", str(tmp_path / "no/such/dir.yaml")], {}) == 2
    assert "dir.yaml: No such file or directory" in capsys.readouterr().err


def test_init_writes_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a name it writes leakwatch.yaml, which a scan then finds."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(["config", "init", "-q"], {}) == 0
    assert os.listdir(tmp_path) == ["leakwatch.yaml"]  # noqa: PTH208


@pytest.mark.skipif(Path("/etc/leakwatch").exists(), reason="this host has a configuration of its own")
def test_check_points_out_a_file_that_only_scans_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """After ``config init``, the daemon ignores ./leakwatch.yaml unless it is named; check explains that."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "leakwatch.yaml").write_text("schema_version: 1\n")
    assert cli.main(["--lang", "en", "config", "check"], {}) == 0
    assert "built-in defaults (the leakwatch.yaml here applies to scans only, use -c" in capsys.readouterr().out


def test_init_to_standard_output(capsys: pytest.CaptureFixture[str]):
    """--stdout prints the file and writes none."""
    assert cli.main(["config", "init", "--stdout"], {}) == 0
    assert capsys.readouterr().out == resources.text("leakwatch.yaml")
