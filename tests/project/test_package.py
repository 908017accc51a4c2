"""The wheel is whole: built from a source archive without git, run from another directory, it has all it needs."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel of what git knows (or, where there is no git, of the tree), unpacked as an installer would."""
    room = tmp_path_factory.mktemp("package")
    source = room / "source"
    source.mkdir()
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode == 0:
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
            files.extractall(source, filter="data")
    else:
        source = ROOT
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", str(room / "dist"), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    [wheel] = (room / "dist").glob("leakwatch_daemon-*.whl")
    zipfile.ZipFile(wheel).extractall(room / "site")
    return room / "site"


def run(site: Path, *args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    code = f"import sys; sys.path.insert(0, {str(site)!r}); import leakwatch; assert leakwatch.__file__.startswith({str(site)!r}); "
    code += "from leakwatch.cli import entry; entry()"
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *args], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_wheel_holds_only_our_packages(installed):
    """No top-level name that could clash with another package."""
    top = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert top == {"leakwatch", "leakwatch_detectors"}


def test_the_wheel_has_its_detectors(installed, tmp_path):
    """Every detector file of the tree is listed by the installed program."""
    listed = run(installed, "detectors", "list", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    files = (ROOT / "detectors" / "leakwatch_detectors" / "entities").rglob("*.py")
    ids = {file.stem.replace("_", "-") for file in files if file.name != "__init__.py"}
    assert ids
    assert {line.split()[0] for line in listed.stdout.splitlines() if line.strip()} >= ids


def test_the_wheel_has_its_configuration_and_its_unit(installed, tmp_path):
    """`config init` and `service print` give the files of the tree."""
    config = run(installed, "config", "init", "--stdout", cwd=tmp_path)
    assert config.stdout == (ROOT / "config" / "leakwatch.yaml").read_text("utf-8")
    unit = run(installed, "service", "print", "--exec", "/usr/bin/leakwatch", cwd=tmp_path)
    assert "Type=notify" in unit.stdout
    assert unit.returncode == 0, unit.stderr


def test_the_wheel_scans_from_anywhere(installed, tmp_path):
    """The main job of the installed program, away from the tree."""
    (tmp_path / "app.log").write_text("2026-01-05 INFO sent to mobile=13900001234\n", "utf-8")
    scanned = run(installed, "scan", "app.log", "--no-state", "-f", "jsonl", cwd=tmp_path)
    assert scanned.returncode == 1, scanned.stderr
    assert '"CN_MOBILE"' in scanned.stdout
