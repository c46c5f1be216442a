"""What changed since my last visit and what is open, in words."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.enums import LabOrderStatus, ReferralPriority, ReferralStatus
from app.domain.referrals import priority_word
from app.kernel.i18n import t, tn
from app.kernel.text import isolated
from app.queries.chart_open import OpenItem, OpenKind
from app.queries.since import SinceItem, SinceKind
from app.ui.areas.chart.summary.words import near
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock
from app.ui.theme.tokens import StatusKind, Tone
from app.ui.widgets.line_model import Cell, Line
from app.ui.widgets.lists import ChipSpec

ICONS = {
    SinceKind.LAB: "flask", SinceKind.PRESSURE: "heart", SinceKind.WEIGHT: "bar", SinceKind.MESSAGE: "message",
    SinceKind.MEDICINE: "pill", SinceKind.PROBLEM: "tag", SinceKind.VISIT: "calendar", SinceKind.REFERRAL: "share",
    SinceKind.ALERT: "bell", SinceKind.NOTE: "note", SinceKind.EXCUSE: "note",
}  # fmt: skip
OPEN_ICONS = {
    OpenKind.RESULTS: "flask", OpenKind.ALERT: "bell", OpenKind.REFERRAL: "share", OpenKind.MESSAGE: "message",
    OpenKind.TASK: "list", OpenKind.VISIT: "calendar", OpenKind.NOTE: "edit", OpenKind.EXCUSE: "note",
    OpenKind.ORDER: "flask", OpenKind.REFERRED: "share",
}  # fmt: skip


def severity_word(severity: str) -> str:
    """Return an alert's severity in words; an unknown one as it is."""
    known = {"CRITICAL": t("Critical"), "WARNING": t("Warning"), "INFO": t("Information")}
    return known.get(severity, severity)


def since_line(number: int, one: SinceItem, now: datetime, zone: ZoneInfo) -> Line:
    """Return a change; ``number`` tells apart changes of the same row."""
    title, strong, rest = _change(one)
    chip = ChipSpec(t("Critical"), "warn", StatusKind.CRITICAL) if one.critical else None
    if one.unreadable:
        words = tn("{n} unreadable value", "{n} unreadable values", one.unreadable)
        chip = ChipSpec(words, "warn", StatusKind.ARRIVED)
    key = f"{one.kind}/{one.id}/{number}"
    return Line(key, title, strong, rest, icon=ICONS[one.kind], chip=chip, cells=(Cell(near(one.at, now, zone)),))


def _change(one: SinceItem) -> tuple[str, str, str]:
    was = t(", was {value}", value=f"{one.before} {one.unit}".strip()) if one.before else ""
    value = f"{one.value} {one.unit}".strip()
    if one.kind is SinceKind.LAB:
        return (one.what, value, was) if one.value else (t("{tests}: results", tests=one.what), "", "")
    if one.kind is SinceKind.PRESSURE:
        return t("BP, 7 days:"), one.value, was
    if one.kind is SinceKind.WEIGHT:
        down = one.before.startswith("-")
        change = f"{one.before.lstrip('+-')} kg"
        return t("Weight"), value, t(", down {change}", change=change) if down else t(", up {change}", change=change)
    by = f" · {one.value}" if one.value and one.kind in (SinceKind.NOTE, SinceKind.VISIT) else ""
    return _said(one), "", by if one.what else ""


def _said(one: SinceItem) -> str:
    if one.kind is SinceKind.MESSAGE:
        return t("“{words}”", words=one.what)
    if one.kind is SinceKind.VISIT:
        return _visit(one)
    if one.kind is SinceKind.REFERRAL:
        states = {"SENT": t("sent"), "ACCEPTED": t("accepted"), "COMPLETED": t("completed")}
        return t("Referral, {specialty}: {state}", specialty=one.what, state=states.get(one.word, one.word))
    if one.kind is SinceKind.ALERT:
        return t("Alert: {title}", title=one.what)
    if one.kind is SinceKind.NOTE:
        return one.what or t("Note by {name}", name=one.value)
    if one.kind is SinceKind.EXCUSE:
        return t("Excuse note sent")
    words = ", ".join(isolated(part) for part in (one.what, one.value) if part)
    return t("New: {what}", what=words)


