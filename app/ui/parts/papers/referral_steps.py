"""What comes after sending: accepted, an appointment, the answer with what belongs to it, called off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.referral_heard import Heard, as_json, over
from app.commands.referrals import AcceptReferral, CancelReferral, CompleteReferral, TrackReferral
from app.domain.enums import ReferralStatus
from app.domain.permissions import Permission
from app.domain.referrals import Attachment, read_attachments
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.referrals import Attached, ReferralRow, ReferralView
from app.ui.parts.clash_words import heard_field
from app.ui.parts.conflict_view import ConflictView
from app.ui.parts.patient_values import date_text
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit, TextArea
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Lane, PendingAction, ShellApi

OFFERED = 3
"""So many of the chart are offered at first, the newest: what comes next stays in sight."""


class ReferralSteps(QWidget):
    """Shows the steps that the state and the person's role allow."""

    done = Signal(object, object)
    """The ``ReferralRow`` that it was about, and the outcome."""
    typed = Signal()
    """The person wrote down, or ticked, what was heard."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._view: ReferralView | None = None
        self._seen = Heard()  # as the person began to write: a change since then isn't theirs to replace
        self._act = Lane(self, api.workspace)
        self._late: frozenset[tuple[str, str]] | None = None
        today = api.workspace.reader
        self.said = Note("", kind=StatusKind.HELD)
        self.problem = Note("", kind=StatusKind.CRITICAL)
        self.conflict = ConflictView(title_of=heard_field, show=self._shown)
        self._clashes: Mapping[str, Mapping[str, Any]] = {}
        self.appointment = DateField(None, name=t("Appointment"), today=lambda: today().today)
        self.answer = TextArea(name=t("Answer"), lines=3)
        self.reason = LineEdit(name=t("Reason for cancelling"))
        self._appointment = FormField(t("Appointment"), self.appointment)
        self._answer = FormField(t("Answer"), self.answer)
        self._reason = FormField(t("Reason for cancelling"), self.reason)
        self.attached: list[tuple[Attached, Checkbox]] = []
        self._attach = column(gap=0)
        self.more = Button("", kind=ButtonKind.QUIET, icon="down", small=True)
        self._filling = self._all = False
        self.accept = Button(t("Accepted"), icon="check")
        self.note_it = Button(t("Save what was heard"), icon="edit")
        self.complete = Button(t("Completed"), icon="check-circle")
        self.cancel = Button(t("Cancel the referral"), icon="close")
        for button, run in ((self.accept, self._accept), (self.note_it, self._note_down),
                            (self.complete, self._complete), (self.cancel, self._cancel)):  # fmt: skip
            button.clicked.connect(run)
        self.appointment.changed.connect(self._edited)
        self.answer.textChanged.connect(self._edited)
        self.more.clicked.connect(self._show_all)
        body = column(self.said, self.problem, self.conflict, self._appointment, self._answer, gap=8, parent=self)
        body.addLayout(self._attach)
        body.addLayout(row(self.more, STRETCH))
        body.addLayout(row(self.accept, self.complete, self.note_it, STRETCH, gap=8))
        body.addWidget(self._reason)
        body.addLayout(row(self.cancel, STRETCH))
        self.show_referral(None)

    def show_referral(self, view: ReferralView | None) -> None:
        """Show what can be done with it now."""
        self._view = view
        status = view.row.status if view is not None else ReferralStatus.PENDING
        track, order = self.api.can(Permission.TRACK_ORDERS), self.api.can(Permission.ORDER)
        open_ = status in (ReferralStatus.SENT, ReferralStatus.ACCEPTED)
        followed = track and (open_ or status is ReferralStatus.COMPLETED)
        self.accept.setVisible(track and status is ReferralStatus.SENT)
        self.complete.setVisible(track and status is ReferralStatus.ACCEPTED)
        self.note_it.setVisible(followed)
        for widget in (self._appointment, self._answer):
            widget.setVisible(followed)
        may_cancel = order and view is not None and (open_ or status is ReferralStatus.PENDING)
        self._reason.setVisible(may_cancel)
        self.cancel.setVisible(may_cancel)
        self.problem.hide()
        self._clash({})
        cancelled = view is not None and status is ReferralStatus.CANCELLED
        self.said.setVisible(cancelled)
        self._late, self._all = None, False
        if view is not None:
            self.said.show_text(t("Cancelled: {reason}", reason=view.cancel_reason))
            self._seen = Heard(appointment_on=view.row.appointment_on, answer=view.answer,
                               attachments=tuple(Attachment(one.table, one.id) for one in view.attached))  # fmt: skip
            self._fill(view.row.appointment_on, view.answer)
        self.setVisible(view is not None)
        self._tick()

    def _fill(self, appointment: date | None, answer: str) -> None:
        self._filling = True
        self.appointment.set_value(appointment)
        self.answer.setPlainText(answer)
        self._filling = False

    def _edited(self, *_: object) -> None:
        if not self._filling:
            self.typed.emit()

    def heard(self) -> dict[str, Any]:
        """Return what is written down and ticked, as JSON: for the draft."""
        day = self.appointment.value
        return {"appointmentOn": day.isoformat() if day else None, "answer": self.answer.toPlainText(),
                "attached": [[one.table, one.id] for one in self._ticked()], "seen": as_json(self._seen)}  # fmt: skip

    def put(self, heard: object) -> None:
        """Put back what a draft kept."""
        if not isinstance(heard, Mapping):
            return
        day = heard.get("appointmentOn")
        self._fill(date.fromisoformat(day) if isinstance(day, str) else None, str(heard.get("answer") or ""))
        seen = heard.get("seen")
        if isinstance(seen, Mapping):
            self._seen = over(self._seen, {name: {"server": value} for name, value in seen.items()})
        self._late = frozenset((table, key) for table, key in heard.get("attached") or ())
        self._tick()

    def offer(self, found: tuple[Attached, ...]) -> None:
        """Offer what of the chart may belong to the answer; what is attached is ticked."""
        kept = self._view.attached if self._view is not None else ()
        known = {(one.table, one.id): one for one in (*kept, *found)}
        for _, box in self.attached:
            self._attach.removeWidget(box)
            box.deleteLater()
        self.attached = []
        for one in known.values():
            day = f" · {date_text(one.day)}" if one.day else ""
            box = Checkbox(t("Attach: {what}", what=f"{one.title}{day}"), elide=True)
            box.toggled.connect(self._edited)
            self.attached.append((one, box))
            self._attach.addWidget(box)
        self._tick()

    def _tick(self) -> None:
        kept = self._late if self._late is not None else self._kept()
        self._filling = True
        followed = not self.note_it.isHidden()
        for place, (one, box) in enumerate(self.attached):
            box.setChecked((one.table, one.id) in kept)
            box.setVisible(followed and (self._all or place < OFFERED or box.isChecked()))
        self._filling = False
        left = sum(box.isHidden() for _, box in self.attached) if followed else 0
        self.more.setText(tn("{n} more to attach", "{n} more to attach", left))
        self.more.setVisible(left > 0)

    def _show_all(self) -> None:
        """Offer the older ones, too; the keyboard goes on with the first of them."""
        ticked = self._ticked()
        self._late, self._all = frozenset((one.table, one.id) for one in ticked), True
        first = next((box for _, box in self.attached if box.isHidden()), None)
        self._tick()
        if first is not None:
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _kept(self) -> frozenset[tuple[str, str]]:
        return frozenset((one.table, one.id) for one in (self._view.attached if self._view is not None else ()))

    def _is_heard(self) -> bool:
        """Whether something is written down or ticked that isn't kept yet."""
        return self.answer.toPlainText() != self._seen.answer or set(self._ticked()) != set(self._seen.attachments)

    def _ticked(self) -> tuple[Attachment, ...]:
        return tuple(Attachment(one.table, one.id) for one, box in self.attached if box.isChecked())

    def _clash(self, fields: Mapping[str, Mapping[str, Any]]) -> None:
        self._clashes = fields
        self.conflict.show_conflict(fields)

    def _shown(self, name: str, value: Any) -> str:
        """Write a side of a clash as text."""
        if name == "appointmentOn":
            return date_text(date.fromisoformat(value)) if value else ""
        if name == "attachments":
            titles = {(one.table, one.id): one.title for one, _ in self.attached}
            return ", ".join(titles.get((one["table"], one["id"]), one["id"]) for one in value or ())
        return str(value or "")

    def _settle(self) -> None:
        """Take what was chosen where somebody else changed the same: what stays of mine replaces theirs knowingly."""
        choices, fields = self.conflict.choices(), self._clashes
        if not choices:
            return
        self._clash({})
        self._seen = over(self._seen, fields)
        taken = {name for name, (_, mine) in choices.items() if not mine}
        day = self._seen.appointment_on if "appointmentOn" in taken else self.appointment.value
        self._fill(day, self._seen.answer if "answer" in taken else self.answer.toPlainText())
        if "attachments" in taken:
            self._late = frozenset((one.table, one.id) for one in self._seen.attachments)
            self._tick()

    def _accept(self) -> None:
        self._settle()
        if self._view is not None:
            accept = AcceptReferral(referral_id=self._view.row.id, appointment_on=self.appointment.value,
                                    seen=self._seen)  # fmt: skip
            # Accepting keeps no answer: what is typed isn't lost.
            self._give(self._view.row, (accept, self._heard_now(self._view)) if self._is_heard() else (accept,))

    def _note_down(self) -> None:
        self._settle()
        if self._view is not None:
            self._give(self._view.row, (self._heard_now(self._view),))

    def _heard_now(self, view: ReferralView) -> TrackReferral:
        return TrackReferral(referral_id=view.row.id, appointment_on=self.appointment.value,
                             answer=self.answer.toPlainText(), attachments=self._ticked(), seen=self._seen)  # fmt: skip

    def _complete(self) -> None:
        self._settle()
        view = self._view
        if view is None:
            return
        complete = CompleteReferral(referral_id=view.row.id, answer=self.answer.toPlainText(),
                                    attachments=self._ticked(), seen=self._seen)  # fmt: skip
        another_day = self.appointment.value != self._seen.appointment_on  # completing keeps no appointment
        self._give(view.row, (self._heard_now(view), complete) if another_day else (complete,))

    def _cancel(self) -> None:
        view = self._view
        if view is None:
            return
        if not self.reason.text().strip():
            self._reason.set_error(t("Say why: it is kept with the referral."))
            self.reason.setFocus()
            return
        text = t("Cancelling the referral of {name}", name=view.row.patient_name)
        command = CancelReferral(referral_id=view.row.id, reason=self.reason.text())
        self.api.pending(PendingAction(text=text, command=command, on_done=partial(self._did, view.row),
                                       on_refused=partial(self._refused, view.row)))  # fmt: skip

    def _give(self, about: ReferralRow, commands: Sequence[Command]) -> None:
        """Give commands about one referral one after the other; another one may be shown before the last is done."""
        first, *more = commands

        def done(outcome: Outcome) -> None:
            if more:
                self._give(about, more)
            else:
                self._did(about, outcome)

        self._act.execute(first, on_done=done, on_refused=partial(self._refused, about))

    def _did(self, about: ReferralRow, outcome: Outcome) -> None:
        self.done.emit(about, outcome)

    def _refused(self, about: ReferralRow, error: AppError) -> None:
        if self._view is None or self._view.row.id != about.id:
            self.api.problem(error)  # another one is shown by now
            return
        sides = error.data.get("fields") if error.code == "FieldChanged" else None
        if isinstance(sides, Mapping):
            self.problem.hide()
            self._clash(sides)
            return
        self.problem.show_text(error.message)
        self.problem.show()


def heard_more(kept: object) -> bool:
    """Whether a draft (``heard``) has anything beyond what stood written as it was begun."""
    if not isinstance(kept, Mapping):
        return False
    seen = kept.get("seen")
    was = seen if isinstance(seen, Mapping) else {}
    ticked = {(table, key) for table, key in kept.get("attached") or ()}
    attached = {(one.table, one.id) for one in read_attachments(was.get("attachments"))}
    same_day = (kept.get("appointmentOn") or None) == (was.get("appointmentOn") or None)
    return not same_day or (kept.get("answer") or "") != (was.get("answer") or "") or ticked != attached
