"""The peers: how each is installed and called, and how its labels map to entities.

Each has its own virtual environment, created on first use. One that cannot be installed is reported with the reason.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from accuracy.sample import Sample
from accuracy.scoring import SECRET, Prediction

_ADAPTERS = Path(__file__).parent / "adapters"
_INSTALL_SECONDS = 900
_ANSWER_SECONDS = 1800

_PHONES = ("CN_MOBILE", "CN_LANDLINE", "HK_PHONE", "MO_PHONE", "TW_MOBILE", "TW_LANDLINE")
_IDS = (
    "CN_RESIDENT_ID",
    "CN_RESIDENCE_PERMIT",
    "CN_DRIVING_LICENSE",
    "CN_SOCIAL_SECURITY_NO",
    "CN_RESIDENT_ID_15",
    "CN_PASSPORT",
)
_MAIL = ("EMAIL_ADDRESS", "ALIPAY_ACCOUNT")
_SECRETS = (
    "SECRET_TOKEN",
    "SECRET_PASSWORD",
    "SECRET_CLOUD_KEY",
    "SECRET_WEBHOOK",
    "SECRET_CONN_STRING",
    "SECRET_PRIVATE_KEY",
)
# The token types of detect-secrets.
_TOKENS = (
    *("Artifactory Credentials", "Azure Storage Account access key", "Cloudant Credentials", "Discord Bot Token"),
    *("GitHub Token", "GitLab Token", "IBM Cloud IAM Key", "IBM COS HMAC Credentials", "JSON Web Token"),
    *("Mailchimp Access Key", "NPM tokens", "OpenAI Token", "PyPI Token", "SendGrid API Key", "Slack Token"),
    *("SoftLayer Credentials", "Square OAuth Secret", "Stripe Access Key", "Telegram Bot Token", "Twilio API Key"),
    *("Base64 High Entropy String", "Hex High Entropy String"),
)


class NotInstalledError(Exception):
    """A peer is not available; the message gives the reason."""


@dataclass(frozen=True)
class Peer:
    """One peer. A label may mean any entity of its tuple; only ``claims`` are scored.

    ``installs`` are the arguments of ``pip install``, one string per call.
    """

    name: str
    installs: tuple[str, ...]
    adapter: str
    claims: frozenset[str]
    labels: Mapping[str, tuple[str, ...]]

    def predictions(self, samples: Sequence[Sample], home: Path) -> list[list[Prediction]]:
        """What it finds in each sample. Raises ``NotInstalledError`` when it is not available."""
        python = self._python(home)
        questions = "".join(json.dumps(sample.text) + "\n" for sample in samples)
        command = [str(python), str(_ADAPTERS / self.adapter)]
        done = subprocess.run(
            command, input=questions, capture_output=True, text=True, check=False, timeout=_ANSWER_SECONDS
        )
        answers = done.stdout.splitlines()
        if done.returncode != 0 or len(answers) != len(samples):
            raise NotInstalledError(f"its adapter failed: {_last_line(done.stderr)}")
        return [
            [
                Prediction(start, end, self.labels[label])
                for start, end, label in json.loads(answer)
                if label in self.labels
            ]
            for answer in answers
        ]

    def _python(self, home: Path) -> Path:
        """The interpreter of its environment, which is created when needed."""
        place = home / self.name
        python, ready = place / "bin" / "python", place / ".ready"
        wanted = "\n".join(self.installs)
        if ready.exists() and ready.read_text() == wanted:
            return python
        venv.create(place, with_pip=True, clear=True)
        for arguments in self.installs:
            command = [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *arguments.split(),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS)
            if done.returncode != 0:
                raise NotInstalledError(_reason(done.stderr))
        ready.write_text(wanted)
        return python


def _reason(errors: str) -> str:
    """The most informative line of the error output of pip."""
    lines = [line.removeprefix("ERROR: ") for line in errors.splitlines() if line.startswith("ERROR")]
    about_python = [line for line in lines if "Requires-Python" in line or "requires a different" in line]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return f"{about_python[0]} (this is Python {version})" if about_python else (lines or [_last_line(errors)])[0]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no output"])[-1]


PEERS = (
    Peer(
        "presidio",
        ("presidio-analyzer==2.2.366",),
        "with_presidio.py",
        frozenset({"EMAIL_ADDRESS", "BANK_CARD", "CN_MOBILE"}),
        {"EMAIL_ADDRESS": _MAIL, "CREDIT_CARD": ("BANK_CARD",), "PHONE_NUMBER": _PHONES},
    ),
    # Its rules run on every Python version that leakwatch supports; its other requirements belong to its models.
    Peer(
        "cn-pii-anonymization",
        (
            "presidio-analyzer==2.2.361 presidio-anonymizer==2.2.361 faker loguru pillow pydantic-settings",
            "--no-deps --ignore-requires-python cn-pii-anonymization==0.1.6",
        ),
        "with_cn_pii.py",
        frozenset({"CN_MOBILE", "EMAIL_ADDRESS", "CN_RESIDENT_ID", "BANK_CARD", "CN_PASSPORT"}),
        {
            "CN_PHONE_NUMBER": _PHONES,
            "CN_EMAIL": _MAIL,
            "CN_ID_CARD": _IDS,
            "CN_BANK_CARD": ("BANK_CARD", "BANK_ACCOUNT"),
            "CN_PASSPORT": ("CN_PASSPORT", "CN_HKM_EXIT_PERMIT", "CN_HOME_RETURN_PERMIT", "HK_PASSPORT"),
        },
    ),
    Peer(
        "datamask-core",
        ("datamask-core==1.1.0",),
        "with_datamask.py",
        frozenset(
            {
                *("CN_MOBILE", "CN_LANDLINE", "EMAIL_ADDRESS", "QQ_NUMBER", "WECHAT_ID", "CN_RESIDENT_ID"),
                *("BANK_CARD", "CN_PASSPORT", "CN_MILITARY_ID", "PERSON_NAME", "CN_ADDRESS"),
            }
        ),
        {
            "PHONE": _PHONES,
            "EMAIL": _MAIL,
            "QQ": ("QQ_NUMBER",),
            "WECHAT": ("WECHAT_ID",),
            "IDCARD": _IDS,
            "BANKCARD": ("BANK_CARD", "BANK_ACCOUNT"),
            "PASSPORT": ("CN_PASSPORT", "HK_PASSPORT", "MO_PASSPORT", "TW_PASSPORT", "CN_HOME_RETURN_PERMIT"),
            "HK_MACAO": ("CN_HKM_EXIT_PERMIT", "CN_HOME_RETURN_PERMIT"),
            "MILITARY": ("CN_MILITARY_ID",),
            "PER": ("PERSON_NAME",),
            "NAME": ("PERSON_NAME",),
            "LOC": ("CN_ADDRESS",),
        },
    ),
    Peer(
        "privyscope-zh-hans",
        ("privyscope-zh-hans==0.1.6",),
        "with_privyscope.py",
        frozenset(
            {
                *("CN_MOBILE", "CN_LANDLINE", "EMAIL_ADDRESS", "CN_RESIDENT_ID", "BANK_CARD", "CN_ADDRESS"),
                *("CN_PASSPORT", "IMEI", "SECRET_TOKEN", "SECRET_CLOUD_KEY", "SECRET_PRIVATE_KEY"),
                SECRET,
            }
        ),
        {
            "PHONE": _PHONES,
            "EMAIL": _MAIL,
            "ID_NUM": _IDS,
            "BANK": ("BANK_CARD", "BANK_ACCOUNT"),
            "LOC": ("CN_ADDRESS",),
            "PASSPORT": ("CN_PASSPORT",),
            "PLATE": ("CN_LICENSE_PLATE",),
            "DEVICE": ("IMEI", "DEVICE_ID", "MEID"),
            "SECRET": _SECRETS,
        },
    ),
    Peer(
        "argus-redact",
        ("argus-redact==0.8.22",),
        "with_argus.py",
        frozenset(
            {
                *("CN_MOBILE", "CN_LANDLINE", "EMAIL_ADDRESS", "CN_RESIDENT_ID", "BANK_CARD", "CN_ADDRESS"),
                *("CN_PASSPORT", "PERSON_NAME", "DATE_OF_BIRTH", "WECHAT_ID", "QQ_NUMBER", "HK_ID"),
                *("TW_NATIONAL_ID", "TW_RESIDENT_CERT", "MO_BIR", "CN_MILITARY_ID", "CN_SOCIAL_SECURITY_NO"),
                *("CN_HOUSING_FUND_NO", "CN_LICENSE_PLATE", "CN_HKM_EXIT_PERMIT", "CN_HOME_RETURN_PERMIT", "IMEI"),
                *("SECRET_TOKEN", "SECRET_CLOUD_KEY", "SECRET_PRIVATE_KEY"),
                SECRET,
            }
        ),
        {
            "phone": _PHONES,
            "phone_landline": ("CN_LANDLINE", "TW_LANDLINE"),
            "email": _MAIL,
            "id_number": _IDS,
            "bank_card": ("BANK_CARD", "BANK_ACCOUNT"),
            "credit_card": ("BANK_CARD",),
            "address": ("CN_ADDRESS",),
            "passport": ("CN_PASSPORT", "HK_PASSPORT", "MO_PASSPORT", "TW_PASSPORT"),
            "person": ("PERSON_NAME",),
            "date_of_birth": ("DATE_OF_BIRTH",),
            "wechat": ("WECHAT_ID",),
            "qq": ("QQ_NUMBER",),
            "hk_id": ("HK_ID",),
            "tw_id": ("TW_NATIONAL_ID",),
            "taiwan_arc": ("TW_RESIDENT_CERT",),
            "macau_id": ("MO_BIR",),
            "military_id": ("CN_MILITARY_ID",),
            "social_security": ("CN_SOCIAL_SECURITY_NO", "CN_MEDICAL_INSURANCE_NO"),
            "housing_fund": ("CN_HOUSING_FUND_NO",),
            "license_plate": ("CN_LICENSE_PLATE",),
            "eep": ("CN_HKM_EXIT_PERMIT",),
            "hrp": ("CN_HOME_RETURN_PERMIT",),
            "imei": ("IMEI",),
            "jwt": ("SECRET_TOKEN",),
            "github_token": ("SECRET_TOKEN",),
            "openai_api_key": ("SECRET_TOKEN",),
            "anthropic_api_key": ("SECRET_TOKEN",),
            "url_token": ("SECRET_TOKEN", "SECRET_WEBHOOK"),
            "aws_access_key": ("SECRET_CLOUD_KEY",),
            "ssh_private_key": ("SECRET_PRIVATE_KEY",),
        },
    ),
    Peer(
        "scrubadub",
        ("scrubadub==2.0.1",),
        "with_scrubadub.py",
        frozenset({"EMAIL_ADDRESS", "BANK_CARD", "CN_MOBILE"}),
        {"email": _MAIL, "credit_card": ("BANK_CARD",), "phone": _PHONES, "credential": ("SECRET_PASSWORD",)},
    ),
    Peer(
        "datafog",
        ("datafog==4.9.0",),
        "with_datafog.py",
        frozenset({"EMAIL_ADDRESS", "BANK_CARD", "CN_MOBILE"}),
        {"EMAIL": _MAIL, "CREDIT_CARD": ("BANK_CARD",), "PHONE": _PHONES},
    ),
    Peer(
        "detect-secrets",
        ("detect-secrets==1.5.0",),
        "with_detect_secrets.py",
        frozenset({"SECRET_PASSWORD", "SECRET_TOKEN", "SECRET_CLOUD_KEY", "SECRET_PRIVATE_KEY", SECRET}),
        {
            **dict.fromkeys(_TOKENS, _SECRETS),
            "AWS Access Key": ("SECRET_CLOUD_KEY",),
            "Basic Auth Credentials": ("SECRET_CONN_STRING", "SECRET_PASSWORD"),
            "Secret Keyword": ("SECRET_PASSWORD", *_SECRETS),
            "Private Key": ("SECRET_PRIVATE_KEY",),
        },
    ),
)
