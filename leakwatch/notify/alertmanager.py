"""An alert in the body that Alertmanager (version 4) posts to webhooks, for tool chains that know it already."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from leakwatch.core.alert import Alert, Reason
from leakwatch.core.model import Gap, Incident
from leakwatch.notify.inert_text import plain
from leakwatch.notify.phrases import entity_title
from leakwatch.text.messages import message as translate

_FIRING_ENDS = "0001-01-01T00:00:00Z"


def group(alert: Alert, lang: str) -> dict[str, Any]:
    """The whole body: one alert per kind of data for an incident, one for a gap. All labels are strings."""
    match alert.subject:
        case Incident() as incident:
            alerts = [_leak(alert, incident, entity, lang) for entity in sorted(incident.entities)]
            key = {"incident": incident.id}
        case Gap() as gap:
            alerts = [_gap(alert, gap, lang)]
            key = {"kind": gap.kind.value, "root": plain(gap.root)}
        case None:
            name = "LeakwatchHeartbeat" if alert.reason is Reason.HEARTBEAT else "LeakwatchTest"
            alerts = [_alert({"alertname": name, "severity": alert.severity.label}, {}, alert.at, None)]
            key = {"alertname": name}
    resolved = all(one["status"] == "resolved" for one in alerts)
    return {
        "version": "4",
        "groupKey": "{}:{" + ", ".join(f'{name}="{value}"' for name, value in key.items()) + "}",
        "truncatedAlerts": 0,
        "status": "resolved" if resolved else "firing",
        "receiver": "leakwatch",
        "groupLabels": key,
        "commonLabels": _common([one["labels"] for one in alerts]),
        "commonAnnotations": _common([one["annotations"] for one in alerts]),
        "externalURL": "",
        "alerts": alerts,
    }


def _leak(alert: Alert, incident: Incident, entity: str, lang: str) -> dict[str, Any]:
    labels = {name: plain(value) for name, value in incident.labels.items()} | {
        "alertname": "LeakwatchLeak",
        "entity": entity,
        "severity": alert.severity.label,
        "incident": incident.id,
        "service": plain(incident.service),
        "env": plain(incident.env),
        "host": plain(incident.host),
        "path": plain(incident.path),
        "logger": plain(incident.logger or ""),
        "jrt0171": incident.jrt0171,
        "owner": plain(incident.owner),
    }
    annotations = {
        "summary": entity_title(entity, lang),
        "count": str(incident.entities[entity]),
        "total": str(incident.count),
        "subjects": str(incident.subjects),
        "place": plain(incident.place),
        "sample": plain(incident.sample),
        "reason": alert.reason.value,
        "last_seen": _time(incident.last_seen),
    }
    fingerprint = {"fingerprint": f"{incident.key}-{entity.lower()}"}
    return _alert(labels, annotations, incident.first_seen, None) | fingerprint


def _gap(alert: Alert, gap: Gap, lang: str) -> dict[str, Any]:
    labels = {
        "alertname": "LeakwatchGap",
        "kind": gap.kind.value,
        "severity": alert.severity.label,
        "root": plain(gap.root),
        "path": plain(gap.path or ""),
    }
    kind = f"gap.{gap.kind.value}"
    annotations = {
        "summary": translate(f"{kind}.what", lang),
        "detail": plain(gap.detail),
        "advice": translate(f"{kind}.advice", lang),
    }
    # a gap can be over when it is first reported; only the message about its end resolves the alert
    return _alert(labels, annotations, gap.opened_at, gap.closed_at if alert.reason is Reason.GAP_CLOSED else None)


def _alert(labels: dict[str, str], annotations: dict[str, str], start: float, end: float | None) -> dict[str, Any]:
    return {
        "status": "firing" if end is None else "resolved",
        "labels": {name: value for name, value in labels.items() if value},
        "annotations": annotations,
        "startsAt": _time(start),
        "endsAt": _FIRING_ENDS if end is None else _time(end),
        "generatorURL": "",
        "fingerprint": "-".join(value for value in labels.values() if value),
    }


def _common(dictionaries: list[dict[str, str]]) -> dict[str, str]:
    first, *others = dictionaries
    return {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
