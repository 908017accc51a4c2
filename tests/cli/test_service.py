"""``leakwatch service`` prints and installs the unit, and keeps an edited configuration."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from leakwatch import cli
from leakwatch.cli import service_installer
from leakwatch.config import resources

PROGRAM = "/opt/leakwatch/bin/leakwatch"


@pytest.fixture(autouse=True)
def _signal() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def install(root: Path, *more: str) -> int:
    return cli.main(["service", "install", "--root", str(root), "--exec", PROGRAM, *more], {})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --------------------------------------------------------------------------------------------- print


def test_print_starts_this_installation(capsys: pytest.CaptureFixture[str]):
    """The printed unit is the shipped one with the path of this installation."""
    assert cli.main(["service", "print"], {}) == 0
    out = capsys.readouterr().out
    assert f"\nExecStart={sys.prefix}/bin/leakwatch run\n" in out
    assert out.replace(f"{sys.prefix}/bin/leakwatch", PROGRAM) == resources.text("leakwatch.service")


def test_print_with_another_program(capsys: pytest.CaptureFixture[str]):
    """--exec sets the program; a relative path is rejected, as systemd would."""
    assert cli.main(["service", "print", "--exec", "/usr/bin/leakwatch"], {}) == 0
    assert "\nExecStart=/usr/bin/leakwatch run\n" in capsys.readouterr().out
    assert cli.main(["service", "print", "--exec", "bin/leakwatch"], {}) == 2
    assert "must be an absolute path" in capsys.readouterr().err


def test_print_without_an_installed_program(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Without a program beside this Python, PATH is searched, then the documented location is used."""
    monkeypatch.setattr(sys, "prefix", "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    assert cli.main(["service", "print"], {}) == 0
    assert f"\nExecStart={PROGRAM} run\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["egress", "read-any-log"])
def test_print_of_a_drop_in(name: str, capsys: pytest.CaptureFixture[str]):
    """The documented drop-ins are printed by name."""
    assert cli.main(["service", "print", "--drop-in", name], {}) == 0
    assert "[Service]" in capsys.readouterr().out


def test_print_of_an_unknown_drop_in(capsys: pytest.CaptureFixture[str]):
    """The available drop-ins are listed."""
    assert cli.main(["service", "print", "--drop-in", "x"], {}) == 2
    assert "no such drop-in: x; available: egress, read-any-log" in capsys.readouterr().err


# --------------------------------------------------------------------------------------------- install


def test_install_stages_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Unit, sysusers file, configuration and directories have their modes; the account is left to the target host."""
    assert install(tmp_path) == 0
    assert f"ExecStart={PROGRAM} run" in (tmp_path / "etc/systemd/system/leakwatch.service").read_text()
    assert (tmp_path / "etc/sysusers.d/leakwatch.conf").read_text().startswith("u leakwatch ")
    assert (tmp_path / "etc/leakwatch/leakwatch.yaml").read_text("utf-8") == resources.text("leakwatch.yaml")
    assert mode(tmp_path / "etc/leakwatch/leakwatch.yaml") == 0o640
    assert (tmp_path / "etc/leakwatch/rules.d/example.yaml").read_text("utf-8") == resources.text(
        "rules.d/example.yaml"
    )
    assert mode(tmp_path / "etc/leakwatch/secrets") == 0o700
    assert mode(tmp_path / "etc/leakwatch/conf.d") == 0o750
    assert not (tmp_path / "etc/passwd").exists()
    out, err = capsys.readouterr()
    assert f"write {tmp_path}/etc/systemd/system/leakwatch.service (0644)" in out
    assert "leave the user leakwatch to systemd-sysusers" in out
    assert err == ""


def test_install_again_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """An edited configuration is kept; an older unit is replaced."""
    install(tmp_path)
    (tmp_path / "etc/leakwatch/leakwatch.yaml").write_text("env: mine\n")
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    capsys.readouterr()
    assert install(tmp_path) == 0
    assert all(line.startswith(("keep ", "leave ")) for line in capsys.readouterr().out.splitlines())
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    (tmp_path / "etc/systemd/system/leakwatch.service").write_text("old")
    install(tmp_path)
    assert "replace " in capsys.readouterr().out
    assert (tmp_path / "etc/leakwatch/leakwatch.yaml").read_text() == "env: mine\n"


def test_dry_run_does_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """--dry-run prints each step and changes nothing."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    assert install(tmp_path, "--dry-run") == 0
    out = capsys.readouterr().out.splitlines()
    assert all(line.startswith("would ") for line in out)
    assert f"would write {tmp_path}/etc/leakwatch/leakwatch.yaml (0640)" in out
    assert [path.name for path in tmp_path.rglob("*")] == ["etc", "passwd"]


def test_hidden_roots_get_a_drop_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Watches below /home and /tmp are bound read-only; the drop-in is removed when there are none."""
    install(tmp_path)
    config = tmp_path / "etc/leakwatch/conf.d/app.yaml"
    config.write_text("watch: [{name: a, kind: log, paths: [/home/app/logs/*.log, /tmp/app, /var/log/app]}]\n")
    assert install(tmp_path) == 0
    drop_in = tmp_path / "etc/systemd/system/leakwatch.service.d/10-roots.conf"
    assert [line for line in drop_in.read_text().splitlines() if not line.startswith("#")] == [
        "[Service]",
        "ProtectHome=tmpfs",
        "BindReadOnlyPaths=-/home/app/logs",
        "BindReadOnlyPaths=-/tmp/app",
    ]
    config.unlink()
    capsys.readouterr()
    assert install(tmp_path, "--dry-run") == 0
    assert drop_in.exists()
    assert install(tmp_path) == 0
    assert not drop_in.exists()
    assert "10-roots.conf: no watched root is hidden now" in capsys.readouterr().out


def test_an_invalid_configuration_skips_the_roots(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """It does not stop the installation and is reported."""
    install(tmp_path)
    (tmp_path / "etc/leakwatch/conf.d/app.yaml").write_text("watsh: []\n")
    assert install(tmp_path) == 0
    assert "skip the watched roots: the configuration is invalid (" in capsys.readouterr().out


def test_a_hidden_program_is_rejected(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A program below /home would not start under the unit; nothing is written."""
    args = ["service", "install", "--root", str(tmp_path), "--exec", "/home/me/venv/bin/leakwatch"]
    assert cli.main(args, {}) == 2
    assert "is hidden from the service by ProtectHome; install leakwatch elsewhere" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_missing_permission_suggests_root_or_staging(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """The error names both ways out."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert install(tmp_path) == 2
    assert "permission denied; run it as root, or choose --root DIR" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="making accounts needs root")
def test_the_account_is_created_in_an_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The user is created once, and its group can read the configuration."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (tmp_path / "etc/group").write_text("root:x:0:\n")
    assert install(tmp_path) == 0
    group = next(line for line in (tmp_path / "etc/group").read_text().splitlines() if line.startswith("leakwatch:"))
    assert (tmp_path / "etc/passwd").read_text().count("leakwatch:x:") == 1
    assert (tmp_path / "etc/leakwatch/leakwatch.yaml").stat().st_gid == int(group.split(":")[2])
    assert (tmp_path / "etc/leakwatch/secrets").stat().st_gid == 0
    assert "create the user leakwatch" in capsys.readouterr().out
    install(tmp_path)
    assert "keep the user leakwatch" in capsys.readouterr().out


def test_a_failed_account_suggests_useradd(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """The error gives the command to use instead."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")

    def fail(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(service_installer.subprocess, "run", fail)
    assert install(tmp_path) == 2
    assert "create it (useradd --system leakwatch) and retry" in capsys.readouterr().err


def test_the_next_commands_are_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """An installation into the running system prints the next commands and starts nothing."""
    monkeypatch.setattr(service_installer.ServiceInstaller, "install", lambda _: ["keep everything"])
    assert cli.main(["service", "install", "--exec", PROGRAM], {}) == 0
    out, err = capsys.readouterr()
    assert out == "keep everything\n"
    assert [line.strip() for line in err.splitlines()][-3:-1] == [
        "systemctl daemon-reload",
        "systemctl enable --now leakwatch",
    ]
