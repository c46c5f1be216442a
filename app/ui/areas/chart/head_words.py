"""The words of the chart's header: who it is, allergies before flags, the last and the next visit."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from app.domain.clinical_list_words import none_active, severity_text
from app.domain.clinical_lists import ClinicalList, ListItem, ListKind
from app.domain.demographics import sex_text
from app.domain.enums import VisitMode
from app.domain.patient_flags import DECEASED, flag_text
from app.kernel.i18n import t, tn
from app.kernel.text import has_hidden_characters, isolated
from app.queries.chart import ChartHead, HeadVisit
from app.ui.parts.patient_values import date_text, language_text, lived_text
from app.ui.parts.words import clock, day_month
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.lists import ChipSpec

_SEVERE = ("anaphyla", "severe", "high", "grave", "life")
_MOST_ALLERGIES, _MOST_CHIP = 5, 44
_INTERPRETER = "INTERPRETER"
ALLERGIES = ListKind.ALLERGIES.value


def who_text(head: ChartHead, today: date) -> str:
    """Return "58 y · born 3 Feb 1967 · female · MRN 004417 · speaks Vietnamese, interpreter"."""
    details = head.details
    speaks = t("speaks {language}", language=language_text(details.language)) if details.language else ""
    if _INTERPRETER in head.flags:
        speaks = ", ".join(filter(None, (speaks, t("interpreter"))))
    parts = (
        _age(head, today),
        t("born {date}", date=date_text(head.born)) if head.born else t("birth date unknown"),
        sex_text(details.sex) if details.sex else "",
        t("MRN {number}", number=details.mrn) if details.mrn else "",
        speaks,
    )
    return "  ·  ".join(part for part in parts if part)


def _dead(head: ChartHead) -> bool:
    return head.details.deceased or DECEASED in head.flags


def _died(head: ChartHead) -> date | None:
    """The day of death, where all of it is known."""
    try:
        return date.fromisoformat(head.details.died)
    except ValueError:
        return None


def _death(head: ChartHead) -> str:
    """Return "Died 2 Feb 2020", or as much of it as is known."""
    died = _died(head)
    known = date_text(died) if died is not None else head.details.died
    return t("Died {date}", date=known) if known else t("Deceased")


def _age(head: ChartHead, today: date) -> str:
    if head.born is None:
        return ""
    return lived_text(head.born, today, dead=_dead(head), died=head.details.died)


def chips_of(head: ChartHead, zone: ZoneInfo) -> list[tuple[ChipSpec, str]]:
    """Return the chips: what is doubtful about the person, allergies (severe ones first), flags, what waits.

    With each what it opens: "allergies" or a tab's key; "" for nothing.
    """
    chips = [(one, "") for one in _doubts(head, zone)]
    chips += [(one, ALLERGIES) for one in allergy_chips(head.allergies)]
    said = (_INTERPRETER, DECEASED)
    chips += [(ChipSpec(flag_text(flag), "flag"), "") for flag in head.flags if flag.strip() and flag not in said]
    if head.unsigned:
        text = tn("{n} result to sign", "{n} results to sign", head.unsigned)
        chips.append((ChipSpec(text, "flask", StatusKind.CRITICAL if head.unsigned_critical else None), "labs"))
    if head.unread:
        text = tn("{n} unread message", "{n} unread messages", head.unread)
        chips.append((ChipSpec(text, "message"), "messages"))
    return chips


def _doubts(head: ChartHead, zone: ZoneInfo) -> list[ChipSpec]:
    chips = [ChipSpec(_death(head), "warn", StatusKind.ARRIVED)] if _dead(head) else []
    if head.identity_to_confirm:
        chips.append(ChipSpec(t("Identity to confirm"), "warn", StatusKind.ARRIVED))
    if has_hidden_characters(head.first_name + head.last_name):
        chips.append(ChipSpec(t("Hidden characters in the name"), "eye-off", StatusKind.ARRIVED))
    for other in head.alike[:2]:
        born = date_text(other.born) if other.born else t("birth date unknown")
        text = t("Not {name}, {born}, {time}", name=_cut(other.name), born=born, time=clock(other.start, zone))
        chips.append(ChipSpec(text, "users", StatusKind.ARRIVED))
    return chips


def allergy_chips(allergies: ClinicalList) -> list[ChipSpec]:
    """Return the allergies, severe ones first, or what was said instead of any."""
    active = sorted(allergies.active, key=lambda item: not severe(item))
    chips = [
        ChipSpec(_allergy(item), "warn", StatusKind.CRITICAL if severe(item) else None)
        for item in active[:_MOST_ALLERGIES]
    ]
    if len(active) > _MOST_ALLERGIES:
        rest = active[_MOST_ALLERGIES:]
        kind = StatusKind.CRITICAL if any(severe(item) for item in rest) else None
        chips.append(ChipSpec(t("{n} more allergies", n=len(rest)), "warn", kind))
    if allergies.unreadable:
        chips.append(ChipSpec(t("Allergies unreadable"), "warn", StatusKind.ARRIVED))
    elif said := none_active(allergies):
        answered = allergies.none_known or bool(allergies.ended)
        icon = "check" if allergies.none_known else "clock" if answered else "warn"
        chips.append(ChipSpec(said, icon, None if answered else StatusKind.ARRIVED, outlined=not answered))
    return chips


def severe(item: ListItem) -> bool:
    """Whether an allergy is one that must not be missed."""
    said = f"{item.severity} {item.reaction}".casefold()
    return any(word in said for word in _SEVERE)


def _allergy(item: ListItem) -> str:
    severity = severity_text(item.severity) if item.severity else ""
    about = ", ".join(isolated(part) for part in (item.reaction, severity) if part)
    name = isolated(item.name)
    return _cut(f"{name}: {about}" if about else name)


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHIP else f"{text[: _MOST_CHIP - 1]}…"


def visit_texts(head: ChartHead, zone: ZoneInfo, kept: date | None = None) -> list[str]:
    """Return "Last visit 12 Feb 2025" and "Next visit 28 May 2025 09:20", or "today 09:20".

    ``kept``: the first day whose visits are here, where older ones are on the server only.
    """
    texts, today = [], head.as_of.astimezone(zone).date()
    if head.last_visit is not None:
        texts.append(t("Last visit {date}", date=_day(head.last_visit, zone, today)))
    elif kept is not None:
        texts.append(t("No visit since {date}, older ones need the server", date=day_month(kept)))
    if head.next_visit is not None:
        coming, time = head.next_visit, clock(head.next_visit.start, zone)
        said = t("Next visit {date} {time}", date=_day(coming, zone, today), time=time)
        texts.append(f"{said} ({t('video')})" if coming.mode is VisitMode.VIRTUAL else said)
    return texts or [t("No visits yet")]


def _day(visit: HeadVisit, zone: ZoneInfo, today: date) -> str:
    day = visit.start.astimezone(zone).date()
    return t("today") if day == today else date_text(day)
