"""A referral: its letter drafted from the chart, sent, accepted, answered; the page beside the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.paper_edits import same
from app.commands.referrals import CreateReferral, EditReferral, SendReferral
from app.documents.model import Document
from app.documents.referral import referral_paper
from app.domain.enums import ReferralPriority, ReferralStatus
from app.domain.permissions import Permission
from app.domain.referrals import Recipient, clean_recipient, letter_text, priority_word, status_word
from app.kernel.errors import AppError
from app.kernel.i18n import later, t
from app.queries.referrals import LetterMaterial, ReferralRow, ReferralView, letter_material, referral_view
from app.ui.parts.clash_words import referral_value
from app.ui.parts.papers.editor import PaperEditor, put_text
from app.ui.parts.papers.material import MaterialTicks
from app.ui.parts.papers.referral_steps import ReferralSteps, heard_more
from app.ui.parts.papers.words import REFERRAL_KINDS
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit, TextArea
from app.ui.work import Draft, PendingAction, ShellApi, draft_kinds


class ReferralEditor(PaperEditor):
    """Begins with a patient (``begin``), with a referral (``show_referral``) or with a draft (``restore``)."""

    kind = draft_kinds.REFERRAL
    tables = ("referrals", "referral_detail")

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.view: ReferralView | None = None
        self.visit_id: str | None = None
        self.aside: dict[str, Any] = {}
        """What was typed of a letter that was sent meanwhile, by the names of ``EditReferral``."""
        self.specialty, self.referred_to = LineEdit(name=t("Specialty")), LineEdit(name=t("Refer to"))
        self.priority = Combo([(one.value, priority_word(one)) for one in reversed(ReferralPriority)],
                              name=t("Priority"), current=ReferralPriority.ROUTINE.value)  # fmt: skip
        self.address = TextArea(name=t("Address"), lines=2)
        self.phone, self.fax = LineEdit(name=t("Phone")), LineEdit(name=t("Fax"))
        self.reason = TextArea(name=t("Reason"), lines=3)
        self.letter, self.notes = TextArea(name=t("Letter"), lines=9), TextArea(name=t("Notes"), lines=2)
        self.ticks = MaterialTicks()
        self.ticks.wanted.connect(self.draft_letter)
        self.steps = ReferralSteps(api)
        self.steps.done.connect(self._stepped)
        self.steps.typed.connect(self.typed)
        self._fields()
        self.add_button(t("Print"), "print", "Ctrl+P", self.print_paper)
        self.add_button(t("Save as PDF"), "export", "Ctrl+Shift+P", self.save_pdf)
        self.foot.addStretch(1)
        self.again_button = self.add_button(t("Make a new one from it"), "copy", "", self.again)
        self.save_button = self.add_button(t("Save"), "check", "Ctrl+S", self.save)
        self.send_button = self.add_button(t("Send"), "send", "Ctrl+Return", self.send, primary=True)

    def _fields(self) -> None:
        self.form.add_row(("specialty", FormField(t("Specialty"), self.specialty, required=True)),
                          ("priority", FormField(t("Priority"), self.priority)))  # fmt: skip
        self.form.add("referredTo", FormField(t("Refer to"), self.referred_to, hint=t("needed before sending")))
        self.form.add("recipient.address", FormField(t("Address"), self.address))
        self.form.add_row(("recipient.phone", FormField(t("Phone"), self.phone)),
                          ("recipient.fax", FormField(t("Fax"), self.fax)))  # fmt: skip
        self.form.add("reason", FormField(t("Reason"), self.reason, required=True))
        self.form.body.addWidget(self.ticks)
        self.form.add("letter", FormField(t("Letter"), self.letter))
        self.form.add("notes", FormField(t("Notes"), self.notes))
        self.form.body.addWidget(self.steps)
        for line in (self.specialty, self.referred_to, self.phone, self.fax):
            line.textEdited.connect(self.typed)
        for area in (self.address, self.reason, self.letter, self.notes):
            area.textChanged.connect(self._area_changed)
        self.priority.changed.connect(self._area_changed)

    def _area_changed(self, *_: object) -> None:
        if not self._filling:
            self.typed()

    _filling = False

    def begin(self, patient_id: str, name: str, visit_id: str | None = None) -> None:
        """Begin a new one."""
        self.leave_paper()
        self.view, self.row_id, self.visit_id, self.dirty, self.aside = None, "", visit_id, False, {}
        self.fill({})
        self._state()
        self.patient(patient_id, name)
        self.load.ask(letter_material, patient_id=patient_id, on_result=self._material, on_error=self.failed)
        self.take_up_kept()

    def draft_title(self) -> str:
        """Return whose letter it is."""
        return later("Referral of {name}: {specialty}", name=self.patient_name, specialty=self.specialty.text().strip())

    def put_typed(self, body: Mapping[str, Any]) -> None:
        """Put what a draft has into the form; what was typed of a letter that is sent by now is put aside."""
        mine, heard = self.merging.take_up(body), heard_more(body.get("heard"))
        sent = self.view is not None and self.view.row.status is not ReferralStatus.PENDING
        if self.view is not None and sent:
            self._put_aside(self.view, mine, keep=heard)
        else:
            self.fill(mine)
        if heard or not sent:
            self.steps.put(body.get("heard"))
            self.typed()

    def restore(self, draft: Draft) -> None:
        """Take up what was typed."""
        body = draft.body
        self.begin(str(body.get("patientId", "")), "")
        self.row_id = str(body.get("rowId", ""))
        if self.row_id:
            self.show_referral(self.row_id, typed=body)
        else:
            self.put_typed(body)

    def show_referral(
        self, referral_id: str, typed: Mapping[str, Any] | None = None, *, sent: Mapping[str, Any] | None = None
    ) -> None:
        """Show one; ``typed`` is put over what is written. ``sent``: the form as it was written here just now."""
        self.ask_for(referral_id)

        def show(view: ReferralView) -> None:
            here = sent is not None or (self.view is not None and self.view.row.id == referral_id)
            if here and self.dirty and typed is None:
                self._keep_typing(view, sent)
                return
            self._show(view)
            if typed is not None:
                self.put_typed(typed)
            elif not here or view.row.status is not ReferralStatus.PENDING:
                self.take_up_kept()

        self.load.ask(referral_view, referral_id=referral_id, on_result=show, on_error=self.failed)

    def _show(self, view: ReferralView) -> None:
        self.view, self.row_id, self.visit_id = view, view.row.id, view.visit_id
        self.dirty, self.aside = False, {}
        self.merging.begin(written(view))
        self.fill(written(view))
        self._state()
        self.patient(view.row.patient_id, view.row.patient_name)
        self.load.ask(letter_material, patient_id=view.row.patient_id, on_result=self._material, on_error=self.failed)

    def _keep_typing(self, view: ReferralView, sent: Mapping[str, Any] | None) -> None:
        """The person went on typing: what is changed here stays, all else is as it is written now."""
        if self.view is not None and self.view.row.status is not ReferralStatus.PENDING:
            return  # what is typed is what was heard of it
        heard = self.steps.heard()
        if sent is not None:
            self.merging.begin(sent)
        mine = self.merging.news(self.values(), written(view))
        if view.row.status is not ReferralStatus.PENDING:
            self._keep_draft()
            self._show(view)
            self._put_aside(view, mine)
            return
        if sent is not None:
            self._show(view)
            self.steps.put(heard)
        self.fill(mine)
        self.typed()

    def _put_aside(self, view: ReferralView, mine: Mapping[str, Any], *, keep: bool = False) -> None:
        """The letter was sent meanwhile: what is typed is no part of it; a new one may take it along."""
        self.aside = {name: mine[name] for name, was in written(view).items() if not same(mine[name], was)}
        if not (self.aside or keep):
            self.api.drafts.discard(self.kind, self.subject)
        self._tell()

    def again(self) -> None:
        """A sent letter never changes: a new one takes what it says, and what was typed too late."""
        view = self.view
        if view is None:
            return
        values = {**written(view), **self.aside}
        self.api.drafts.discard(self.kind, view.row.id)
        self.begin(view.row.patient_id, view.row.patient_name, view.visit_id)
        self.fill(values)
        self.typed()

    def _tell(self) -> None:
        """Say that what was typed came too late, and offer the new letter."""
        late = self.view is not None and bool(self.aside)
        if self.view is not None and late:
            self.note.show_text(status_word(self.view.row.status),
                                t("What you typed came too late; a new one made from it takes it along."))  # fmt: skip
        self.note.setVisible(late)
        self.again_button.setVisible(late and self.api.can(Permission.ORDER))

    def refresh(self) -> None:
        """Somebody changed it: show that; what is typed here stays."""
        if self.row_id:
            self.show_referral(self.row_id)

    def _material(self, material: LetterMaterial) -> None:
        self.ticks.show_material(material, self.api.zone)
        self.steps.offer(material.attachable)

    def _state(self) -> None:
        row = self.view.row if self.view is not None else None
        status = row.status if row is not None else ReferralStatus.PENDING
        pending = status is ReferralStatus.PENDING and self.api.can(Permission.ORDER)
        self.title.setText(t("Referral: {specialty}", specialty=row.specialty) if row else t("New referral"))
        word = t("Overdue") if row is not None and row.overdue else status_word(status)
        self.chip.show_state(word, kind=REFERRAL_KINDS[status], outlined=False)
        for area in (self.address, self.reason, self.letter, self.notes):
            area.setReadOnly(not pending)
        for line in (self.specialty, self.referred_to, self.phone, self.fax):
            line.setReadOnly(not pending)
        self.priority.setEnabled(pending)
        self.ticks.setVisible(pending)
        self.save_button.setVisible(pending)
        self.send_button.setVisible(pending)
        self._tell()
        self.steps.show_referral(self.view)
        self.form.body.removeWidget(self.steps)  # what follows a sent letter stands above it
        self.form.body.insertWidget(self.form.body.count() if pending or row is None else 0, self.steps)

    def first(self) -> QWidget:
        """A new one begins with the specialty."""
        return self.specialty if not self.row_id else self.back

    def named(self) -> None:
        """The button says whose letter leaves."""
        self.send_button.setText(t("Send for {name}", name=self.patient_name))

    def values(self) -> Mapping[str, Any]:
        """Return the form as JSON, by the names of ``EditReferral``."""
        recipient = Recipient(self.address.toPlainText().strip(), self.phone.text().strip(), self.fax.text().strip(),
                              self.view.recipient.email if self.view else "")  # fmt: skip
        parts = {"address": recipient.address, "phone": recipient.phone, "fax": recipient.fax, "email": recipient.email}
        return {
            "specialty": self.specialty.text().strip(), "priority": self.priority.current,
            "referredTo": self.referred_to.text().strip(), "reason": self.reason.toPlainText().strip(),
            "letter": self.letter.toPlainText().strip(), "notes": self.notes.toPlainText().strip(),
            "recipient": {name: text for name, text in parts.items() if text},
        }  # fmt: skip

    def draft_values(self) -> Mapping[str, Any]:
        """Return the form and what was heard of the referral."""
        return {**self.values(), "heard": self.steps.heard()}

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put values into the form without calling that typing."""
        self._filling = True
        found = values.get("recipient")
        recipient = found if isinstance(found, Mapping) else {}
        for line, text in ((self.specialty, values.get("specialty")), (self.referred_to, values.get("referredTo")),
                           (self.phone, recipient.get("phone")), (self.fax, recipient.get("fax"))):  # fmt: skip
            if line.text().strip() != str(text or ""):
                line.setText(str(text or ""))
        for area, text in ((self.address, recipient.get("address")), (self.reason, values.get("reason")),
                           (self.letter, values.get("letter")), (self.notes, values.get("notes"))):  # fmt: skip
            put_text(area, str(text or ""))
        self.priority.set_current(str(values.get("priority") or ReferralPriority.ROUTINE.value))
        self.form.clear_errors()
        self._filling = False

    def draft_letter(self) -> None:
        """Write the letter anew from the reason and what is ticked."""
        self.letter.setPlainText(letter_text(self.reason.toPlainText(), self.ticks.parts()))
        self.letter.setFocus()

    def field_title(self, name: str) -> str:
        """Return what a field is called."""
        return t("Address") if name == "recipient" else super().field_title(name)

    def field_text(self, name: str, value: Any) -> str:
        """Return a field's value in words."""
        return referral_value(name, value)

    def document(self) -> Document | None:
        """Return the letter as the form has it."""
        if self.head is None:
            return None
        return referral_paper(self.head, self.shown(), self.made())

    def shown(self) -> ReferralView:
        """Return the referral with what is typed over what is written."""
        values = self.values()
        recipient = Recipient(**values["recipient"])
        base = self.view if self.view is not None else self._empty()
        row = replace(base.row, specialty=values["specialty"], reason=values["reason"],
                      priority=ReferralPriority(values["priority"]), referred_to=values["referredTo"])  # fmt: skip
        return replace(base, row=row, letter=values["letter"], notes=values["notes"], recipient=recipient)

    def _empty(self) -> ReferralView:
        actor, now = self.api.workspace.actor, self.api.now()
        row = ReferralRow(
            id="", patient_id=self.patient_id, patient_name=self.patient_name, born=None, specialty="", reason="",
            priority=ReferralPriority.ROUTINE, status=ReferralStatus.PENDING, referred_to="",
            provider_id=actor.provider_id or "", provider_name=actor.name, created_at=now, sent_at=None, due_at=None,
            overdue=False, appointment_on=None,
        )  # fmt: skip
        return ReferralView(row, self.visit_id, "", "", Recipient(), "", (), "", None, None, "", (), now)

    def save(self) -> None:
        """Write what is typed."""
        said = t("Saved the referral of {name}", name=self.patient_name)
        self._save(lambda outcome: self.api.did(said, outcome))

    def send(self) -> None:
        """Write what is typed, then send it after ten seconds with a way back."""
        to = self.referred_to.text().strip()
        if not to:
            self.form.show_error("referredTo", t("Say who the patient is referred to."))
            return
        if self.merging.view.open:  # nothing leaves before it is chosen what stays
            next(iter(self.merging.view.lines.values())).choice.setFocus()
            return
        name, failed = self.patient_name, self.failed_at()
        self._save(lambda outcome: self._send(str(outcome.result["referralId"]), name, to, failed))

    def _save(self, then: Callable[[Outcome], object]) -> None:
        self.form.clear_errors()
        self.settle()
        values, written_down = self.values(), self.written_down()

        def done(outcome: Outcome) -> None:
            row_id = str(outcome.result["referralId"])
            if written_down():
                self.row_id = row_id
                self.show_referral(row_id, sent=values)
            self.saved.emit(row_id)
            then(outcome)

        if self.view is None:
            recipient = Recipient(**values["recipient"])
            command: Any = CreateReferral(
                patient_id=self.patient_id, specialty=values["specialty"], reason=values["reason"],
                priority=ReferralPriority(values["priority"]), referred_to=values["referredTo"] or None,
                recipient=recipient if clean_recipient(recipient) else None, letter=values["letter"],
                notes=values["notes"] or None, visit_id=self.visit_id,
            )  # fmt: skip
        else:
            command = EditReferral(referral_id=self.view.row.id, changes=self.merging.changes(values))
        self.act.execute(command, on_done=done, on_refused=self.failed_at())

    def _send(self, referral: str, name: str, to: str, failed: Callable[[AppError], None]) -> None:
        text = t("Sending the referral of {name} to {to}", name=name, to=to)
        self.api.pending(
            PendingAction(text=text, command=SendReferral(referral_id=referral), on_done=self._sent,
                          on_refused=failed, done_text=t("Sent the referral of {name}", name=name))
        )  # fmt: skip

    def _sent(self, outcome: Outcome) -> None:
        if outcome.result.get("referralId") == self.row_id:
            self.show_referral(self.row_id)

    def _stepped(self, about: ReferralRow, outcome: Outcome) -> None:
        if about.id == self.row_id:
            self.clean()
            self.show_referral(self.row_id)
        self.saved.emit(about.id)
        self.api.did(t("Noted for {name}", name=about.patient_name), outcome)


def written(view: ReferralView) -> dict[str, Any]:
    """Return a referral by the names of ``EditReferral``, as the form shows it."""
    row = view.row
    return {
        "specialty": row.specialty, "priority": row.priority.value, "referredTo": row.referred_to, "reason": row.reason,
        "letter": view.letter, "notes": view.notes, "recipient": clean_recipient(view.recipient) or {},
    }  # fmt: skip
