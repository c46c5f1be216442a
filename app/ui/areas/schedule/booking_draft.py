"""What is kept of an unfinished booking."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Self

from app.kernel.i18n import later
from app.queries.patients import PatientHit
from app.ui.areas.schedule.booking_form import BookingForm
from app.ui.areas.schedule.booking_state import BookingState
from app.ui.work import Draft, draft_kinds


@dataclass(frozen=True, slots=True)
class BookingDraft:
    """The form's content, as strings and numbers only."""

    patient_id: str = ""
    patient_name: str = ""
    born: str = ""
    typed: str = ""
    type_id: str = ""
    minutes: int = 0
    mode: str = ""
    reason: str = ""
    provider_id: str = ""
    follow_up_of: str = ""
    request_id: str = ""

    @classmethod
    def of(
        cls, patient: PatientHit | None, form: BookingForm, state: BookingState, follow_up_of: str | None = None
    ) -> Self:
        """Take what is in the form."""
        return cls(
            patient_id=patient.id if patient else "",
            patient_name=patient.name if patient else "",
            born=patient.born.isoformat() if patient and patient.born else "",
            typed=form.search.text(),
            type_id=form.kind.current,
            minutes=form.minutes(),
            mode=form.mode.current,
            reason=form.reason.text(),
            provider_id=state.provider_id,
            follow_up_of=follow_up_of or "",
            request_id=(state.answers(patient.id) if patient else None) or "",
        )

    @classmethod
    def from_draft(cls, draft: Draft) -> Self:
        """Read what was kept; what an older version kept otherwise is left out."""
        defaults = asdict(cls())
        kept: dict[str, Any] = {k: v for k, v in draft.body.items() if type(v) is type(defaults.get(k, None))}
        return cls(**{key: value for key, value in kept.items() if key in defaults})

    def to_draft(self, subject: str) -> Draft:
        """Return what is kept of the form that has this subject."""
        who = self.patient_name or self.typed
        title = later("Appointment for {name}", name=who) if who else later("New appointment")
        return Draft(draft_kinds.BOOKING, subject, title, asdict(self))

    def patient(self) -> PatientHit | None:
        """Return the patient who was chosen."""
        if not self.patient_id:
            return None
        return named(self.patient_id, self.patient_name, date.fromisoformat(self.born) if self.born else None)


def named(patient_id: str, name: str, born: date | None) -> PatientHit:
    """Return somebody who was found elsewhere, as far as the form shows a patient; nothing has to be asked for it."""
    return PatientHit(id=patient_id, first_name="", last_name="", name=name, born=born, phone="", mrn="", flags=(),
                      identity_to_confirm=born is None, score=1.0)  # fmt: skip
