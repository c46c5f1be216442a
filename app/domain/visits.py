"""What visits can have beside their status: why one was called off, how a patient was contacted."""

from __future__ import annotations

from enum import StrEnum

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
