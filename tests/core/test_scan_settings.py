"""What a scan needs of a configuration, as plain data."""

import pickle
import subprocess
import sys
from functools import partial

import pytest

from leakwatch.config.config_model import Config
from leakwatch.core.scan_settings import DetectSettings, ScanSettings
from leakwatch.pipeline import scan_analyzers, watch_analyzers
from leakwatch.privacy.redaction import Fingerprinter

KEY = Fingerprinter(b"k" * 32)
MADE = """
import pickle, sys
made = pickle.loads(sys.stdin.buffer.read())()
print(sorted(made), "pydantic" in sys.modules)
"""


def test_the_defaults_are_those_of_the_configuration():
    """A scan without a configuration does what one with an empty one does."""
    assert Config().settings == ScanSettings()


def test_everything_that_counts_for_a_scan_is_taken_over():
    """No key that a scan heeds is lost on the way."""
    detect = {"regions": ["hk"], "enable": ["imsi"], "disable": ["hk-id"], "rules": ["/r"], "min_score": 0.7}
    given = Config.model_validate(
        {
            "detect": detect | {"ner": True, "profile": "pipl28"},
            "suppress": [{"id": "a", "match": {"key": "x"}, "reason": "b", "owner": "c"}],
            "limits": {"max_file_size": "1MB", "archive": {"depth": 1}},
            "state_dir": "/s",
            "fingerprint_key_file": "/k",
        }
    )
    settings = given.settings
    assert settings.detect == DetectSettings(("hk",), ("imsi",), ("hk-id",), ("/r",), 0.7, True, "pipl28")
    assert settings.suppress == given.suppress
    assert (settings.limits.file_bytes, settings.limits.depth) == (1_000_000, 1)
    assert (str(settings.state_dir), str(settings.fingerprint_key_file)) == ("/s", "/k")


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (partial(scan_analyzers, ScanSettings(), KEY), [""]),
        (
            partial(
                watch_analyzers,
                {"a": ("loan", DetectSettings()), "b": ("pay", DetectSettings(("hk",)))},
                ScanSettings(),
                KEY,
            ),
            ["a", "b"],
        ),
    ],
)
def test_a_process_that_analyses_makes_no_model_of_a_configuration(make, names):
    """It would cost each of them 16 MB and a fifth of a second."""
    done = subprocess.run(
        [sys.executable, "-c", MADE], input=pickle.dumps(make), capture_output=True, check=True, timeout=60
    )
    assert done.stdout.decode().strip() == f"{names} False"
