"""The printed chart: problems, medicines and allergies, visits with their notes, papers, the care plan."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from app.documents.model import Block, Bullets, Cell, Facts, Heading, Paragraph, Table, TableColumn
from app.documents.words import day, moment
from app.domain import referrals, visits
from app.domain.care_plans import CareTask, given_by
from app.domain.clinical_list_words import detail_text, none_active, state_text
from app.domain.clinical_lists import ListKind, read_list
from app.domain.enums import ExcuseNoteStatus
from app.domain.excuse_notes import standing, standing_word
from app.domain.messages import outside_name
from app.domain.visit_notes import NOTE_FIELDS, part_title
from app.kernel.i18n import t
from app.queries.care_plans import CarePlanView
from app.queries.chart_record import ChartRecord, RecordRow


def list_blocks(record: ChartRecord, kind: ListKind) -> list[Block]:
    """Return one list, what holds first; what can't be read, or that nobody asked, is said."""
    found = read_list(record.patient["demographics"], kind)
    rows = tuple(
        (Cell(item.name, strong=item.active, muted=not item.active), item.code, detail_text(item), item.since)
        for item in sorted(found.items, key=lambda one: not one.active)
        if not item.withdrawn
    )
    columns = (TableColumn(t("Name"), 3), TableColumn(t("Code"), 1), TableColumn(t("Details"), 3),
               TableColumn(t("Since"), 1))  # fmt: skip
    blocks: list[Block] = [Table(columns, rows)] if rows else []
    if words := state_text(found):
        blocks.append(Paragraph(words, muted=True))
    return blocks


def allergy_line(record: ChartRecord) -> str:
    """Return the allergies in one line, for the head of the paper."""
    found = read_list(record.patient["demographics"], ListKind.ALLERGIES)
    names = [f"{item.name} ({why})" if (why := detail_text(item)) else item.name for item in found.active]
    return "; ".join(filter(None, ("; ".join(names), state_text(found) or none_active(found))))


def visit_blocks(record: ChartRecord, zone: ZoneInfo) -> list[Block]:
    """Return all visits, the latest first."""
    columns = (TableColumn(t("When"), 2.4), TableColumn(t("Kind"), 1.5), TableColumn(t("Reason"), 2.6),
               TableColumn(t("Provider"), 2), TableColumn(t("Status"), 1.4))  # fmt: skip
    rows = tuple(
        (moment(row["start_time"], zone), row["type_name"] or "", row["reason_text"] or "", _who(record, row),
         visits.status_word(row["status"]))
        for row in reversed(record.visits)
    )  # fmt: skip
    return [Table(columns, rows)] if rows else []


def note_blocks(record: ChartRecord, zone: ZoneInfo) -> list[Block]:
    """Return the signed notes, the latest first, each with its addenda."""
    return [block for row in reversed(record.notes) for block in _note(record, row, zone)]


def _note(record: ChartRecord, row: RecordRow, zone: ZoneInfo) -> Iterator[Block]:
    signed = moment(row["signed_at"], zone) if row["signed_at"] else ""
    who = outside_name(row["signed_by"] or "") or _who(record, row)
    yield Paragraph(" · ".join(filter(None, (signed, who))), strong=True, gap=2)
    facts = tuple((part_title(name), row[name]) for name in NOTE_FIELDS if row[name].strip())
    if facts:
        yield Facts(facts, columns=1)
    for one in record.addenda:
        if one["note_id"] == row["id"]:
            yield Paragraph(f"{t('Addendum, {time}', time=moment(one['at'], zone))}: {one['body']}")


def referral_blocks(record: ChartRecord, zone: ZoneInfo) -> list[Block]:
    """Return the referrals, the latest first."""
    columns = (TableColumn(t("Date"), 1.9), TableColumn(t("Specialty"), 1.8), TableColumn(t("Reason"), 2.6),
               TableColumn(t("To"), 2), TableColumn(t("Priority"), 1.2), TableColumn(t("Status"), 1.5))  # fmt: skip
    rows = tuple(
        (day(row["created_at"].astimezone(zone).date()), row["specialty"], row["reason"], row["referred_to"] or "",
         referrals.priority_word(row["priority"]), referrals.status_word(row["status"]))
        for row in reversed(record.referrals)
    )  # fmt: skip
    return [Table(columns, rows)] if rows else []


def excuse_blocks(record: ChartRecord) -> list[Block]:
    """Return the excuse notes that were given, the latest first."""
    columns = (TableColumn(t("From"), 1.9), TableColumn(t("Until"), 1.9), TableColumn(t("Reason"), 2.6),
               TableColumn(t("Restrictions"), 2.6), TableColumn(t("Status"), 1.5))  # fmt: skip
    rows = tuple(
        (day(row["start_date"]), day(row["end_date"]), row["reason"], row["restrictions"] or "",
         standing_word(standing(row["status"], row["end_date"], record.today, withdrawn=bool(row["withdrawn_at"]))))
        for row in reversed(record.excuses)
        if row["status"] is not ExcuseNoteStatus.DRAFT
    )  # fmt: skip
    return [Table(columns, rows)] if rows else []


def plan_blocks(record: ChartRecord) -> list[Block]:
    """Return the care plans, the newest first."""
    return [block for plan in record.plans for block in _plan(plan)]


def _plan(plan: CarePlanView) -> Iterator[Block]:
    percent = plan.total.percent
    how = t("{percent} % of tasks due in the last 28 days", percent=percent) if percent is not None else ""
    yield Paragraph(" · ".join(filter(None, (t("From {date}", date=day(plan.start)), how))), strong=True, gap=2)
    for phase in plan.shape.phases:
        yield Paragraph(phase.name, gap=2)
        yield Bullets(tuple(_task(plan, task) for task in phase.tasks))
    strange = plan.shape.unreadable + sum(phase.unreadable for phase in plan.shape.phases)
    if strange:
        yield Paragraph(t("Entries that can't be read: {n}", n=strange), muted=True)


def _task(plan: CarePlanView, task: CareTask) -> str:
    one = plan.followed.get(task.key)
    count = t("{done} of {due}", done=one.done, due=one.due) if one is not None and one.due else ""
    return " · ".join(filter(None, (task.title, task.frequency, count, t("completed") if task.completed else "",
                                    given_by(task.rule))))  # fmt: skip


def _who(record: ChartRecord, row: RecordRow) -> str:
    return record.providers.get(row["provider_id"] or "", "")


def titled(title: str, blocks: list[Block]) -> list[Block]:
    """Return a section with its heading; one without content says so."""
    return [Heading(title), *(blocks or [Paragraph(t("Nothing recorded."), muted=True)])]
