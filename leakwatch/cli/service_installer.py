"""Puts the service in place: account, directories, unit, configuration, and the drop-in that shows hidden roots."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from leakwatch.config import resources
from leakwatch.config.config_discovery import discover
from leakwatch.config.load import load
from leakwatch.config.unit_sandbox import directives, drop_in, hidden_roots
from leakwatch.core.errors import ConfigError, UsageError

_ACCOUNT = 'u leakwatch - "leakwatch, finds personal data in logs" /var/lib/leakwatch\n'
_DIRECTORIES = {
    "etc/leakwatch": 0o750,
    "etc/leakwatch/conf.d": 0o750,
    "etc/leakwatch/rules.d": 0o750,
    "etc/leakwatch/secrets": 0o700,
}
_SKELETONS = ("leakwatch.yaml", "rules.d/example.yaml")
_UNIT = "etc/systemd/system/leakwatch.service"
_ROOTS = "etc/systemd/system/leakwatch.service.d/10-roots.conf"
_ROOTS_HEAD = """\
# Written by `leakwatch service install` from the watches in the configuration; run it again when they change.
# A directory that appears later than the start of the service is seen after the next restart.
"""


def install_service(unit: str, program: Path, stage: Path, env: Mapping[str, str], *, dry_run: bool) -> list[str]:
    """Install below ``stage`` and return what was done, a line each; with ``dry_run``, what would be done.

    ``UsageError`` when the program lies where the service cannot see it, or when a right is missing.
    """
    _refuse_hidden_program(unit, program)
    try:
        return list(_steps(unit, stage, env, dry_run=dry_run))
    except PermissionError as error:
        raise UsageError(
            f"{error.filename or stage}: permission denied; run it as root, or stage it with --root DIR"
        ) from None


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    text: str
    mode: int
    keep: bool = False


def _steps(unit: str, stage: Path, env: Mapping[str, str], *, dry_run: bool) -> Iterator[str]:
    account = _File("etc/sysusers.d/leakwatch.conf", _ACCOUNT, 0o644)
    yield from _write(account, stage, dry_run=dry_run)
    yield from _make_account(stage, dry_run=dry_run)
    for name, mode in _DIRECTORIES.items():
        yield from _directory(stage / name, mode, dry_run=dry_run)
    yield from _write(_File(_UNIT, unit, 0o644), stage, dry_run=dry_run)
    for name in _SKELETONS:
        skeleton = _File(f"etc/leakwatch/{name}", resources.text(name), 0o640, keep=True)
        yield from _write(skeleton, stage, dry_run=dry_run)
    if not dry_run:
        _give_to_group(stage)
    yield from _roots(unit, stage, env, dry_run=dry_run)


def _directory(path: Path, mode: int, *, dry_run: bool) -> Iterator[str]:
    if not path.is_dir():
        yield f"make {path}/ ({mode:04o})"
        if not dry_run:
            path.mkdir(parents=True)
            path.chmod(mode)


def _write(file: _File, stage: Path, *, dry_run: bool) -> Iterator[str]:
    path = stage / file.path
    if path.exists() and (file.keep or path.read_text(encoding="utf-8") == file.text):
        yield f"keep {path}"
        return
    yield f"{'replace' if path.exists() else 'write'} {path} ({file.mode:04o})"
    if not dry_run:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.new")
        draft.write_text(file.text, encoding="utf-8")
        draft.chmod(file.mode)
        draft.replace(path)


def _make_account(stage: Path, *, dry_run: bool) -> Iterator[str]:
    passwd = stage / "etc/passwd"
    if not passwd.exists():  # a package, not an image: accounts are made where it is installed
        yield "leave the user leakwatch to systemd-sysusers, which reads etc/sysusers.d"
        return
    if any(line.startswith("leakwatch:") for line in passwd.read_text(encoding="utf-8").splitlines()):
        yield "keep the user leakwatch"
        return
    tool = shutil.which("systemd-sysusers") or "/usr/bin/systemd-sysusers"
    yield "make the user leakwatch"
    if not dry_run:
        command = [tool, f"--root={stage.absolute()}", "leakwatch.conf"]
        try:
            subprocess.run(command, capture_output=True, check=True)  # noqa: S603  # our own words
        except (OSError, subprocess.CalledProcessError):
            raise UsageError(
                f"{tool} could not make the user leakwatch; make it (useradd --system leakwatch) and run this again"
            ) from None


def _give_to_group(stage: Path) -> None:
    """Let the service read its configuration, and nobody else."""
    groups = (stage / "etc/group").read_text(encoding="utf-8").splitlines() if (stage / "etc/group").exists() else []
    number = next((int(line.split(":")[2]) for line in groups if line.startswith("leakwatch:")), None)
    if number is None or os.geteuid() != 0:
        return
    ours = [name for name, mode in _DIRECTORIES.items() if mode & 0o070]
    for name in (*ours, *(f"etc/leakwatch/{name}" for name in _SKELETONS)):
        os.chown(stage / name, -1, number)


def _roots(unit: str, stage: Path, env: Mapping[str, str], *, dry_run: bool) -> Iterator[str]:
    try:
        config = load(discover(None, env, system=stage / "etc/leakwatch"), env).config
    except ConfigError as error:
        yield f"leave the watched roots alone: the configuration has mistakes ({str(error).splitlines()[0]})"
        return
    hidden = list(hidden_roots(config, [unit]))
    if hidden:
        text = _ROOTS_HEAD + drop_in(hidden)
        yield from _write(_File(_ROOTS, text, 0o644), stage, dry_run=dry_run)
    elif (stage / _ROOTS).exists():
        yield f"remove {stage / _ROOTS}: no root is hidden now"
        if not dry_run:
            (stage / _ROOTS).unlink()


def _refuse_hidden_program(unit: str, program: Path) -> None:
    service = directives([unit])
    for key, places in (("ProtectHome", ("/home", "/root")), ("PrivateTmp", ("/tmp", "/var/tmp"))):  # noqa: S108
        if service.get(key, ["no"])[-1] != "no" and any(program.is_relative_to(place) for place in places):
            raise UsageError(
                f"{program} is hidden from the service by {key}; install leakwatch elsewhere, for instance "
                "python3 -m venv /opt/leakwatch && /opt/leakwatch/bin/pip install <wheel>"
            )
