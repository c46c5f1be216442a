"""A patient's chart on paper, with the sections that were chosen; the header with the allergies always."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from app.documents.chart_lists import (
    allergy_line,
    excuse_blocks,
    list_blocks,
    note_blocks,
    plan_blocks,
    referral_blocks,
    titled,
    visit_blocks,
)
from app.documents.chart_values import lab_blocks, vital_blocks
from app.documents.heads import Made, patient_paper
from app.documents.model import Block, Document, Facts, Paragraph
from app.documents.weekly import trend_blocks, week_blocks
from app.documents.words import day
from app.domain.clinical_lists import ListKind
from app.domain.patient_flags import flag_text
from app.kernel.i18n import t
from app.queries.chart_record import ChartRecord
from app.queries.papers import PaperHead
from app.queries.weekly import WeekRow


class ChartSection(StrEnum):
    """What can be chosen, in the order of the paper."""

    PROBLEMS = "problems"
    MEDICINES = "medicines"
    ALLERGIES = "allergies"
    VITALS = "vitals"
    LABS = "labs"
    VISITS = "visits"
    NOTES = "notes"
    REFERRALS = "referrals"
    EXCUSES = "excuses"
    CARE_PLAN = "care_plan"
    WEEKLY = "weekly"


def section_title(section: ChartSection) -> str:
    """Return a section's heading."""
    return {
        ChartSection.PROBLEMS: t("Problems"),
        ChartSection.MEDICINES: t("Medicines"),
        ChartSection.ALLERGIES: t("Allergies"),
        ChartSection.VITALS: t("Vitals"),
        ChartSection.LABS: t("Laboratory results"),
        ChartSection.VISITS: t("Visits"),
        ChartSection.NOTES: t("Signed visit notes"),
        ChartSection.REFERRALS: t("Referrals"),
        ChartSection.EXCUSES: t("Excuse notes"),
        ChartSection.CARE_PLAN: t("Care plan"),
        ChartSection.WEEKLY: t("Weekly summaries"),
    }[section]


def chart_paper(
    head: PaperHead, record: ChartRecord, weeks: Sequence[WeekRow], sections: Collection[ChartSection], made: Made
) -> Document:
    """Return the paper; ``weeks`` the newest first."""
    about = (
        (t("Allergies"), allergy_line(record)),
        (t("Flags"), ", ".join(flag_text(flag) for flag in record.patient["flags"] or ())),
    )
    blocks: list[Block] = [Facts(tuple(one for one in about if one[1]), columns=1)]
    for section in ChartSection:
        if section in sections:
            blocks += titled(section_title(section), _section(section, head, record, weeks, made))
    return patient_paper(head, t("Chart"), tuple(blocks), made)


def rows_of(record: ChartRecord) -> frozenset[str]:
    """Return the ids of all rows on the paper: while one of them waits to be sent, it isn't confirmed."""
    parts = (record.visits, record.measurements, record.readings, record.bmi, record.orders, record.referrals,
             record.excuses, record.notes, record.addenda)  # fmt: skip
    found = {row["id"] for rows in parts for row in rows}
    return frozenset(found | {plan.id for plan in record.plans} | {record.patient["id"]})


def _section(
    section: ChartSection, head: PaperHead, record: ChartRecord, weeks: Sequence[WeekRow], made: Made
) -> list[Block]:
    zone = made.zone_of(head)
    kinds = {ChartSection.PROBLEMS: ListKind.CONDITIONS, ChartSection.MEDICINES: ListKind.MEDICATIONS,
             ChartSection.ALLERGIES: ListKind.ALLERGIES}  # fmt: skip
    if section in kinds:
        return list_blocks(record, kinds[section])
    make = {
        ChartSection.VITALS: lambda: vital_blocks(record, zone),
        ChartSection.LABS: lambda: lab_blocks(record, zone),
        ChartSection.VISITS: lambda: visit_blocks(record, zone),
        ChartSection.NOTES: lambda: note_blocks(record, zone),
        ChartSection.REFERRALS: lambda: referral_blocks(record, zone),
        ChartSection.EXCUSES: lambda: excuse_blocks(record),
        ChartSection.CARE_PLAN: lambda: plan_blocks(record),
        ChartSection.WEEKLY: lambda: _weekly(weeks),
    }
    return make[section]()


def _weekly(weeks: Sequence[WeekRow]) -> list[Block]:
    if not weeks:
        return []
    return [Paragraph(day(weeks[0].first), strong=True, gap=2), *week_blocks(weeks[0]), *trend_blocks(weeks)]
