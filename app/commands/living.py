"""Refusals about patients whom a command can't be for: unknown here, or part of another record by now."""

from __future__ import annotations

from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


def no_such_patient(field: str = "patientId") -> Refused:
    """Return the refusal of a patient whom the clinic doesn't have."""
    return Refused("NoSuchPatient", t("This patient is not known."), field=field)


def merged_record(into: str, field: str = "patientId") -> Refused:
    """Return the refusal to book for a record that was merged; ``mergedInto`` is the one to use."""
    message = t("This record was merged into another one. Use that one.")
    return Refused("PatientMerged", message, field=field, mergedInto=into)


def merged_meanwhile(into: str) -> Conflict:
    """Return the conflict of writing to a patient who is part of another now; ``into`` is where the window goes on."""
    return Conflict("Merged", t("This patient was merged into another one."), into=into, field="patientId")
