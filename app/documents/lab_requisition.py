"""A laboratory requisition on paper: what is wanted, how urgent, by whom."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from app.documents.heads import Made, patient_paper
from app.documents.model import Block, Document, Facts, Gap, Heading, Paragraph, QrCode, Signature, Table, TableColumn
from app.documents.words import moment
from app.domain.enums import LabOrderStatus
from app.kernel.i18n import t
from app.queries.labs_requisition import Requisition
from app.queries.papers import PaperHead


def requisition_paper(head: PaperHead, order: Requisition, made: Made) -> Document:
    """Return the requisition. The order's number stands in words and as a code: results come back with it."""
    zone = ZoneInfo(head.timezone)
    rows = tuple((test.name, test.code) for test in order.tests)
    blocks: list[Block] = [
        Facts(_facts(order, zone), columns=2),
        Heading(t("Tests")),
        Table((TableColumn(t("Test"), 3), TableColumn(t("LOINC"), 1)), rows),
    ]
    if order.diagnosis:
        blocks += [Heading(t("Diagnosis")), Paragraph(order.diagnosis)]
    if order.notes:
        blocks += [Heading(t("Notes for the laboratory")), Paragraph(order.notes)]
    number = order.placer_id or order.order_id
    blocks += [
        Gap(10),
        Signature(order.provider_name, tuple(order.specialties[:1])),
        Gap(10),
        QrCode(number, (t("Order number"), number)),
    ]
    return patient_paper(head, t("Laboratory order"), tuple(blocks), made, mark=_mark(order))


def _mark(order: Requisition) -> str:
    if order.status is LabOrderStatus.CANCELLED:
        return t("Cancelled: {reason}", reason=order.cancel_reason) if order.cancel_reason else t("Cancelled")
    return t("STAT") if order.priority == "STAT" else ""


def _facts(order: Requisition, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    words = {"ROUTINE": t("Routine"), "URGENT": t("Urgent"), "STAT": t("Stat")}
    facts = [
        (t("Ordered"), moment(order.ordered_at, zone)),
        (t("How urgent"), words.get(order.priority, order.priority)),
        (t("Fasting"), t("yes") if order.fasting else t("no")),
        (t("Laboratory"), order.laboratory),
        (t("Specimen taken"), moment(order.collected_at, zone) if order.collected_at else ""),
    ]
    return tuple((label, value) for label, value in facts if value)
