"""``chart …``: what a chart shows, for scripts: its head and summary, the timeline, devices, who opened it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from app.cli.living import living
from app.cli.verbs import verb
from app.domain.audit_words import access_words
from app.domain.clinical_lists import KEYS, ClinicalList
from app.domain.vitals_metrics import UNIT_TEXT
from app.queries.audit import AuditEntry, AuditFilter, AuditKind, audit_search
from app.queries.chart import ChartHead, HeadVisit, chart_head
from app.queries.chart_open import OpenItem
from app.queries.chart_summary import CareSummary, ChartSummary, ComingVisit, NoteLine, chart_summary
from app.queries.chart_vitals import VitalLine
from app.queries.device_files import device_file_beats, device_file_sources, device_runs, together
from app.queries.devices import DeviceRow, devices
from app.queries.since import SinceItem
from app.queries.timeline import PAGE, TimelineEntry, timeline
from app.queries.timeline_sql import TimelineKind
from app.workspace.workspace import Workspace


@verb("chart show", positional=("patient",))
def show(ws: Workspace, patient: str) -> dict[str, Any]:
    """Open a patient's chart, which the access log keeps: its head, what changed since my last visit, what is open."""
    head = ws.ask(chart_head, patient_id=patient, opening=True)
    return {**_head(head), **_summary(ws.ask(chart_summary, patient_id=patient))}


@verb("chart timeline", positional=("patient",), names={"first": "--from", "last": "--to"})
def list_timeline(
    ws: Workspace,
    patient: str,
    kind: TimelineKind | None = None,
    text: str = "",
    first: date | None = None,
    last: date | None = None,
    limit: int = PAGE,
    cursor: str | None = None,
) -> dict[str, Any]:
    """List everything of a chart, newest first; readings as one entry a day. Days are the clinic's, inclusive."""
    living(ws, patient)
    kinds = (kind,) if kind is not None else ()
    page = ws.ask(timeline, patient_id=patient, kinds=kinds, text=text, first=first, last=last, limit=limit,
                  cursor=cursor)  # fmt: skip
    return {"items": [_entry(one) for one in page.items], "more": page.more, "cursor": page.cursor}


@verb("chart devices", positional=("patient",))
def list_devices(ws: Workspace, patient: str) -> dict[str, Any]:
    """List a patient's connected devices with their state, no tokens; and what files of devices brought."""
    living(ws, patient)
    online = ws.reader().online
    beats = ws.ask(device_file_beats, patient_id=patient) if online else ()
    files = [
        {"source": one.name, "readings": one.readings, "lastReading": _iso(one.last_reading)}
        for one in together(ws.ask(device_file_sources, patient_id=patient), beats)
    ]
    runs = [
        {"id": one.id, "at": _iso(one.at), "by": one.by, "files": list(one.files), "readings": one.readings}
        for one in (ws.ask(device_runs, patient_id=patient) if online else ())
    ]
    items = [_device(one) for one in ws.ask(devices, patient_id=patient)]
    return {"items": items, "files": files, "runs": runs, "more": False}


@verb("chart access", positional=("patient",))
def list_access(ws: Workspace, patient: str, limit: int = 100, cursor: str | None = None) -> dict[str, Any]:
    """List who opened, printed or exported a chart, newest first; for administrators."""
    what = AuditFilter(patient_id=patient, kind=AuditKind.ACCESS)
    page = ws.ask(audit_search, what=what, cursor=cursor, limit=limit)
    return {"items": [_access(one) for one in page.items], "more": page.more, "cursor": page.cursor}


