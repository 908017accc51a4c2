"""How instruments class personal data: for each of them a class for every entity, and how bad a class is.

JR/T 0171 and GB/T 35273 classes are the detectors' own (``grades``); the two others are tables here. None of this is
legal advice: the texts leave room, and each profile says how far its classes could be checked against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from leakwatch.core.model import Severity
from leakwatch_detectors.contract import Detector

_DOCUMENTS = (
    *("CN_RESIDENT_ID", "CN_RESIDENT_ID_15", "CN_RESIDENCE_PERMIT", "CN_FOREIGN_PERMANENT_RESIDENT_ID"),
    *("HK_ID", "MO_BIR", "TW_NATIONAL_ID", "TW_RESIDENT_CERT", "CN_PASSPORT", "HK_PASSPORT", "MO_PASSPORT"),
    *("TW_PASSPORT", "PASSPORT_MRZ", "CN_HKM_EXIT_PERMIT", "CN_TW_EXIT_PERMIT", "CN_HOME_RETURN_PERMIT"),
    *("CN_TW_COMPATRIOT_PERMIT", "CN_DRIVING_LICENSE", "CN_SOCIAL_SECURITY_NO", "CN_MEDICAL_INSURANCE_NO"),
    *("CN_HUKOU_NO", "TW_NHI_CARD", "TW_CDC"),
)
_FINANCIAL = (
    *("CARD_TRACK_DATA", "CARD_CVV", "CARD_EXPIRY", "SECRET_PASSWORD", "SECRET_OTP", "BANK_CARD", "BANK_ACCOUNT"),
    *("ALIPAY_USER_ID", "ALIPAY_ACCOUNT", "CN_HOUSING_FUND_NO", "LOAN_CONTRACT_NO"),
)
_ORDINARY = (
    *("CN_MOBILE", "HK_PHONE", "MO_PHONE", "TW_MOBILE", "CN_LANDLINE", "TW_LANDLINE", "CN_IOT_MSISDN"),
    *("EMAIL_ADDRESS", "PERSON_NAME", "DATE_OF_BIRTH", "CN_LICENSE_PLATE", "VIN", "CN_ADDRESS", "WECHAT_ID"),
    *("WECHAT_OPENID", "QQ_NUMBER", "IMEI", "IMSI", "ICCID", "MEID", "DEVICE_ID", "MAC_ADDRESS", "IP_ADDRESS"),
)


def _table(**classes: Iterable[str]) -> Mapping[str, str]:
    return MappingProxyType({entity: name.replace("_", "-") for name, all_of in classes.items() for entity in all_of})


@dataclass(frozen=True, slots=True)
class Profile:
    """One instrument. ``table`` is None where the detectors have the classes; ``checked`` says how well it is known."""

    name: str
    title: str
    checked: str
    severities: Mapping[str, Severity]
    table: Mapping[str, str] | None = None

    def grade(self, detector: Detector) -> str | None:
        """The class of what the detector finds; None: the instrument has none for it."""
        return detector.grades.get(self.name) if self.table is None else self.table.get(detector.entity)


PROFILES: Mapping[str, Profile] = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(
                "jrt0171",
                "JR/T 0171-2020 个人金融信息保护技术规范",
                "classes as summarised in public commentaries, not compared with the clauses",
                {"C3": Severity.CRITICAL, "C2": Severity.HIGH, "C1": Severity.LOW},
            ),
            Profile(
                "gbt35273",
                "GB/T 35273-2020 个人信息安全规范, annexes A and B",
                "classes from the 2017 annexes and their use in privacy policies; changes of 2020 not compared",
                {"sensitive": Severity.HIGH, "pi": Severity.MEDIUM},
            ),
            Profile(
                "gbt45574",
                "GB/T 45574-2025 敏感个人信息处理安全要求, with the TC260 guide of 2024-09",
                "an identity number alone is no longer listed as sensitive; several ordinary values together may be",
                {
                    "financial-account": Severity.HIGH,
                    "specific-identity": Severity.HIGH,
                    "precise-location": Severity.HIGH,
                    "belief-health-identity": Severity.HIGH,
                    "ordinary": Severity.MEDIUM,
                },
                _table(
                    financial_account=_FINANCIAL,
                    specific_identity=["CN_MILITARY_ID"],
                    precise_location=["GPS_COORDINATE"],
                    belief_health_identity=["PERSONAL_ATTRIBUTE"],
                    ordinary=(*_DOCUMENTS, *_ORDINARY),
                ),
            ),
            Profile(
                "pipl28",
                "PIPL (个人信息保护法), article 28",
                "kinds named by the article; whether identity documents fall under its harm clause is contested",
                {
                    "financial-account": Severity.HIGH,
                    "whereabouts": Severity.HIGH,
                    "belief-health-identity": Severity.HIGH,
                    "harm-clause": Severity.HIGH,
                    "not-sensitive": Severity.LOW,
                },
                _table(
                    financial_account=_FINANCIAL,
                    whereabouts=["GPS_COORDINATE"],
                    belief_health_identity=["PERSONAL_ATTRIBUTE"],
                    harm_clause=(*_DOCUMENTS, "CN_MILITARY_ID"),
                    not_sensitive=_ORDINARY,
                ),
            ),
        )
    }
)
"""The profiles by name: what ``detect.profile`` can be."""


def graded(detectors: Iterable[Detector], profile: str | None) -> tuple[Detector, ...]:
    """The detectors as a profile sees them: their severity by its class, which findings then name too.

    Without a profile they stay as they are. What opens an account by itself (critical) stays critical, and what the
    instrument has no class for keeps its severity.
    """
    if profile is None:
        return tuple(detectors)
    chosen = PROFILES[profile]
    return tuple(_graded(detector, chosen) for detector in detectors)


def _graded(detector: Detector, profile: Profile) -> Detector:
    grade = profile.grade(detector)
    if grade is None:
        return detector
    critical = Severity.of(detector.severity) is Severity.CRITICAL
    severity = detector.severity if critical else profile.severities[grade].label
    return replace(detector, severity=severity, grades={**detector.grades, profile.name: grade})
