"""The kinds of drafts: the form that keeps one, the area that takes it up and its spec all name it from here.

A kind is kept with the draft in the database: a changed word loses what people have not sent yet.
"""

from __future__ import annotations

from typing import Final

REGISTER_PATIENT: Final = "patient.register"
EDIT_PATIENT: Final = "patient.edit"
BOOKING: Final = "booking"
BOOKING_FAMILY: Final = "booking.family"
BOOKING_SERIES: Final = "booking.series"
BOOKING_WAITING: Final = "booking.waiting"
VISIT_NOTE: Final = "visit.note"
MEASUREMENT: Final = "measurement"
CLINICAL_LIST: Final = "clinical.list"
ORDER_LABS: Final = "labs.order"
ENTER_RESULTS: Final = "labs.enter"
SIGN_RESULTS: Final = "labs.sign"
REFERRAL: Final = "referral"
EXCUSE_NOTE: Final = "excuse_note"
MESSAGE: Final = "message"
TASK: Final = "task"
RULE: Final = "rule"
