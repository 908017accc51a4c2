"""The unit is understood by systemd to the last key, scores as promised, and says what the contract says."""

import shutil
import subprocess
from pathlib import Path

import pytest

from leakwatch.config import resources
from leakwatch.config.unit_sandbox import directives

analyze = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this host")
UNIT = resources.text("leakwatch.service")
DROP_INS = resources.drop_ins()


def rendered(tmp_path: Path, *drop_ins: str) -> Path:
    """The unit with a program that exists here, beside its drop-ins."""
    unit = tmp_path / "leakwatch.service"
    unit.write_text(UNIT.replace("/opt/leakwatch/bin/leakwatch", "/bin/true"))
    (tmp_path / "leakwatch.service.d").mkdir()
    for name in drop_ins:
        (tmp_path / "leakwatch.service.d" / f"{name}.conf").write_text(
            resources.text(f"leakwatch.service.d/{name}.conf")
        )
    return unit


@analyze
@pytest.mark.parametrize("drop_ins", [(), *((name,) for name in DROP_INS)], ids=["unit", *DROP_INS])
def test_systemd_knows_every_key_and_value(tmp_path: Path, drop_ins: tuple[str, ...]):
    """`systemd-analyze verify` only prints what it ignores and still ends with 0: its output must be empty."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", rendered(tmp_path, *drop_ins)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout + done.stderr == ""


@analyze
def test_exposure_is_at_most_1_6(tmp_path: Path):
    """The base unit, without capability and without IP filter, scores 1.6 or better."""
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=16", rendered(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Type", "notify"),
        ("WatchdogSec", "60"),
        ("Restart", "always"),
        ("RestartSec", "2"),
        ("RestartPreventExitStatus", "2"),
        ("StateDirectoryMode", "0700"),
        ("UMask", "0077"),
        ("ProtectSystem", "strict"),
        ("SystemCallErrorNumber", "EPERM"),
        ("LimitCORE", "0"),
        ("MemoryMax", "1G"),
        ("CPUQuota", "200%"),
        ("CPUWeight", "20"),
        ("IOWeight", "20"),
        ("Nice", "10"),
        ("LoadCredential", "secrets:/etc/leakwatch/secrets"),
    ],
)
def test_promises_are_in_the_unit(key: str, value: str):
    """What operators rely on stands in the unit."""
    assert directives([UNIT])[key] == [value]


def test_restarts_are_never_given_up():
    """No number of crashes turns the watch off."""
    assert "\nStartLimitIntervalSec=0\n" in UNIT.partition("[Service]")[0]


def test_base_unit_has_no_capability_and_no_ip_filter():
    """Both are drop-ins that an operator chooses."""
    assert directives([UNIT])["CapabilityBoundingSet"] == []
    assert "IPAddressDeny" not in UNIT
    assert "IPAddressDeny=any" in resources.text("leakwatch.service.d/egress.conf")
    assert "AmbientCapabilities=CAP_DAC_READ_SEARCH" in resources.text("leakwatch.service.d/read-any-log.conf")
