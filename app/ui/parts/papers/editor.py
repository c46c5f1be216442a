"""A paper's form with its page beside it: what both kinds share. The page follows each letter that is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.documents.heads import Made
from app.documents.model import Document
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.papers import PaperHead, paper_head
from app.ui.parts.link_state import LinkState
from app.ui.parts.paper_out import PaperOut
from app.ui.parts.paper_view import PaperView
from app.ui.parts.papers.merging import Merging
from app.ui.parts.words import birth
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Chip
from app.ui.widgets.form import Form
from app.ui.widgets.inputs import TextArea
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.work import Draft, Lane, ShellApi

_FORM = 420
_BOTH = _FORM + 24 + 240
"""From this width on the page has a place beside the form; below it (beside a panel) only the form is shown."""
_NO_LIMIT = 16_777_215
_KEEP = 1500


def put_text(area: TextArea, text: str) -> None:
    """Put a text in unless it stands there: the cursor of who is typing stays where it is."""
    if area.toPlainText().strip() != text.strip():
        area.setPlainText(text)


class PaperEditor(QWidget):
    """The form at the left, the page at the right; ``left`` when the person goes back to the list."""

    left = Signal()
    saved = Signal(str)
    """The paper's id, after it was written or changed."""
    kind = ""
    """The kind of its drafts."""
    tables: tuple[str, ...] = ()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.patient_id = self.patient_name = ""
        self.head: PaperHead | None = None
        self.row_id = ""
        self.dirty = False
        self._opened = 0
        self.load, self.act, self.about = (Lane(self, api.workspace) for _ in range(3))
        self.title = Label("", role=TypeRole.PATIENT, strong=True, elide=True)
        self.who = Label("", tone=Tone.MUTED, elide=True)
        self.chip = Chip("")
        self.note = Note("", kind=StatusKind.HELD)
        self.note.hide()
        self.form = Form()
        self.merging = Merging(self.field_title, self.field_text)
        self.paper = PaperView(api, t("Preview"))
        self.back = Button(t("Back"), icon="back", keys="Esc")
        self.back.clicked.connect(self.go_back)
        self.foot = row(gap=8)
        self._keep = QTimer(self, singleShot=True, interval=_KEEP)
        self._keep.timeout.connect(self._keep_draft)
        self._build()
        api.sync.changed.connect(self.draw)

    def _build(self) -> None:
        side = QWidget()
        inner = column(self.note, self.merging.view, self.form, STRETCH, gap=12, margins=(0, 0, 16, 8), parent=side)
        inner.setStretchFactor(self.form, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(side)
        self._scroll = scroll
        scroll.setAccessibleName(t("Form"))
        words = column(self.title, self.who, gap=0)
        top = row(self.back, gap=12)
        top.addLayout(words, 1)
        top.addWidget(self.chip)
        body = row(gap=24)
        body.addWidget(scroll, 1)
        body.addWidget(self.paper, 1)
        whole = column(gap=12, parent=self)
        whole.addLayout(top)
        whole.addLayout(body, 1)
        whole.addLayout(self.foot)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._show_page(beside=True)

    def minimumSizeHint(self) -> QSize:
        """Return what the form alone needs: the page goes first."""
        return QSize(320, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the page where there is room for both."""
        super().resizeEvent(event)
        self._show_page(beside=event.size().width() >= _BOTH)

    def _show_page(self, *, beside: bool) -> None:
        self.paper.setVisible(beside)
        self._scroll.setMinimumWidth(_FORM if beside else 0)
        self._scroll.setMaximumWidth(_FORM if beside else _NO_LIMIT)

    def add_button(self, text: str, icon: str, keys: str, run: Any, *, primary: bool = False) -> Button:
        """Add a button to the foot with its key."""
        button = Button(text, kind=ButtonKind.PRIMARY if primary else ButtonKind.SECONDARY, icon=icon, keys=keys)

        def press() -> None:
            if button.isVisible() and button.isEnabled():
                run()

        button.clicked.connect(press)
        if keys:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(press)
        self.foot.addWidget(button)
        return button

    def patient(self, patient_id: str, name: str) -> None:
        """Say whose paper it is and ask for the letterhead."""
        self.patient_id, self.patient_name = patient_id, name
        self.about.ask(paper_head, patient_id=patient_id, on_result=self._headed, on_error=self.failed)

    def _headed(self, head: PaperHead) -> None:
        self.head, self.patient_name = head, head.patient_name
        self.who.setText(f"{head.patient_name} · {birth(head.born)}")
        self.named()
        self.draw()

    def named(self) -> None:
        """The patient's name is known: buttons that send name it."""

    def made(self) -> Made:
        """How the paper would come about now."""
        link = LinkState.of(self.api.sync)
        offline = self.api.sync.offline and (not self.row_id or self.dirty)
        waits = bool(self.row_id) and link.unsent(self.row_id, self.tables)
        return Made(self.api.now(), self.api.workspace.actor.name, confirmed=not (offline or waits))

    def document(self) -> Document | None:
        """Return the paper as the form has it now; None while the letterhead isn't there."""
        raise NotImplementedError

    def draw(self) -> None:
        """Show the present state on the page."""
        if self.head is not None:
            self.paper.show_document(self.document())

    def typed(self, *_: object) -> None:
        """The person changed something."""
        self.dirty = True
        self._keep.start()
        self.draw()

    def values(self) -> Mapping[str, Any]:
        """Return what is typed, as JSON: for the draft."""
        raise NotImplementedError

    def draft_values(self) -> Mapping[str, Any]:
        """Return all that is typed, also what isn't part of the paper."""
        return self.values()

    @property
    def subject(self) -> str:
        """What a draft is about: the paper, or the patient for whom one is begun; neither takes the other's place."""
        return self.row_id or self.patient_id

    def _keep_draft(self) -> None:
        if self.dirty and self.patient_id:
            seen = {"seen": dict(self.merging.seen)} if self.merging.seen else {}
            body = {"patientId": self.patient_id, "rowId": self.row_id, **self.draft_values(), **seen}
            self.api.drafts.keep(Draft(self.kind, self.subject, self.draft_title(), body))

    def draft_title(self) -> str:
        """Return what its draft is called, to be kept (``said``)."""
        raise NotImplementedError

    def take_up_kept(self) -> None:
        """Go on with what was typed of this paper and put aside: an empty form would soon be kept in its place."""
        opened, subject = self._opened, self.subject

        def show(kept: Sequence[Draft]) -> None:
            mine = next((one for one in kept if one.subject == subject), None)
            if mine is not None and opened == self._opened and self.subject == subject and not self.dirty:
                self.put_typed(mine.body)

        self.api.drafts.offer(self.kind, show)

    def put_typed(self, body: Mapping[str, Any]) -> None:
        """Put what a draft has into the form: that is typed."""
        raise NotImplementedError

    def fill(self, values: Mapping[str, Any]) -> None:
        """Put values into the form without calling that typing."""
        raise NotImplementedError

    def field_title(self, name: str) -> str:
        """Return what a field is called, by its name in the command."""
        return self.form.field(name).control.accessibleName()

    def field_text(self, _name: str, value: Any) -> str:
        """Return a field's value in words."""
        return str(value or "")

    def settle(self) -> None:
        """Take what was chosen where somebody else changed the same."""
        if self.merging.view.open:
            self.fill(self.merging.settle(self.values()))

    def leave_paper(self) -> None:
        """Another paper comes into the form: what is typed of the one before is kept."""
        self._keep.stop()
        self._keep_draft()
        self.merging.begin({})
        self.load.drop()  # or the answer about the one before would take the new one's place
        self.dirty = False
        self._opened += 1

    def ask_for(self, row_id: str) -> None:
        """A paper is asked for: until it is there, what is still seen of another one is nobody's."""
        if row_id != self.row_id:
            self.leave_paper()
            self._scroll.verticalScrollBar().setValue(0)
            self.patient_id = self.patient_name = ""
            self.head = None
        self.row_id = row_id

    def written_down(self) -> Callable[[], bool]:
        """Remember the paper and what is typed, which is being written now.

        Call what is returned once it is: it says whether that paper is still in the form. Its draft goes, unless more
        was typed meanwhile.
        """
        opened, subject, new, sent = self._opened, self.subject, not self.row_id, self.values()

        def done() -> bool:
            if opened != self._opened:
                if not (self.dirty and subject == self.subject):
                    self.api.drafts.discard(self.kind, subject)
                return False
            if self.values() == sent:
                self.clean()
            if self.values() == sent or new:  # what more was typed is kept with the paper that there is now
                self.api.drafts.discard(self.kind, subject)
            return True

        return done

    def failed_at(self) -> Callable[[AppError], None]:
        """Return what shows an error at the paper that is in the form now, and elsewhere once another one is."""
        opened = self._opened
        return lambda error: self.failed(error) if opened == self._opened else self.api.problem(error)

    def clean(self) -> None:
        """What is typed is written: no draft any more."""
        self._keep.stop()
        if self.dirty:
            self.api.drafts.discard(self.kind, self.subject)
        self.dirty = False

    def go_back(self) -> None:
        """Back to the list; what is typed stays as a draft."""
        if self.dirty:
            self._keep.stop()
            self._keep_draft()
            self.api.toast(t("Kept as a draft."))
        self.dirty = False
        self.left.emit()

    def clean_up(self) -> None:
        """Another patient comes: what is typed is kept, and nothing of this one stays on the screen."""
        self.leave_paper()
        self.row_id = self.patient_id = self.patient_name = ""
        self.head = None
        self.load.drop()
        self.about.drop()
        self.paper.show_document(None)
        self.who.setText("")

    def first(self) -> QWidget:
        """Return what gets the focus."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Somebody changed it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back to the list."""
        if event.key() == Qt.Key.Key_Escape:
            self.go_back()
            return
        super().keyPressEvent(event)

    def failed(self, error: AppError) -> None:
        """Show an error at its field, or above the form; what somebody else changed, too, is chosen between."""
        sides = error.data.get("fields") if error.code == "FieldChanged" else None
        if isinstance(sides, Mapping) and sides:
            self.merging.clash(sides)
            self._scroll.verticalScrollBar().setValue(0)
            return
        self.form.show_error(error.field, error.message)

    def out(self) -> PaperOut:
        """The way to printer and file."""
        return PaperOut(self.api, self, (self.patient_id,))

    def print_paper(self) -> None:
        """Ask which printer."""
        document = self.document()
        if document is not None:
            self.out().ask_printer(document)

    def save_pdf(self) -> None:
        """Ask where the PDF goes."""
        document = self.document()
        if document is not None:
            self.out().ask_file(document, self.file_name())

    def file_name(self) -> str:
        """Return a file's name without a person's: folders are read by others."""
        return f"{self.kind}-{self.row_id[-6:] or 'draft'}"
