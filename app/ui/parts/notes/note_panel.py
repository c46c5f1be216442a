"""The note of a visit as a form: kept while it is typed, saved as a draft (Ctrl+S), signed after ten seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.patients import FieldChange
from app.commands.visit_notes import DiscardVisitNote, SignVisitNote, WriteVisitNote
from app.domain.visit_notes import identity_hash, missing_for_signature, note_hash, note_id_for, part_title
from app.kernel.errors import AppError
from app.kernel.i18n import later, t
from app.queries.visit_content import VisitContent, visit_content
from app.queries.visit_notes import NoteView, visit_note
from app.ui.parts.conflict_view import ConflictView
from app.ui.parts.notes.note_form import NoteForm
from app.ui.parts.notes.note_words import moment_inside
from app.ui.parts.patient_values import born_text
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.work import ChangesPort, Draft, Lane, PanelPage, PendingAction, ShellApi, ToastTone, draft_kinds


class NotePanel(PanelPage):
    """Writes and signs one visit's note; it stays beside whichever tab is read meanwhile."""

    wide = True
    watches = frozenset({"visit_note", "visits", "patients"})

    def __init__(
        self, api: ShellApi, visit_id: str, *, body: Mapping[str, Any] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.api, self.visit_id, self._body = api, visit_id, body
        self.note: NoteView | None = None
        self.visit: VisitContent | None = None
        self._saving = self._signing = self._let_go = self._sign_next = False
        self._look, self._read, self._act = (Lane(self, api.workspace) for _ in range(3))
        self.who = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.born = Label("", wrap=True)
        self.alike = Note("", kind=StatusKind.ARRIVED)
        self.said = Note("", kind=StatusKind.CRITICAL)
        self.conflict = ConflictView(title_of=part_title, show=lambda _field, value: str(value or ""))
        self.form = NoteForm(api, visit_id)
        for widget in (self.alike, self.said):
            widget.hide()
        self.save_button = Button(t("Save the draft"), keys="Ctrl+S")
        self.sign_button = Button(t("Sign"), kind=ButtonKind.PRIMARY, keys="Ctrl+Enter", icon="edit")
        column(self.who, self.born, self.alike, self.said, self.conflict, self.form, gap=8, parent=self).addStretch(1)
        self._connect()
        self.setEnabled(False)
        self.save_button.setEnabled(False)
        self.sign_button.setEnabled(False)
        self.refresh()

    def _connect(self) -> None:
        self.form.edited.connect(self._edited)
        self.form.discard.clicked.connect(self.discard)
        self.save_button.clicked.connect(self.save)
        self.sign_button.clicked.connect(self.sign)
        for keys, run in (("Ctrl+S", self.save), ("Ctrl+Return", self.sign), ("Ctrl+Enter", self.sign)):
            QShortcut(QKeySequence(keys), self, run)

    # -- the panel ----------------------------------------------------------------------------------------------------

    def title(self) -> str:
        """Return the heading."""
        return t("Visit note")

    def meta(self) -> str:
        """Say whether what is typed is in the clinic's record."""
        if self._signing:
            return t("waiting to be signed")
        if self.dirty():
            return t("not saved yet")
        if self.note is None:
            return t("not begun")
        today = self.api.workspace.reader().today
        return t("draft saved {time}", time=moment_inside(self.note.updated_at, self.api.zone, today))

    def first_focus(self) -> QWidget | None:
        """Begin with the first part that is empty."""
        return self.form.first_empty()

    def foot(self) -> QWidget | None:
        """Return save and sign."""
        foot = QWidget()
        line = row(self.save_button, gap=8, parent=foot)
        line.addWidget(self.sign_button, 1)
        return foot

    def dirty(self) -> bool:
        """Whether something is typed that isn't saved."""
        return self.form.typed() and not self._signing

    def draft(self) -> Draft | None:
        """Keep what is typed and what stood there before: a conflict is seen after a restart too."""
        changes = self.form.changes()
        if not changes or self.visit is None:
            return None
        body = {"patient": self.visit.patient_id, "parts": changes, "base": {f: self.form.base[f] for f in changes}}
        return Draft(
            draft_kinds.VISIT_NOTE, self.visit_id, later("Visit note of {name}", name=self.visit.patient_name), body
        )

    def kept_as(self) -> tuple[str, str]:
        """One form for each visit: the one put aside goes on, or it would stay behind with a note that is signed."""
        return draft_kinds.VISIT_NOTE, self.visit_id

    def closing(self) -> None:
        """What is still to come is told in passing."""
        self._let_go = True

    # -- what is there ------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the visit and its note anew."""
        self._look.ask(visit_content, visit_id=self.visit_id, on_result=self._show_visit, on_error=self._failed)

    def changed(self, changes: ChangesPort) -> None:
        """Take over what others write in parts that aren't edited here."""
        ids = changes.rows.get("visit_note", ())
        about = changes.rows.get("patients", ())
        mine = self.visit is not None and self.visit.patient_id in about
        if changes.everything or note_id_for(self.visit_id) in ids or mine:
            self.refresh()

    def _show_visit(self, visit: VisitContent) -> None:
        self.visit = visit
        self.form.patient_id = visit.patient_id
        today = self.api.workspace.reader().today
        self.who.setText(visit.patient_name)
        self.born.setText(self._about(visit, today))
        self.alike.setVisible(bool(visit.alike))
        names = ", ".join(visit.alike)
        self.alike.show_text(t("Similar name on this day: {names}", names=names), t("Is it the right patient?"))
        self._read.ask(visit_note, visit_id=self.visit_id, on_result=self._show_note, on_error=self._failed)

    def _about(self, visit: VisitContent, today: date) -> str:
        """Return how old the patient is, and which visit it is: with whom, when that is a colleague's."""
        born = t("Born {date}", date=born_text(visit.patient_born, today, visit.death))
        mine = visit.provider_id == self.api.workspace.actor.provider_id
        when = moment_inside(visit.start, self.api.zone, today)
        return " · ".join(filter(None, (born, when, "" if mine else visit.provider_name)))

    def _show_note(self, note: NoteView | None) -> None:
        begun = self.note is not None or self.form.loaded
        self.note = note
        if note is not None and note.signed:
            self._show_signed(note)
            return
        if note is None and self.visit is not None and not self.form.loaded:
            self.form.load({"reason": self.visit.reason}, base={})
        elif note is not None:
            self.form.update_base(note.parts) if begun else self.form.load(note.parts)
        if self._body is not None:
            self.form.restore(self._body)
            self._body = None
        elif not begun:
            self.api.drafts.offer(draft_kinds.VISIT_NOTE, self._take_up)
        self._show_state()
        if not begun and self.isVisible():
            self.form.first_empty().setFocus()

    def _show_signed(self, note: NoteView) -> None:
        """It is signed: nothing is written any more. What somebody has typed here too late stays to be read."""
        if self._body is not None:
            self.form.load(note.parts)
            self.form.restore(self._body)
            self._body = None
        mine = self.form.changes()
        if self.form.typed() and any(text != note.parts.get(name, "") for name, text in mine.items()):
            if not self._signing:
                self.setEnabled(True)
                self.form.set_locked(locked=True)
                self.conflict.show_conflict({})
                for button in (self.save_button, self.sign_button):
                    button.setEnabled(False)
                self._say(t("Signed by {name} meanwhile.", name=note.signed_by),
                          t("What you typed is kept here: copy what is missing into an addendum."))  # fmt: skip
            return
        self.api.drafts.discard(draft_kinds.VISIT_NOTE, self.visit_id)  # all of it is signed: nothing is unfinished
        self.form.set_saved(note.parts)
        if not self._signing:
            self.finished.emit()

    def _take_up(self, kept: Sequence[Draft]) -> None:
        """Go on with what was typed before a crash or a closed window, which an empty form would soon replace."""
        mine = next((one for one in kept if one.subject == self.visit_id), None)
        if mine is not None and not self._let_go and not self.form.typed():
            self.form.restore(mine.body)
            self._show_state()

    def _show_state(self) -> None:
        user, mine = self.api.workspace.actor, self.note is None
        may = mine or (self.note is not None and self.note.writable_by(user.user_id, user.provider_id))
        self.setEnabled(may)
        self.form.set_locked(locked=self._signing)
        self.form.discard.setVisible(self.note is not None)
        ready = may and not self._saving and not self._signing
        self.save_button.setEnabled(ready and (self.dirty() or self.conflict.open))
        self.sign_button.setEnabled(ready)
        name = self.visit.patient_name if self.visit else ""
        self.sign_button.setText(t("Sign the note of {name}", name=name))
        if not may and self.note is not None:
            self._say(t("This is {name}'s draft.", name=self.note.author))
        self.retitle()

    def _edited(self) -> None:
        self.said.hide()
        self._show_state()
        self.edited.emit()

    def _failed(self, error: AppError) -> None:
        self._say(t("Not loaded"), error.message)

    def _say(self, lead: str, text: str = "") -> None:
        self.said.show_text(lead, text)
        self.said.show()

    # -- saving and signing -------------------------------------------------------------------------------------------

    def save(self) -> None:
        """Save the draft into the clinic's record."""
        if not self.save_button.isEnabled():
            return
        for field, (server, mine) in self.conflict.choices().items():
            self.form.rebase(field, server or "", keep=mine)
        self.conflict.show_conflict({})
        changes = tuple(FieldChange(f, self.form.base[f], text) for f, text in self.form.changes().items())
        if not changes:
            self._show_state()
            return
        self._saving = True
        self._show_state()
        command = WriteVisitNote(visit_id=self.visit_id, changes=changes)
        sent = {change.field: change.new for change in changes}
        self._act.execute(command, on_done=lambda _: self._saved(sent), on_refused=self._refused,
                          on_unavailable=self._unavailable)  # fmt: skip

    def _saved(self, sent: Mapping[str, str]) -> None:
        self._saving = False
        self.form.set_saved(sent)
        if self.visit is not None:
            self.api.drafts.discard(draft_kinds.VISIT_NOTE, self.visit_id)
        self.refresh()
        self._show_state()
        if self._sign_next:
            self._sign_next = False
            self.sign()

    def sign(self) -> None:
        """Save what is typed, then sign exactly that; ten seconds to think better of it."""
        if not self.sign_button.isEnabled() or self.visit is None or self.conflict.open:
            return
        missing = missing_for_signature(self.form.parts())
        if missing is not None:
            self.form.show_error(missing, t("Before signing, fill in: {part}.", part=part_title(missing)))
            return
        if self.dirty():
            self._sign_next = True
            self.save()
            return
        self._signing = True
        self._show_state()
        visit = self.visit
        command = SignVisitNote(note_id=note_id_for(self.visit_id), content=note_hash(self.form.parts()),
                                identity=self._identity(visit))  # fmt: skip
        text = t("Signing the visit note of {name}", name=visit.patient_name)
        self.api.pending(PendingAction(text=text, command=command, on_done=self._signed, on_refused=self._unsigned,
                                       on_cancelled=self._unlock))  # fmt: skip

    def _identity(self, visit: VisitContent) -> str:
        born: date | None = visit.patient_born
        return identity_hash(visit.patient_id, visit.first_name, visit.last_name, born)

    def _signed(self, outcome: Outcome) -> None:
        name = self.visit.patient_name if self.visit is not None else ""
        self.api.toast(t("Signed the visit note of {name}", name=name), tone=ToastTone.GOOD)
        for warning in outcome.warnings:
            self.api.toast(warning, tone=ToastTone.WARNING)
        if not self._let_go:
            self._signing = False
            self.finished.emit()

    def _unsigned(self, error: AppError) -> None:
        if self._let_go:
            self.api.problem(error)
            return
        self._unlock()
        self._refused(error)

    def _unlock(self) -> None:
        if not self._let_go:
            self._signing = False
            self._show_state()

    def discard(self) -> None:
        """Throw the draft away; the toast brings it back."""
        if self.note is None or self._signing:
            return
        command = DiscardVisitNote(note_id=self.note.id, content=self.note.content)
        name = self.visit.patient_name if self.visit is not None else ""

        def done(outcome: Outcome) -> None:
            self.api.did(t("Threw away the visit note of {name}", name=name), outcome)
            self.finished.emit()

        self._act.execute(command, on_done=done, on_refused=self._refused)

    def _refused(self, error: AppError) -> None:
        self._saving = self._sign_next = False
        if error.code == "FieldChanged" and "fields" in error.data:
            self.conflict.show_conflict(error.data["fields"])
        elif error.field in self.form.fields:
            self.form.show_error(error.field, error.message)
        else:
            self._say(t("Not saved"), error.message)
            self.refresh()
        self._show_state()

    def _unavailable(self, error: AppError) -> None:
        self._saving = self._sign_next = False
        self._show_state()
        self._say(t("Not saved"), t("{why} What you typed is kept; save again.", why=error.message))