def _visit(one: SinceItem) -> str:
    if one.word == "CANCELLED":
        known = {"patient": t("Visit cancelled by the patient"), "did_not_arrive": t("Did not arrive")}
        return known.get(one.before, t("Visit cancelled"))
    if one.word == "NO_SHOW":
        return t("Left before seen")
    return one.what or t("Visit with {name}", name=one.value)


def open_line(number: int, one: OpenItem, now: datetime, zone: ZoneInfo, *, unsent: bool, signs: bool = True) -> Line:
    """Return an open thing with its button; the first nine have a key of their own. Only who ``signs`` reviews."""
    title, below, button = _open(one, now, zone)
    if one.kind is OpenKind.RESULTS and not signs:
        button = t("Open")
    keys = f"Alt+{number}" if number <= 9 else ""
    tone = Tone.CRITICAL if one.critical else Tone.MUTED
    return Line(f"{one.kind}/{one.id}", title, subtitle=below, icon=OPEN_ICONS[one.kind], button=button, keys=keys,
                icon_tone=tone, dashed=unsent)  # fmt: skip


def _open(one: OpenItem, now: datetime, zone: ZoneInfo) -> tuple[str, str, str]:
    """The title, the second line and the button's word."""
    when, day = clock(one.at, zone), near(one.at, now, zone)
    moment = when if one.at.astimezone(zone).date() == now.astimezone(zone).date() else day
    if one.kind is OpenKind.RESULTS:
        marks = (t("critical"),) * one.critical + (t("corrected"),) * one.corrected + (t("partial"),) * one.partial
        below = ", ".join((*marks, t("arrived {time}", time=moment)))
        return t("{tests}: unsigned", tests=one.what), below[:1].upper() + below[1:], t("Review")
    if one.kind is OpenKind.ALERT:
        below = t("{severity} alert, raised {time}", severity=severity_word(one.word), time=moment)
        return one.what, below, t("Open")
    if one.kind is OpenKind.REFERRAL:
        urgency = priority_word(ReferralPriority(one.word))
        known = {"urgency": urgency, "date": day}
        below = t("{urgency}, sent {date}", **known) if one.sent else t("{urgency}, not sent, {date}", **known)
        return t("{specialty}: overdue", specialty=one.what), below, t("Open")
    if one.kind is OpenKind.MESSAGE:
        return t("Message, unanswered"), t("“{words}”, {date}", words=_cut(one.what), date=moment), t("Reply")
    if one.kind in (OpenKind.ORDER, OpenKind.REFERRED):
        return one.what, f"{_state(one)}, {moment}", t("Open")
    return _unfinished(one, moment)


def _state(one: OpenItem) -> str:
    if one.kind is OpenKind.ORDER:
        return t("Ordered") if one.word == LabOrderStatus.ORDERED else t("In progress")
    return {ReferralStatus.PENDING: t("Not sent"), ReferralStatus.SENT: t("Sent")}.get(
        ReferralStatus(one.word), t("Accepted")
    )


def _unfinished(one: OpenItem, moment: str) -> tuple[str, str, str]:
    if one.kind is OpenKind.TASK:
        below = t("due {date}", date=_due(one.word)) if one.word else t("since {date}", date=moment)
        return t("Task: {title}", title=one.what), below, t("Open")
    if one.kind is OpenKind.VISIT:
        return t("Visit not completed"), t("since {date}", date=moment), t("Open")
    title = t("Visit note, draft") if one.kind is OpenKind.NOTE else t("Excuse note, draft")
    about = one.what if one.kind is OpenKind.NOTE and one.what else ""
    return title, ", ".join(part for part in (about, moment) if part), t("Continue")


def _due(text: str) -> str:
    return date_text(date.fromisoformat(text))


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