def _iso(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()


def _head(head: ChartHead) -> dict[str, Any]:
    return {
        "id": head.id, "name": head.name, "firstName": head.first_name, "lastName": head.last_name,
        "dateOfBirth": _iso(head.born), "flags": list(head.flags), "identityToConfirm": head.identity_to_confirm,
        "mergedInto": head.merged_into or None, "allergies": _list(head.allergies), "unreadMessages": head.unread,
        "unsignedResults": head.unsigned, "unsignedCritical": head.unsigned_critical,
        "lastVisit": _visit(head.last_visit), "nextVisit": _visit(head.next_visit),
    }  # fmt: skip


def _summary(found: ChartSummary) -> dict[str, Any]:
    return {
        "since": _iso(found.since), "changes": [_change(one) for one in found.changes],
        "open": [_open(one) for one in found.open], "problems": _list(found.problems),
        "medications": _list(found.medicines), "vitals": [_vital(one) for one in found.vitals],
        "comingVisits": [_coming(one) for one in found.coming], "notes": [_note(one) for one in found.notes],
        "carePlan": _care(found.care) if found.care else None, "asOf": found.as_of.isoformat(),
    }  # fmt: skip


def _list(found: ClinicalList) -> dict[str, Any]:
    items = [{"id": one.id, **{key: getattr(one, key) for key in KEYS[found.kind]}} for one in found.active]
    return {"items": items, "asked": found.asked, "noneKnown": found.none_known, "unreadable": found.unreadable,
            "confirmedAt": _iso(found.confirmed_at)}  # fmt: skip


def _visit(one: HeadVisit | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {"id": one.id, "startTime": one.start.isoformat(), "visitMode": one.mode.value,
            "providerName": one.provider_name}  # fmt: skip


def _change(one: SinceItem) -> dict[str, Any]:
    return {"kind": one.kind.value, "id": one.id, "at": one.at.isoformat(), "what": one.what, "value": one.value,
            "unit": one.unit, "before": one.before, "state": one.word, "critical": one.critical}  # fmt: skip


def _open(one: OpenItem) -> dict[str, Any]:
    return {"kind": one.kind.value, "id": one.id, "at": one.at.isoformat(), "what": one.what, "state": one.word,
            "critical": one.critical, "mine": one.mine}  # fmt: skip


def _vital(one: VitalLine) -> dict[str, Any]:
    return {"metric": one.metric.value, "at": one.at.isoformat(), "value": one.value, "second": one.second,
            "unit": UNIT_TEXT[one.metric], "origin": one.origin.value, "place": one.place}  # fmt: skip


def _coming(one: ComingVisit) -> dict[str, Any]:
    return {"id": one.id, "startTime": one.start.isoformat(), "endTime": one.end.isoformat(),
            "status": one.status.value, "visitMode": one.mode.value, "providerName": one.provider_name,
            "confirmed": one.confirmed}  # fmt: skip


def _note(one: NoteLine) -> dict[str, Any]:
    return {"id": one.id, "at": one.at.isoformat(), "author": one.author, "text": one.text, "signed": one.signed}


def _care(one: CareSummary) -> dict[str, Any]:
    tasks = [{"title": task.title, "done": task.done, "due": task.due} for task in one.tasks]
    return {"id": one.plan_id, "phase": one.phase, "phaseNumber": one.phase_number, "phases": one.phases,
            "until": _iso(one.until), "percent": one.percent, "before": one.before, "tasks": tasks}  # fmt: skip


def _entry(one: TimelineEntry) -> dict[str, Any]:
    return {"kind": one.kind.value, "id": one.id, "at": one.at.isoformat(), "what": one.what, "who": one.who,
            "state": one.word, "readings": dict(one.counts)}  # fmt: skip


def _device(one: DeviceRow) -> dict[str, Any]:
    return {"id": one.id, "provider": one.provider.value, "externalId": one.external_id,
            "connectedAt": one.connected_at.isoformat(), "expiresAt": _iso(one.expires_at),
            "lastReading": _iso(one.last_reading), "state": one.state.value, "merged": one.merged}  # fmt: skip


def _access(one: AuditEntry) -> dict[str, Any]:
    return {"id": one.key, "at": one.at.isoformat(), "who": one.who, "what": one.detail,
            "words": access_words(one.detail), "workstation": one.workstation, "reason": one.reason}  # fmt: skip
