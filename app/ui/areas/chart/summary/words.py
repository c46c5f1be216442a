"""The summary's lines: what each panel says of what the question found."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from app.domain.clinical_list_words import severity_text
from app.domain.clinical_lists import ClinicalList, ListItem
from app.domain.vitals_metrics import UNIT_TEXT, Metric, Origin, metric_title, place_word, value_text
from app.kernel.i18n import t, tn
from app.kernel.text import isolated
from app.queries.chart_summary import ChartSummary, ComingVisit, NoteLine
from app.queries.chart_vitals import VitalLine
from app.ui.parts.patient_values import date_text
from app.ui.parts.status import STATUS, status_word
from app.ui.parts.words import clock, day_month, day_short
from app.ui.theme.status import GLYPHS
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.line_model import Cell, Line, Spark
from app.ui.widgets.lists import ChipSpec

SOURCES = {Origin.DEVICE: "watch", Origin.TYPED: "edit", Origin.DERIVED: "circle"}


def near(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return "today", "14 May", or with the year when that is another."""
    day, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return t("today")
    if day.year != today.year:
        return date_text(day)
    return day_month(day)


def _short_name(one: VitalLine) -> str:
    if one.metric is Metric.SPO2:
        return t("SpO₂")
    if one.metric is Metric.HRV and one.origin is Origin.DERIVED:
        return t("HRV, derived")
    return metric_title(one.metric)


def vital_line(one: VitalLine, now: datetime, zone: ZoneInfo) -> Line:
    """Return a vital sign with its trend."""
    name = _short_name(one)
    same_day = one.at.astimezone(zone).date() == now.astimezone(zone).date()
    when = clock(one.at, zone) if same_day else near(one.at, now, zone)
    out, critical = one.place != 0, abs(one.place) == 2
    if one.value is None:
        value = Cell(t("unreadable value"), tone=Tone.WARN, wide=True)
    else:
        text = value_text(one.metric, one.value, one.second)
        spoken = f"{text}, {place_word(one.place)}" if one.band else text
        sign = {-2: "▼ ", 2: "▲ "}.get(one.place, "")  # colour alone would be no sign
        tone = Tone.CRITICAL if critical else Tone.TEXT
        value = Cell(sign + text, strong=out, tone=tone, spoken=spoken, role=TypeRole.BODY)
    source = {Origin.DEVICE: t("from a device"), Origin.TYPED: t("typed"), Origin.DERIVED: t("derived")}[one.origin]
    band = one.band
    trend = Spark(one.trend, band.low if band else None, band.high if band else None, out)
    spark = None if one.value is None else trend
    origin = Cell(glyph=SOURCES[one.origin], spoken=source)
    cells = (value, Cell(UNIT_TEXT[one.metric], left=True), Cell(when), origin)
    return Line(one.metric.value, name, spark=spark, cells=cells)


def unmeasured(kept: date | None) -> str:
    """Say that there are no vital signs; ``kept``: the first day of those that are here, None when all are."""
    if kept is None:
        return t("Nothing measured yet.")
    return t("Nothing measured since {date}. Older readings need the server.", date=date_text(kept))


def problem_line(item: ListItem) -> Line:
    """Return a problem with its code and since when."""
    return Line(item.id, isolated(item.name), cells=(Cell(item.code), Cell(item.since[:4])), chip=_new(item))


def medicine_line(item: ListItem) -> Line:
    """Return a medicine with its dose."""
    return Line(item.id, isolated(item.name), middle=item.dose, cells=(Cell(item.since[:4]),))


def _new(item: ListItem) -> ChipSpec | None:
    return ChipSpec(severity_text(item.severity)) if item.severity else None


def list_state(found: ClinicalList, zone: ZoneInfo) -> tuple[str, Tone]:
    """Return what stands in place of, or below, a list: not asked, none known and unreadable look different."""
    if found.unreadable:
        return tn("{n} unreadable value", "{n} unreadable values", found.unreadable), Tone.WARN
    if not found.asked:
        return t("Not asked yet"), Tone.MUTED
    if found.none_known:
        day = date_text(found.confirmed_at.astimezone(zone).date()) if found.confirmed_at else ""
        who = ", ".join(filter(None, (found.confirmed_by, day)))
        return (t("None known ({who})", who=who) if who else t("None known")), Tone.TEXT
    if found.active:
        return "", Tone.MUTED
    return (t("Nothing at present") if found.ended else t("Not recorded")), Tone.MUTED


def confirmed(found: ClinicalList, now: datetime, zone: ZoneInfo) -> str:
    """Return "confirmed 12 Feb, 1 since", or that nobody did."""
    if found.confirmed_at is None:
        return t("not confirmed yet") if found.items else ""
    text = t("confirmed {date}", date=near(found.confirmed_at, now, zone))
    new = len(found.new_since)
    return f"{text}, {tn('{n} since', '{n} since', new)}" if new else text


def coming_line(visit: ComingVisit, now: datetime, zone: ZoneInfo, *, unsent: bool) -> Line:
    """Return a visit to come."""
    day = visit.start.astimezone(zone).date()
    today = now.astimezone(zone).date()
    title = f"{day_short(day, today)} {clock(visit.start, zone)}"
    what = visit.type_name
    kind = STATUS[visit.status]
    room = t("room {room}", room=visit.room) if visit.room else ""
    mode = t("video") if visit.mode == "VIRTUAL" else ""
    return Line(
        visit.id, title, subtitle=" · ".join(part for part in (what, visit.provider_name, room, mode) if part),
        icon="video" if visit.mode == "VIRTUAL" else "calendar",
        chip=ChipSpec(status_word(visit.status), GLYPHS[kind], kind), dashed=unsent,
    )  # fmt: skip


def note_line(note: NoteLine, now: datetime, zone: ZoneInfo) -> Line:
    """Return the beginning of a visit note."""
    chip = None if note.signed else ChipSpec(t("Draft"), "edit", StatusKind.ARRIVED)
    text = note.text or t("without words")
    return Line(note.id, text, chip=chip, icon="note", cells=(Cell(near(note.at, now, zone)),))


def since_heading(summary: ChartSummary, zone: ZoneInfo, *, treats: bool = True, whole: bool = True) -> tuple[str, str]:
    """Return the heading and the date beside it; for who treats nobody the visit was with anybody.

    ``whole``: whether every visit was looked at. Without the server the old ones aren't here.
    """
    if summary.since is None and not whole:
        return t("In the last 90 days"), t("older visits need the server")
    if summary.since is None:
        return t("In the last 90 days"), t("no visit with you yet") if treats else t("nobody has seen them yet")
    days = (summary.as_of.astimezone(zone).date() - summary.since.astimezone(zone).date()).days
    when = near(summary.since, summary.as_of, zone)
    title = t("Since your last visit") if treats else t("Since the last visit")
    return title, f"{when}, {tn('{n} day', '{n} days', days)}" if days else when
