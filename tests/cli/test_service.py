"""``leakwatch service`` prints and installs the unit, and never touches what an operator wrote."""

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


def install(stage: Path, *more: str) -> int:
    return cli.main(["service", "install", "--root", str(stage), "--exec", PROGRAM, *more], {})


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --------------------------------------------------------------------------------------------- print


def test_print_starts_the_program_that_runs_now(capsys: pytest.CaptureFixture[str]):
    """The printed unit is the shipped one, with the path of this installation."""
    assert cli.main(["service", "print"], {}) == 0
    out = capsys.readouterr().out
    assert f"\nExecStart={sys.prefix}/bin/leakwatch run\n" in out
    assert out.replace(f"{sys.prefix}/bin/leakwatch", PROGRAM) == resources.text("leakwatch.service")


def test_print_takes_another_program(capsys: pytest.CaptureFixture[str]):
    """--exec names the program; a relative path is refused, since systemd would."""
    assert cli.main(["service", "print", "--exec", "/usr/bin/leakwatch"], {}) == 0
    assert "\nExecStart=/usr/bin/leakwatch run\n" in capsys.readouterr().out
    assert cli.main(["service", "print", "--exec", "bin/leakwatch"], {}) == 2
    assert "must be an absolute path" in capsys.readouterr().err


def test_print_outside_an_environment_of_its_own(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """Where the program is not beside this Python, the path is searched, then the documented place is taken."""
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
    """Another name gets the names there are."""
    assert cli.main(["service", "print", "--drop-in", "x"], {}) == 2
    assert "no such drop-in: x; available: egress, read-any-log" in capsys.readouterr().err


# --------------------------------------------------------------------------------------------- install


def test_install_stages_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Unit, account, configuration and directories are made with their modes; accounts are left to the target host."""
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
    """A second run keeps everything; an edited configuration stays, an older unit is replaced."""
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
    """--dry-run says each step and makes none."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    assert install(tmp_path, "--dry-run") == 0
    out = capsys.readouterr().out.splitlines()
    assert all(line.startswith("would ") for line in out)
    assert f"would write {tmp_path}/etc/leakwatch/leakwatch.yaml (0640)" in out
    assert [path.name for path in tmp_path.rglob("*")] == ["etc", "passwd"]


def test_hidden_roots_get_a_drop_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Watches below /home and /tmp are shown to the service read-only; without them the drop-in goes again."""
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


def test_mistakes_in_the_configuration_leave_the_roots_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A configuration with mistakes does not stop the installation; it is said."""
    install(tmp_path)
    (tmp_path / "etc/leakwatch/conf.d/app.yaml").write_text("watsh: []\n")
    assert install(tmp_path) == 0
    assert "skip the watched roots: the configuration is invalid (" in capsys.readouterr().out


def test_program_the_service_cannot_see_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """A program below /home would not start under the unit; that is said before anything is written."""
    args = ["service", "install", "--root", str(tmp_path), "--exec", "/home/me/venv/bin/leakwatch"]
    assert cli.main(args, {}) == 2
    assert "is hidden from the service by ProtectHome; install leakwatch elsewhere" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_missing_right_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Without root's rights the error advises root or staging."""

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert install(tmp_path) == 2
    assert "permission denied; run it as root, or choose --root DIR" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="making accounts needs root")
def test_account_is_made_in_an_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """In an image with accounts the user is made once, and the configuration belongs to its group."""
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


def test_failing_account_says_how_to_make_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """When the tool for accounts fails, the error gives the command to use instead."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")

    def fail(command: list[str], **_: object) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(service_installer.subprocess, "run", fail)
    assert install(tmp_path) == 2
    assert "create it (useradd --system leakwatch) and retry" in capsys.readouterr().err


def test_next_commands_are_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """An installation into the running system says what comes next, and starts nothing."""
    monkeypatch.setattr(service_installer.ServiceInstaller, "install", lambda _: ["keep everything"])
    assert cli.main(["service", "install", "--exec", PROGRAM], {}) == 0
    out, err = capsys.readouterr()
    assert out == "keep everything\n"
    assert [line.strip() for line in err.splitlines()][-3:-1] == [
        "systemctl daemon-reload",
        "systemctl enable --now leakwatch",
    ]
