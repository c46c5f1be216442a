"""What every paper about a patient begins with: the clinic's letterhead, the patient, when and by whom it was made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.documents.branding import letterhead, paper
from app.documents.model import Block, Document, PatientBlock
from app.documents.words import born, day, moment
from app.domain.demographics import sex_text
from app.kernel.i18n import t
from app.queries.papers import PaperHead


@dataclass(frozen=True, slots=True)
class Made:
    """How a paper came about: ``at`` (aware), by whom (a name), and whether the server has all of it yet."""

    at: datetime
    by: str
    confirmed: bool = True

    def zone_of(self, head: PaperHead) -> ZoneInfo:
        """Return the zone in which the paper tells times: the clinic's, wherever it is printed."""
        return ZoneInfo(head.timezone)


def not_confirmed() -> str:
    """Return the mark of what the server doesn't have yet."""
    return t("Not yet confirmed by the clinic's server")


def patient_paper(
    head: PaperHead, title: str, blocks: tuple[Block, ...], made: Made, *, full: bool = True, mark: str = "",
    dated: str = "",
) -> Document:  # fmt: skip
    """Return a paper about a patient. ``full`` False leaves out record number, sex, phone and address.

    ``dated`` stands beside the title (the day it was made, without); ``mark`` is framed under the title beside the
    one for what isn't confirmed.
    """
    zone = made.zone_of(head)
    marks = [words for words in (mark, "" if made.confirmed else not_confirmed()) if words]
    return Document(
        title=title, letterhead=letterhead(head.clinic_name, head.branding), blocks=blocks,
        paper=paper(head.locale, head.phone_region), patient=_patient(head, full=full),
        dated=dated or day(made.at.astimezone(zone).date()), mark="\n".join(marks),
        foot=t("Printed {when} by {name}", when=moment(made.at, zone), name=made.by),
    )  # fmt: skip


def _patient(head: PaperHead, *, full: bool) -> PatientBlock:
    facts = (
        (t("Record number"), head.mrn), (t("Sex"), sex_text(head.sex)), (t("Phone"), head.phone),
        (t("Address"), head.address),
    )  # fmt: skip
    kept = tuple((label, value) for label, value in facts if value) if full else ()
    return PatientBlock(head.patient_name, born(head.born), kept)
