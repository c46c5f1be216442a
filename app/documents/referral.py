"""A referral's letter on paper."""

from __future__ import annotations

from app.documents.heads import Made, patient_paper
from app.documents.letters import letter_blocks
from app.documents.model import Block, Document, Facts, Gap, Heading, Paragraph, Signature
from app.documents.words import day, moment
from app.domain.enums import ReferralStatus
from app.domain.referrals import priority_word
from app.kernel.i18n import t
from app.queries.papers import PaperHead
from app.queries.referrals import ReferralView


def referral_paper(head: PaperHead, view: ReferralView, made: Made) -> Document:
    """Return the letter; one that wasn't sent is marked as a draft, a cancelled one as cancelled."""
    zone = made.zone_of(head)
    row = view.row
    blocks: list[Block] = [*_recipient(view), Facts(_facts(view), columns=2)]
    body = letter_blocks(view.letter)
    blocks += body if body else [Heading(t("Reason")), Paragraph(row.reason)]
    if view.notes.strip():
        blocks += [Heading(t("Notes")), Paragraph(view.notes)]
    signed = t("Sent {when}", when=moment(row.sent_at, zone)) if row.sent_at else ""
    blocks += [Gap(10), Signature(row.provider_name, _specialties(view), signed)]
    mark = {
        ReferralStatus.PENDING: t("Draft: this letter was not sent yet"),
        ReferralStatus.CANCELLED: t("Cancelled: {reason}", reason=view.cancel_reason),
    }.get(row.status, "")
    dated = day((row.sent_at or made.at).astimezone(zone).date())
    title = t("Referral: {specialty}", specialty=row.specialty) if row.specialty else t("Referral")
    return patient_paper(head, title, tuple(blocks), made, mark=mark, dated=dated)


def _recipient(view: ReferralView) -> list[Block]:
    if not view.row.referred_to:
        return []
    lines = "\n".join(view.recipient.lines)
    made: list[Block] = [Paragraph(view.row.referred_to, strong=True, size=10.5, gap=0 if lines else 8)]
    return [*made, Paragraph(lines, gap=10)] if lines else made


def _facts(view: ReferralView) -> tuple[tuple[str, str], ...]:
    facts = [(t("Priority"), priority_word(view.row.priority)), (t("Referred by"), view.row.provider_name)]
    if view.row.appointment_on:
        facts.append((t("Appointment"), day(view.row.appointment_on)))
    return tuple(facts)


def _specialties(view: ReferralView) -> tuple[str, ...]:
    found = ", ".join(view.provider_specialties)
    return (found,) if found else ()
