"""Hidden roots and a configuration file in a watched directory are reported before the start."""

import os
from pathlib import Path

import pytest

from leakwatch.config import resources
from leakwatch.config.config_discovery import ConfigSource
from leakwatch.config.config_model import Config
from leakwatch.config.load import load
from leakwatch.config.unit_sandbox import directives, drop_in, hidden_roots
from leakwatch.config.watched_roots import misplaced, unreadable

UNIT = resources.text("leakwatch.service")


def watching(*paths: str) -> Config:
    return Config.model_validate({"watch": [{"name": "w", "kind": "log", "paths": list(paths)}]})


def hidden(config: Config, *units: str) -> list[str]:
    return [f"{one.root} {one.directive}" for one in hidden_roots(config, units)]


def test_directives_are_read_as_systemd_does():
    """Only [Service] counts, values add up over drop-ins, an empty one forgets, comments are none."""
    unit = "[Unit]\nPrivateTmp=no\n[Service]\n# PrivateTmp=no\nPrivateTmp=yes\nBindPaths=/a /b\n"
    assert directives([unit, "[Service]\nBindPaths=\nBindPaths=/c\nProtectHome = tmpfs\n"]) == {
        "PrivateTmp": ["yes"],
        "BindPaths": ["/c"],
        "ProtectHome": ["tmpfs"],
    }


def test_shipped_unit_hides_homes_and_temporary_files():
    """Roots below /home, /root, /tmp and the like are named with what hides them; others are not."""
    config = watching("/home/app/*.log", "/root/x", "/tmp/y", "/var/tmp", "/var/log/*.log", "/homestead")
    assert hidden(config, UNIT) == [
        "/home/app ProtectHome=yes",
        "/root/x ProtectHome=yes",
        "/tmp/y PrivateTmp=yes",
        "/var/tmp PrivateTmp=yes",
    ]
    [one] = hidden_roots(watching("/home/app/*.log"), [UNIT])
    assert str(one) == (
        "watch w: /home/app is hidden from the service by ProtectHome=yes; "
        "`leakwatch service install` writes the drop-in that shows it"
    )


def test_inaccessible_paths_hide_too():
    """A path that the unit makes inaccessible is hidden, with or without systemd's prefixes."""
    assert hidden(watching("/etc/ssh/log", "/srv/a"), "[Service]\nInaccessiblePaths=-/etc/ssh +/srv\n") == [
        "/etc/ssh/log InaccessiblePaths=/etc/ssh",
        "/srv/a InaccessiblePaths=/srv",
    ]


@pytest.mark.parametrize("setting", ["no", "false", "read-only"])
def test_visible_homes_are_not_hidden(setting: str):
    """ProtectHome=read-only leaves homes visible."""
    assert hidden(watching("/home/app"), f"[Service]\nProtectHome={setting}\n") == []


@pytest.mark.parametrize(
    "paths",
    [
        ("/home/app/logs",),
        ("/tmp/a", "/home/app/logs"),
        ("/home",),
        ("/home", "/home/app"),
        ("/tmp",),
        ("/etc/ssh",),
        ("/var/tmp/x/*.log",),
    ],
)
def test_drop_in_shows_what_was_hidden(paths: tuple[str, ...]):
    """With the written drop-in nothing that is watched is hidden any more."""
    config = watching(*paths)
    found = list(hidden_roots(config, [UNIT]))
    assert found
    assert hidden(config, UNIT, drop_in(found)) == []


def test_bind_mount_below_an_inaccessible_home_is_still_hidden():
    """Systemd drops binds below ProtectHome=yes; believing in them would be blindness."""
    bound = "[Service]\nProtectHome=yes\nBindReadOnlyPaths=/home/app\n"
    assert hidden(watching("/home/app"), bound) == ["/home/app ProtectHome=yes"]
    assert hidden(watching("/home/app"), bound.replace("=yes", "=tmpfs")) == []
    assert hidden(watching("/tmp/seen/x"), "[Service]\nPrivateTmp=yes\nBindPaths=/srv/real:/tmp/seen:rbind\n") == []


def test_configuration_inside_a_watched_directory_is_refused(tmp_path: Path):
    """Whoever writes to a watched directory must not decide what is detected; links do not hide it."""
    watched = tmp_path / "watched"
    watched.mkdir()
    (tmp_path / "link").symlink_to(watched)
    path = watched / "leakwatch.yaml"
    path.write_text(f'watch: [{{name: w, kind: log, paths: ["{tmp_path}/link/*.log"]}}]')
    [problem] = misplaced(load(ConfigSource((path,), "test"), {}))
    assert str(problem) == (
        f"{path}:1:1: lies in {tmp_path}/link, which watch w watches; keep it where only root writes"
    )
    other = tmp_path / "leakwatch.yaml"
    other.write_text(path.read_text())
    assert list(misplaced(load(ConfigSource((other,), "test"), {}))) == []


def test_missing_and_unreadable_roots_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A root that is not there, or not readable by this user, is a warning: the service starts all the same."""
    config = tmp_path / "c.yaml"
    config.write_text(f'watch: [{{name: w, kind: log, paths: ["{tmp_path}/gone", "{tmp_path}/closed", "{tmp_path}"]}}]')
    (tmp_path / "closed").mkdir()
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path.name != "closed" and real(path, mode))
    assert list(unreadable(load(ConfigSource((config,), "test"), {}))) == [
        f"watch w: {tmp_path}/gone does not exist yet; leakwatch keeps checking for it",
        f"watch w: {tmp_path}/closed cannot be read by this user; use a group or setfacl",
    ]


def test_installed_unit_counts_more_than_the_shipped_one(tmp_path: Path):
    """The unit and drop-ins in force are read where there are any."""
    unit = tmp_path / "leakwatch.service"
    assert resources.units_in_force(unit) == [UNIT]
    unit.write_text("[Service]\nProtectHome=no\n")
    (tmp_path / "leakwatch.service.d").mkdir()
    for name in ("20-b.conf", "10-a.conf"):
        (tmp_path / "leakwatch.service.d" / name).write_text(name)
    assert resources.units_in_force(unit) == ["[Service]\nProtectHome=no\n", "10-a.conf", "20-b.conf"]
