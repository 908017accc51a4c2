"""Classes in GB/T 45574 and PIPL article 28 that many entities share: values for ``Detector.profile_grades``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

IDENTITY_DOCUMENT: Final[Mapping[str, str]] = {"gbt45574": "ordinary", "pipl28": "harm-clause"}
FINANCIAL_ACCOUNT: Final[Mapping[str, str]] = {"gbt45574": "financial-account", "pipl28": "financial-account"}
ORDINARY: Final[Mapping[str, str]] = {"gbt45574": "ordinary", "pipl28": "not-sensitive"}
