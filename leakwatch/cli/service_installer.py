"""Installs the service: account, directories, unit, configuration, and the drop-in for hidden watched roots."""

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
from leakwatch.text.messages import message

_SYSUSERS_FILE = "etc/sysusers.d/leakwatch.conf"
_SYSUSERS = 'u leakwatch - "leakwatch, finds personal data in logs" /var/lib/leakwatch\n'
_DIRECTORIES = {
    "etc/leakwatch": 0o750,
    "etc/leakwatch/conf.d": 0o750,
    "etc/leakwatch/rules.d": 0o750,
    "etc/leakwatch/secrets": 0o700,
}
_CONFIG_FILES = ("leakwatch.yaml", "rules.d/example.yaml")
_UNIT = "etc/systemd/system/leakwatch.service"
_ROOTS_DROP_IN = "etc/systemd/system/leakwatch.service.d/10-roots.conf"
_ROOTS_HEADER = """\
# Written by `leakwatch service install` from the watches in the configuration; run it again when they change.
# A directory that is created while the service runs becomes visible after the next restart.
"""


@dataclass(frozen=True, slots=True)
class ServiceInstaller:
    """Installs ``unit``, which starts ``program``, below ``root``. With ``dry_run`` it changes nothing."""

    unit: str
    program: Path
    root: Path
    env: Mapping[str, str]
    lang: str
    dry_run: bool

    def install(self) -> list[str]:
        """Install and return the steps, described in ``lang``.

        ``UsageError`` if the unit hides the program from the service, or a permission is missing.
        """
        self._check_program_is_visible()
        try:
            return list(self._steps())
        except PermissionError as error:
            raise UsageError(
                f"{error.filename or self.root}: permission denied; run it as root, or choose --root DIR"
            ) from None

    def _steps(self) -> Iterator[str]:
        yield self._write(_SYSUSERS_FILE, _SYSUSERS, 0o644)
        yield self._create_account()
        for name, mode in _DIRECTORIES.items():
            yield from self._create_directory(self.root / name, mode)
        yield self._write(_UNIT, self.unit, 0o644)
        for name in _CONFIG_FILES:
            yield self._write(f"etc/leakwatch/{name}", resources.text(name), 0o640, keep=True)
        if not self.dry_run:
            self._give_config_to_group()
        yield from self._update_roots_drop_in()

    def _message(self, key: str, **values: object) -> str:
        return message(key, self.lang, **values)

    def _create_directory(self, path: Path, mode: int) -> Iterator[str]:
        if path.is_dir():
            return
        yield self._message("service.create_directory", path=path, mode=mode)
        if not self.dry_run:
            path.mkdir(parents=True)
            path.chmod(mode)

    def _write(self, name: str, text: str, mode: int, *, keep: bool = False) -> str:
        """Write a file below the root; with ``keep``, an existing one is left as it is."""
        path = self.root / name
        exists = path.exists()
        if exists and (keep or path.read_text(encoding="utf-8") == text):
            return self._message("service.keep", path=path)
        if not self.dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.new")
            temporary.write_text(text, encoding="utf-8")
            temporary.chmod(mode)
            temporary.replace(path)
        return self._message("service.replace" if exists else "service.write", path=path, mode=mode)

    def _create_account(self) -> str:
        passwd = self.root / "etc/passwd"
        if not passwd.exists():  # a package, not an image: its installation creates the account
            return self._message("service.sysusers")
        if any(line.startswith("leakwatch:") for line in passwd.read_text(encoding="utf-8").splitlines()):
            return self._message("service.keep_user")
        if not self.dry_run:
            tool = shutil.which("systemd-sysusers") or "/usr/bin/systemd-sysusers"
            command = [tool, f"--root={self.root.absolute()}", "leakwatch.conf"]
            try:
                subprocess.run(command, capture_output=True, check=True)  # noqa: S603  # constant arguments
            except (OSError, subprocess.CalledProcessError):
                raise UsageError(
                    f"{tool} could not create the user leakwatch; create it (useradd --system leakwatch) and retry"
                ) from None
        return self._message("service.create_user")

    def _give_config_to_group(self) -> None:
        """Make the configuration readable for the service and nobody else."""
        group_file = self.root / "etc/group"
        groups = group_file.read_text(encoding="utf-8").splitlines() if group_file.exists() else []
        gid = next((int(line.split(":")[2]) for line in groups if line.startswith("leakwatch:")), None)
        if gid is None or os.geteuid() != 0:
            return
        directories = [name for name, mode in _DIRECTORIES.items() if mode & 0o070]
        for name in (*directories, *(f"etc/leakwatch/{name}" for name in _CONFIG_FILES)):
            os.chown(self.root / name, -1, gid)

    def _update_roots_drop_in(self) -> Iterator[str]:
        try:
            config = load(discover(None, self.env, system=self.root / "etc/leakwatch"), self.env).config
        except ConfigError as error:
            yield self._message("service.skip_roots", problem=str(error).splitlines()[0])
            return
        hidden = list(hidden_roots(config, [self.unit]))
        path = self.root / _ROOTS_DROP_IN
        if hidden:
            yield self._write(_ROOTS_DROP_IN, _ROOTS_HEADER + drop_in(hidden), 0o644)
        elif path.exists():
            yield self._message("service.remove", path=path)
            if not self.dry_run:
                path.unlink()

    def _check_program_is_visible(self) -> None:
        service = directives([self.unit])
        for key, directories in (("ProtectHome", ("/home", "/root")), ("PrivateTmp", ("/tmp", "/var/tmp"))):  # noqa: S108
            hidden = any(self.program.is_relative_to(directory) for directory in directories)
            if hidden and service.get(key, ["no"])[-1] != "no":
                raise UsageError(
                    f"{self.program} is hidden from the service by {key}; install leakwatch elsewhere, e.g. "
                    "python3 -m venv /opt/leakwatch && /opt/leakwatch/bin/pip install <wheel>"
                )
