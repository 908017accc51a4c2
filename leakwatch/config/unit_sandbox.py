"""Finds watched paths that the sandbox of the systemd unit hides: such a watch would see an empty directory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leakwatch.config.config_model import Config

Directives = dict[str, list[str]]

_HIDES = {
    "PrivateTmp": ("/tmp", "/var/tmp"),  # noqa: S108  # names to compare with, nothing is written there
    "ProtectHome": ("/home", "/root", "/run/user"),
}
# systemd drops bind mounts below inaccessible paths, and ProtectHome=yes makes /home inaccessible
_LETS_BINDS_THROUGH = {"PrivateTmp=yes", "PrivateTmp=true", "PrivateTmp=on", "PrivateTmp=1", "ProtectHome=tmpfs"}
_ON = {"yes", "true", "on", "1", "tmpfs"}


@dataclass(frozen=True, slots=True)
class Hidden:
    """A root that the service cannot see, and the directive that hides it."""

    watch: str
    root: Path
    directive: str

    def __str__(self) -> str:
        return (
            f"watch {self.watch}: {self.root} is hidden from the service by {self.directive}; "
            "`leakwatch service install` writes the drop-in that shows it"
        )


def directives(units: Iterable[str]) -> Directives:
    """The [Service] section of a unit and its drop-ins, in order; an empty value resets earlier ones."""
    found: Directives = {}
    section = ""
    for line in (line.strip() for unit in units for line in unit.splitlines()):
        if line.startswith("["):
            section = line
        elif section == "[Service]" and "=" in line and line[0] not in "#;":
            key, _, value = line.partition("=")
            if value.strip():
                found.setdefault(key.strip(), []).append(value.strip())
            else:
                found[key.strip()] = []
    return found


def hidden_roots(config: Config, units: Sequence[str]) -> Iterator[Hidden]:
    """The watched roots that a service with these units cannot see."""
    service = directives(units)
    hiding = [
        (f"{key}={service[key][-1]}", Path(path))
        for key, paths in _HIDES.items()
        if service.get(key) and service[key][-1] in _ON
        for path in paths
    ]
    hiding += [(f"InaccessiblePaths={path}", path) for path in _paths(service, "InaccessiblePaths")]
    shown = [path for key in ("BindReadOnlyPaths", "BindPaths") for path in _paths(service, key)]
    for watch in config.watch:
        for root in watch.roots:
            bound = any(root.is_relative_to(path) for path in shown)
            for directive, path in hiding:
                if root.is_relative_to(path) and not (bound and directive in _LETS_BINDS_THROUGH):
                    yield Hidden(watch.name, root, directive)
                    break


def drop_in(roots: Iterable[Hidden]) -> str:
    """The [Service] lines that show these roots to the service, read-only."""
    lines: dict[str, None] = {}
    for hidden in roots:
        key = hidden.directive.partition("=")[0]
        whole = any(Path(path) == hidden.root for path in _HIDES.get(key, ()))
        if key == "ProtectHome":
            lines["ProtectHome=read-only" if whole else "ProtectHome=tmpfs"] = None
        elif key == "PrivateTmp" and whole:
            lines["PrivateTmp=no"] = None
        elif key == "InaccessiblePaths":
            lines["InaccessiblePaths="] = None
        if not whole:
            lines[f"BindReadOnlyPaths=-{hidden.root}"] = None
    if "ProtectHome=read-only" in lines:  # makes all of it visible
        lines.pop("ProtectHome=tmpfs", None)
    return "".join(f"{line}\n" for line in ("[Service]", *lines))


def _paths(service: Directives, key: str) -> list[Path]:
    """Where the paths of a directive appear in the service: without prefixes, the right side of ``from:to``."""
    given = [path.lstrip("-+") for value in service.get(key, ()) for path in value.split()]
    return [Path(path.split(":")[1] if ":" in path else path) for path in given]
