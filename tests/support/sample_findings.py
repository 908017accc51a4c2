"""Findings of every kind of place, made by hand for tests of what comes after analysis."""

from leakwatch.core.model import Finding, Severity
from leakwatch.core.places import CellPlace, LinePlace, PagePlace, RecordPlace

PLACES = (
    LinePlace(12, 5, 16),
    CellPlace("订单", 3, 2, "手机号", 1, 12),
    CellPlace(None, 3, 28, None, 1, 12),
    RecordPlace(7, "$.users[3].phone", 20, 31),
    PagePlace(2, 100, 111),
)


def finding(**changes) -> Finding:
    """A finding of a mobile number on line 12 of a log, changed as asked."""
    given = {
        "entity": "CN_MOBILE",
        "path": "logs/app.log",
        "inside": (),
        "place": PLACES[0],
        "key": "mobile",
        "score": 0.95,
        "severity": Severity.MEDIUM,
        "grade": {"jrt0171": "C2", "gbt35273": "pi"},
        "masked": "139****0001",
        "fingerprint": "ab" * 16,
        "template": "cd" * 8,
    }
    return Finding(**(given | changes))
