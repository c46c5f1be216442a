"""What visits can have beside their status: why one was called off, how a patient was contacted."""

from __future__ import annotations

from enum import StrEnum

from app.domain.enums import VisitStatus
from app.kernel.i18n import t

DID_NOT_ARRIVE_REASON = "did not arrive"
"""The cancellation reason of a patient who never came: the state machine knows NO_SHOW only after arrival."""


class CancelKind(StrEnum):
    """Who or what called a visit off (``desktop.visit_detail.cancel_kind``); figures count them apart."""

    PATIENT = "patient"
    CLINIC = "clinic"
    DID_NOT_ARRIVE = "did_not_arrive"
    LEFT_BEFORE_SEEN = "left_before_seen"
    MISTAKE = "mistake"


class ContactChannel(StrEnum):
    """How somebody tried to reach a patient."""

    PHONE = "phone"
    MESSAGE = "message"
    E_MAIL = "email"
    IN_PERSON = "in_person"


class ContactResult(StrEnum):
    """What came of an attempt."""

    NO_ANSWER = "no answer"
    LEFT_MESSAGE = "left message"
    CALL_BACK = "call back"
    AGREED = "agreed"
    DECLINED = "declined"
    WRONG_NUMBER = "wrong number"


def status_word(status: VisitStatus) -> str:
    """The status in a sentence, in the person's language."""
    words = {
        VisitStatus.PLANNED: t("planned"),
        VisitStatus.CHECKED_IN: t("checked in"),
        VisitStatus.IN_PROGRESS: t("with the provider"),
        VisitStatus.COMPLETED: t("completed"),
        VisitStatus.CANCELLED: t("cancelled"),
        VisitStatus.NO_SHOW: t("left before seen"),
    }
    return words[status]
