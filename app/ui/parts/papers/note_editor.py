"""An excuse note: drafted, signed and sent, withdrawn, made anew; the page beside the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.excuse_notes import (
    DiscardExcuseNote,
    DraftExcuseNote,
    EditExcuseNote,
    SendExcuseNote,
    WithdrawExcuseNote,
)
from app.documents.excuse_note import excuse_paper, note_title
from app.documents.model import Document
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.domain.excuse_notes import NoteStanding, days_covered, kind_word, standing_word
from app.domain.paper_codes import shown
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import later, t, tn
from app.queries.clinic import ProviderView, providers
from app.queries.excuse_notes import NoteView, note_view
from app.ui.parts.papers.editor import PaperEditor, put_text
from app.ui.parts.papers.note_fields import content_of, empty_view, in_words, read_day, typed_over, written
from app.ui.parts.papers.words import NOTE_KINDS
from app.ui.widgets.button import Button
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit, TextArea
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.toggles import Checkbox
from app.ui.work import Draft, Lane, PendingAction, ShellApi, draft_kinds


class NoteEditor(PaperEditor):
    """Begins with a patient (``begin``), with a note (``show_note``) or with a draft (``restore``)."""

    kind = draft_kinds.EXCUSE_NOTE
    tables = ("excuse_notes", "excuse_note_detail")
    _filling = False

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.view: NoteView | None = None
        self.corrects: str | None = None
        self.aside: dict[str, Any] = {}
        self._known: list[tuple[str, str]] = []
        self._people = Lane(self, api.workspace)
        today = api.workspace.reader
        kinds = [(one.value, kind_word(one)) for one in ExcuseNoteType]
        self.type = Combo(kinds, name=t("For"), current=ExcuseNoteType.WORK.value)
        self.provider = Combo(name=t("Signed by"))
        self.start = DateField(today().today, name=t("From"), today=lambda: today().today)
        self.end = DateField(today().today, name=t("Until"), today=lambda: today().today)
        self.reason, self.restrictions = TextArea(name=t("Medical reason"), lines=3), TextArea(name=t("Restrictions"))
        self.show_reason = Checkbox(t("Print the medical reason"))
        self.why = LineEdit(name=t("Reason for withdrawing"))
        self.withdraw_button = Button(t("Withdraw"), icon="block")
        self._fields()
        self.add_button(t("Print"), "print", "Ctrl+P", self.print_paper)
        self.add_button(t("Save as PDF"), "export", "Ctrl+Shift+P", self.save_pdf)
        self.foot.addStretch(1)
        self.discard_button = self.add_button(t("Throw away"), "trash", "", self.discard)
        self.again_button = self.add_button(t("Make a new one from it"), "copy", "", self.again)
        self.save_button = self.add_button(t("Save draft"), "check", "Ctrl+S", self.save)
        self.send_button = self.add_button(t("Sign and send"), "send", "Ctrl+Return", self.send, primary=True)
        self._people.ask(providers, on_result=self._signers, on_error=self.failed)

    def _fields(self) -> None:
        self._until = FormField(t("Until"), self.end, hint="")
        self._why = FormField(t("Reason for withdrawing"), self.why)
        self.form.add_row(("type", FormField(t("For"), self.type)),
                          ("providerId", FormField(t("Signed by"), self.provider)))  # fmt: skip
        self.form.add_row(("startDate", FormField(t("From"), self.start)), ("endDate", self._until))
        self.form.add("restrictions", FormField(t("Restrictions"), self.restrictions, hint=t("printed")))
        self.form.add("reason", FormField(t("Medical reason"), self.reason, required=True, hint=t("kept in the chart")))
        self.form.body.addWidget(self.show_reason)
        self.form.add("withdrawReason", self._why)
        self.form.body.addLayout(row(self.withdraw_button, STRETCH))
        for date_field in (self.start, self.end):
            date_field.changed.connect(self._picked)
            date_field.textEdited.connect(self._picked)
        for signal in (self.restrictions.textChanged, self.reason.textChanged, self.type.changed,
                       self.provider.changed, self.show_reason.toggled):  # fmt: skip
            signal.connect(self._picked)
        self.withdraw_button.clicked.connect(self.withdraw)

    def _picked(self, *_: object) -> None:
        if not self._filling:
            self._count()
            self.typed()

    def _count(self) -> None:
        start, end = self.start.value, self.end.value
        days = days_covered(start, end) if start and end and end >= start else 0
        self._until.hint.setText(tn("{n} day", "{n} days", days) if days else "")

    def _signers(self, found: tuple[ProviderView, ...]) -> None:
        self._known = [(one.id, one.name) for one in found]
        self._offer_signers(self.provider.current)
        self._suggest()
        self.draw()

    def _suggest(self) -> None:
        """Who saw the patient signs, unless somebody else is chosen; beyond that nobody is guessed."""
        seen = self.head.seen_by if self.head is not None and self.view is None else ""
        if not self.provider.current and seen in dict(self._known):
            self._offer_signers(seen)

    def _offer_signers(self, chosen: str) -> None:
        """Offer who may sign; the one named already stays, also before the others are known or after they left."""
        was, self._filling = self._filling, True
        items = list(self._known)
        if chosen and chosen not in dict(items):
            named = self.view.row.provider_name if self.view and self.view.row.provider_id == chosen else ""
            items.append((chosen, named or self.api.workspace.actor.name))
        if not chosen:
            items.insert(0, ("", t("Nobody yet")))
        self.provider.set_items(items, chosen)
        self.provider.set_current(chosen)  # not whoever signed for the patient before
        self._filling = was

    def begin(self, patient_id: str, name: str) -> None:
        """Begin a new one."""
        self.leave_paper()
        self.view, self.row_id, self.corrects, self.dirty, self.aside = None, "", None, False, {}
        self.fill({})
        self._state()
        self.patient(patient_id, name)
        self.take_up_kept()

    def draft_title(self) -> str:
        """Return whose note it is."""
        return later("Excuse note for {name}", name=self.patient_name)

    def put_typed(self, body: Mapping[str, Any]) -> None:
        """Put what a draft has into the form; what was typed of a note that is sent by now is put aside."""
        mine = self.merging.take_up(body)
        if self.view is not None and self.view.row.status is not ExcuseNoteStatus.DRAFT:
            self._put_aside(self.view, mine)
            return
        self.corrects = str(body["corrects"]) if body.get("corrects") else None
        self.fill(mine)
        self.typed()

    def restore(self, draft: Draft) -> None:
        """Take up what was typed."""
        body = draft.body
        self.begin(str(body.get("patientId", "")), "")
        self.corrects = str(body["corrects"]) if body.get("corrects") else None
        self.row_id = str(body.get("rowId", ""))
        if self.row_id:
            self.show_note(self.row_id, typed=body)
        else:
            self.put_typed(body)

    def show_note(
        self, note_id: str, typed: Mapping[str, Any] | None = None, *, sent: Mapping[str, Any] | None = None
    ) -> None:
        """Show one; ``typed`` is put over what is written. ``sent``: the form as it was written here just now."""
        self.ask_for(note_id)

        def show(view: NoteView) -> None:
            here = sent is not None or (self.view is not None and self.view.row.id == note_id)
            if here and self.dirty and typed is None:  # the person went on typing: that stays
                self._go_on(view, sent)
                return
            self._show(view)
            if typed is not None:
                self.put_typed(typed)
            elif not here or view.row.status is not ExcuseNoteStatus.DRAFT:
                self.take_up_kept()

        self.load.ask(note_view, note_id=note_id, on_result=show, on_error=self.failed)

    def _show(self, view: NoteView) -> None:
        self.view, self.row_id, self.corrects, self.dirty, self.aside = view, view.row.id, view.corrects, False, {}
        self.merging.begin(written(view))
        self.fill(written(view))
        self._state()
        self.patient(view.row.patient_id, view.row.patient_name)

    def _go_on(self, view: NoteView, sent: Mapping[str, Any] | None) -> None:
        """It was written while the person types: what is changed here stays, all else is as it is written now."""
        if sent is not None:
            self.merging.begin({name: sent[name] for name in written(view)})
        mine = self.merging.news(self.values(), written(view))
        if view.row.status is not ExcuseNoteStatus.DRAFT:
            self._keep_draft()
            self._show(view)
            self._put_aside(view, mine)
            return
        if sent is not None:
            self.merging.begin(written(view))
        self.view, self.row_id, self.corrects = view, view.row.id, view.corrects
        self.fill(mine)
        self._state()
        self.typed()

    def _put_aside(self, view: NoteView, mine: Mapping[str, Any]) -> None:
        """The note was sent meanwhile: what is typed is no part of it; a new one may take it along."""
        self.aside = {name: mine[name] for name, was in written(view).items() if mine[name] != was}
        if not self.aside:
            self.api.drafts.discard(self.kind, self.subject)
        self._state()

    def refresh(self) -> None:
        """Somebody changed it: show that; what is typed here stays."""
        if self.row_id:
            self.show_note(self.row_id)

    def again(self) -> None:
        """A sent note never changes: a new draft takes what it says, and what was typed too late."""
        view = self.view
        if view is None:
            return
        values, patient, name = {**written(view), **self.aside}, view.row.patient_id, view.row.patient_name
        self.api.drafts.discard(self.kind, view.row.id)
        self.begin(patient, name)
        self.corrects = view.row.id
        self.fill(values)
        self.typed()

    def _state(self) -> None:
        found = self.view.row.standing if self.view is not None else NoteStanding.DRAFT
        draft = found is NoteStanding.DRAFT
        may, order = self.api.can(Permission.DRAFT_NOTES), self.api.can(Permission.ORDER)
        self.title.setText(t("New note") if self.view is None else note_title(self.view.row.kind))
        self.chip.show_state(standing_word(found), kind=NOTE_KINDS[found], outlined=False)
        for area in (self.restrictions, self.reason, self.start, self.end):
            area.setReadOnly(not (draft and may))
        for widget in (self.type, self.provider, self.show_reason):
            widget.setEnabled(draft and may)
        self.save_button.setVisible(draft and may)
        self.send_button.setVisible(draft and order)
        self.discard_button.setVisible(draft and may and self.view is not None)
        self.again_button.setVisible(not draft and may)
        can_withdraw = order and found in (NoteStanding.VALID, NoteStanding.EXPIRED)
        self._why.setVisible(can_withdraw)
        self.withdraw_button.setVisible(can_withdraw)
        self._tell(found)

    def _tell(self, found: NoteStanding) -> None:
        view = self.view
        if view is None or found is NoteStanding.DRAFT:
            self.note.hide()
            return
        lead = t("Code {code}", code=shown(view.code)) if view.code else standing_word(found)
        more = t("Withdrawn: {reason}", reason=view.withdrawn_reason) if found is NoteStanding.WITHDRAWN else ""
        newer = t("A newer note was made from it.") if view.corrected_by else ""
        late = t("What you typed came too late; a new one made from it takes it along.") if self.aside else ""
        self.note.show_text(lead, " ".join(part for part in (late, more, newer) if part))
        self.note.show()

    def first(self) -> QWidget:
        """A new one begins with its days."""
        return self.start if not self.row_id else self.back

    def named(self) -> None:
        """The button says for whom is signed."""
        self.send_button.setText(t("Sign and send for {name}", name=self.patient_name))
        self._suggest()

    def values(self) -> Mapping[str, Any]:
        """Return the form as JSON, by the names of ``EditExcuseNote``."""
        start, end = self.start.value, self.end.value
        return {
            "type": self.type.current, "providerId": self.provider.current,
            "startDate": start.isoformat() if start else "", "endDate": end.isoformat() if end else "",
            "reason": self.reason.toPlainText().strip(), "restrictions": self.restrictions.toPlainText().strip(),
            "showReason": self.show_reason.isChecked(), "corrects": self.corrects or "",
        }  # fmt: skip

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put values into the form without calling that typing."""
        self._filling = True
        today = self.api.workspace.reader().today
        self.type.set_current(str(values.get("type") or ExcuseNoteType.WORK.value))
        chosen = str(values.get("providerId") or self.api.workspace.actor.provider_id or "")
        self._offer_signers(chosen)
        for day_field, name in ((self.start, "startDate"), (self.end, "endDate")):
            day = read_day(values.get(name))
            if name not in values or day != day_field.value:  # a day that is being typed stays as it is
                day_field.set_value(day or today)
        for area, name in ((self.reason, "reason"), (self.restrictions, "restrictions")):
            put_text(area, str(values.get(name) or ""))
        self.show_reason.setChecked(bool(values.get("showReason")))
        self.why.clear()
        self.form.clear_errors()
        self._count()
        self._filling = False

    def field_title(self, name: str) -> str:
        """Return what a field is called."""
        return self.show_reason.text() if name == "showReason" else super().field_title(name)

    def field_text(self, name: str, value: Any) -> str:
        """Return a field's value in words."""
        return in_words(name, value, dict(self._known))

    def document(self) -> Document | None:
        """Return the note as the form has it."""
        return None if self.head is None else excuse_paper(self.head, self.shown_view(), self.made())

    def shown_view(self) -> NoteView:
        """Return the note with what is typed over what is written."""
        base = self.view if self.view is not None else self._empty()
        if base.row.status is not ExcuseNoteStatus.DRAFT:
            return base
        return typed_over(base, self.values(), self.provider.currentText())

    def _empty(self) -> NoteView:
        today = self.api.workspace.reader().today
        return empty_view(self.patient_id, self.patient_name, self.corrects, today, self.api.now())

    def save(self) -> None:
        """Write what is typed."""
        said = t("Saved the note for {name}", name=self.patient_name)
        self._save(lambda outcome: self.api.did(said, outcome))

    def send(self) -> None:
        """Write what is typed, then sign and send exactly that after ten seconds with a way back."""
        if self.merging.view.open:  # nobody signs before it is chosen what stays
            next(iter(self.merging.view.lines.values())).choice.setFocus()
            return
        name, failed, values = self.patient_name, self.failed_at(), self.values()
        self._save(lambda outcome: self._send(str(outcome.result["noteId"]), content_of(values), name, failed))

    def _save(self, then: Callable[[Outcome], object]) -> None:
        self.form.clear_errors()
        self.settle()
        values, written_down = self.values(), self.written_down()
        start, end = self.start.value, self.end.value
        if start is None or end is None:
            self.form.show_error("startDate" if start is None else "endDate", t("This is not a date."))
            return

        def done(outcome: Outcome) -> None:
            row_id = str(outcome.result["noteId"])
            if written_down():
                self.row_id = row_id
                self.show_note(row_id, sent=values)
            self.saved.emit(row_id)
            then(outcome)

        self.act.execute(self._command(values, start, end), on_done=done, on_refused=self.failed_at())

    def _command(self, values: Mapping[str, Any], start: date, end: date) -> Any:
        if self.view is None:
            return DraftExcuseNote(
                patient_id=self.patient_id, kind=ExcuseNoteType(values["type"]), start=start, end=end,
                reason=values["reason"], restrictions=values["restrictions"] or None, show_reason=values["showReason"],
                provider_id=values["providerId"] or None, corrects=self.corrects,
            )  # fmt: skip
        return EditExcuseNote(note_id=self.view.row.id, changes=self.merging.changes(values))

    def _send(self, note_id: str, content: str, name: str, failed: Callable[[AppError], None]) -> None:
        self.api.pending(
            PendingAction(text=t("Signing and sending the note for {name}", name=name),
                          command=SendExcuseNote(note_id=note_id, content=content), on_done=self._changed,
                          on_refused=failed, done_text=t("Sent the note for {name}", name=name))
        )  # fmt: skip

    def discard(self) -> None:
        """Throw the draft away; the message brings it back."""
        if self.view is None:
            return
        command = DiscardExcuseNote(note_id=self.row_id, content=self.view.content)
        said, gone = t("Threw away the note for {name}", name=self.patient_name), self.written_down()

        def done(outcome: Outcome) -> None:
            self.api.did(said, outcome)
            if gone():
                self.clean()
                self.left.emit()

        self.act.execute(command, on_done=done, on_refused=self.failed_at())

    def withdraw(self) -> None:
        """Withdraw it after ten seconds with a way back."""
        if not self.why.text().strip():
            self.form.show_error("withdrawReason", t("Say why: it is kept with the note."))
            return
        command = WithdrawExcuseNote(note_id=self.row_id, reason=self.why.text())
        self.api.pending(
            PendingAction(text=t("Withdrawing the note for {name}", name=self.patient_name), command=command,
                          on_done=self._changed, on_refused=self.failed_at())
        )  # fmt: skip

    def _changed(self, outcome: Outcome) -> None:
        self.saved.emit(str(outcome.result.get("noteId", "")))
        if outcome.result.get("noteId") == self.row_id:
            self.show_note(self.row_id)
