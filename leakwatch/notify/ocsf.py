"""An alert as data: an OCSF Data Security Finding for an incident, a small object of our own for a gap.

Never filled, because they are defined to hold what matched: ``pattern_match``, ``discovery_details[].value``,
``raw_data``.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from leakwatch.core.alert import Alert, Reason
from leakwatch.core.model import SCHEMA, Gap, Incident, Severity
from leakwatch.notify.inert_text import plain
from leakwatch.notify.phrases import entity_title
from leakwatch.text.messages import message as translate

CLASS_UID = 2006
VERSION = "1.6.0"

_CATEGORY_FINDINGS = 2
_CREATE, _UPDATE = 1, 2
_NEW, _IN_PROGRESS = 1, 2
_SEVERITY_IDS = {Severity.INFO: 1, Severity.LOW: 2, Severity.MEDIUM: 3, Severity.HIGH: 4, Severity.CRITICAL: 5}
_PERSONAL, _GOVERNMENT, _FINANCIAL, _SECRETS, _OTHER = 1, 2, 3, 6, 99
_FINANCIAL_PARTS = ("BANK_", "CARD_", "ALIPAY_", "LOAN_")
_GOVERNMENT_PARTS = ("_ID", "PASSPORT", "PERMIT", "LICENSE", "SOCIAL", "MEDICAL", "HOUSING", "HUKOU", "_CERT", "_BIR")
_AT_REST = 1
_APPLICATION_DLP = 10


def finding(alert: Alert, incident: Incident, lang: str) -> dict[str, Any]:
    """The finding (class 2006): what leaked where, in counts and masked samples. Times are epoch milliseconds."""
    first = alert.reason in {Reason.FIRST, Reason.BACKLOG}
    activity = _CREATE if first else _UPDATE
    entities = dict(sorted(incident.entities.items()))
    start, end = _milliseconds(incident.first_seen), _milliseconds(incident.last_seen)
    titles = ", ".join(entity_title(entity, lang) for entity in entities)
    return {
        "activity_id": activity,
        "category_uid": _CATEGORY_FINDINGS,
        "class_uid": CLASS_UID,
        "type_uid": CLASS_UID * 100 + activity,
        "severity_id": _SEVERITY_IDS[alert.severity],
        "status_id": _NEW if first else _IN_PROGRESS,
        "is_alert": True,
        "time": start,
        "start_time": start,
        "end_time": end,
        "count": incident.count,
        "message": f"{translate(f'alert.reason.{alert.reason.value}', lang)}: {titles}",
        "metadata": _metadata(alert, incident),
        "finding_info": {
            "uid": incident.id,
            "uid_alt": incident.key,
            "title": titles,
            "types": list(entities),
            "first_seen_time": start,
            "last_seen_time": end,
            "related_events_count": incident.count,
            "analytic": {"type_id": 1, "uid": "leakwatch", "version": version("leakwatch-daemon")},
        },
        "data_security": {
            "category_id": _category(entities),
            "confidentiality_id": 99,
            "confidentiality": f"JR/T 0171-2020 {incident.jrt0171}",
            "data_lifecycle_state_id": _AT_REST,
            "detection_pattern": ", ".join(entities),
            "detection_system_id": _APPLICATION_DLP,
            "discovery_details": [{"type": entity, "count": count} for entity, count in entities.items()],
            "total": incident.count,
        },
        "device": {"hostname": plain(incident.host), "type_id": 1},
        "file": {"path": plain(incident.path), "name": plain(incident.path).rpartition("/")[2], "type_id": 1},
        "resources": [{"name": plain(incident.service), "type": "service", "namespace": plain(incident.env)}],
        "unmapped": {
            "leakwatch": {
                "schema": SCHEMA,
                "reason": alert.reason.value,
                "severity": alert.severity.label,
                "watch": plain(incident.watch),
                "kind": incident.kind,
                "place": plain(incident.place),
                "field_key": plain(incident.field_key) if incident.field_key else None,
                "owner": plain(incident.owner),
                "labels": {name: plain(value) for name, value in incident.labels.items()},
                "subjects": incident.subjects,
                "template": incident.template,
                "sample_redacted": plain(incident.sample),
                "backlog": incident.backlog,
            }
        },
    }


def blindness(alert: Alert, gap: Gap, lang: str) -> dict[str, Any]:
    """A gap: what we do not see, since when (epoch milliseconds) and what to do about it."""
    return {
        "schema": SCHEMA,
        "reason": alert.reason.value,
        "severity": alert.severity.label,
        "kind": gap.kind.value,
        "root": plain(gap.root),
        "path": plain(gap.path) if gap.path is not None else None,
        "detail": plain(gap.detail),
        "opened_time": _milliseconds(gap.opened_at),
        "closed_time": _milliseconds(gap.closed_at) if gap.closed_at is not None else None,
        "message": translate(f"gap.{gap.kind.value}.what", lang),
        "advice": translate(f"gap.{gap.kind.value}.advice", lang),
    }


def _metadata(alert: Alert, incident: Incident) -> dict[str, Any]:
    return {
        "version": VERSION,
        "product": {"name": "leakwatch", "vendor_name": "leakwatch", "version": version("leakwatch-daemon")},
        "uid": f"{incident.id}-{alert.seq}",
        "sequence": alert.seq,
        "correlation_uid": incident.id,
        "log_source": plain(incident.path),
        **({"log_provider": plain(incident.logger)} if incident.logger else {}),
        **(
            {"labels": [f"{name}:{plain(value)}" for name, value in incident.labels.items()]} if incident.labels else {}
        ),
    }


def _category(entities: dict[str, int]) -> int:
    """The OCSF category of everything that leaked; "other" if it is mixed."""
    found = {_category_of(entity) for entity in entities}
    return found.pop() if len(found) == 1 else _OTHER


def _category_of(entity: str) -> int:
    if entity.startswith("SECRET_"):
        return _SECRETS
    if entity.startswith(_FINANCIAL_PARTS):
        return _FINANCIAL
    if any(part in entity for part in _GOVERNMENT_PARTS) and entity not in {"DEVICE_ID", "WECHAT_ID"}:
        return _GOVERNMENT
    return _PERSONAL


def _milliseconds(at: float) -> int:
    return int(at * 1000)
