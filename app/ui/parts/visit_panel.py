"""One visit beside the calendar: who, when, its history, and the steps that its state allows."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.cancelling import CancelVisit, DidNotArrive, MarkNoShow
from app.commands.core import Command, Outcome
from app.commands.visits import CheckIn, ConfirmVisit, StartVisit
from app.domain.enums import VisitMode, VisitStatus
from app.domain.permissions import Permission
from app.domain.visits import CancelKind
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.series import SeriesMember, series_of
from app.queries.visit_list import VisitRow, VisitView, visit_view
from app.ui.parts.link_state import VISIT_TABLES, LinkState, not_yet
from app.ui.parts.notes.completing import Completing
from app.ui.parts.status import STATUS, status_word
from app.ui.parts.video_room import VideoRoom
from app.ui.parts.words import birth, clock, day_short
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Chip
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, PendingAction, ShellApi
from app.ui.work.places import OpenChart, ShowSeries


class VisitPanel(PanelPage):
    """Shows a visit and takes it through its states."""

    watches = frozenset({"visits", "visit_detail", "visit_event", "virtual_visit_sessions"})

    def __init__(self, api: ShellApi, visit_id: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.visit_id = visit_id
        self._view: VisitView | None = None
        self._load, self._act, self._of = (Lane(self, api.workspace) for _ in range(3))
        self._completing = Completing(api, self)
        self._name = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self._born = Label("")
        self._phone = Label("", tone=Tone.MUTED)
        self._chip = Chip("")
        self._when = Label("", wrap=True)
        self._reason = Label("", tone=Tone.MUTED, wrap=True)
        self._note = Note("")
        self._note.hide()
        self.room = VideoRoom(api)
        self._history = ListCard(name=t("History"), row_height=32, max_rows=6)
        self.chart = Button(t("Open chart"), icon="heart", keys="Ctrl+O", small=True)
        self.chart.setEnabled(False)
        self.chart.clicked.connect(self.open_chart)
        self.series = Button("", icon="redo", keys="Alt+Shift+S", small=True)
        self.series.hide()
        self.series.clicked.connect(self._open_series)
        QShortcut(QKeySequence("Alt+Shift+S"), self, self._open_series)
        self._steps = column(gap=8)
        self._offered: list[tuple[str, Command | None]] = []
        self._cancel = _CancelForm()
        self._cancel.hide()
        self._cancel.go.clicked.connect(self._cancel_visit)
        body = column(self._name, self._born, self._phone, row(self._chip, STRETCH, self.chart), self._when,
                      self._reason, row(self.series, STRETCH), self._note, gap=6, parent=self)  # fmt: skip
        body.addWidget(self.room)
        body.addLayout(self._steps)
        body.addWidget(self._cancel)
        body.addWidget(Label(t("History"), role=TypeRole.META, strong=True))
        body.addWidget(self._history)
        body.addStretch(1)
        self.refresh()

    def title(self) -> str:
        """Return the heading."""
        return t("Visit")

    def event(self, event: QEvent) -> bool:
        """Take Ctrl+O while the focus is here; on the page beside it the same keys are the page's."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_open(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the chart."""
        if _is_open(event):
            self.open_chart()
        else:
            super().keyPressEvent(event)

    def refresh(self) -> None:
        """Ask for the visit anew."""
        self._load.ask(visit_view, visit_id=self.visit_id, on_result=self._show, on_error=self._failed)
        self._of.ask(series_of, visit_id=self.visit_id, on_result=self._show_series, on_error=self._failed)

    def _show_series(self, members: tuple[SeriesMember, ...]) -> None:
        """Say where in a series the visit stands; the way to the others."""
        ids = [one.visit_id for one in members]
        shown = len(ids) > 1 and self.visit_id in ids and self.api.can(Permission.BOOK)
        if shown:
            number = ids.index(self.visit_id) + 1
            self.series.setText(t("Series: visit {n} of {total} …", n=number, total=len(ids)))
        self.series.setVisible(shown)

    def _open_series(self) -> None:
        if not self.series.isHidden():
            self.api.navigate(ShowSeries(visit_id=self.visit_id))

    def open_chart(self) -> None:
        """Open the patient's chart (Ctrl+O)."""
        if self._view is not None:
            self.api.navigate(OpenChart(patient_id=self._view.row.patient_id))

    def _failed(self, error: AppError) -> None:
        self._note.show_text(error.message)
        self._note.show()

    def _show(self, view: VisitView) -> None:
        self._view = view
        row_, zone = view.row, self.api.zone
        if row_.mode is VisitMode.VIRTUAL:  # only such a visit has a room to ask for
            self.room.show_visit(self.visit_id)
        else:
            self.room.forget()
        self._name.setText(row_.patient_name)
        self.chart.setEnabled(True)
        self._born.setText(birth(row_.patient_born))
        said = t("Confirmed") if view.confirmed_at is not None and row_.status is VisitStatus.PLANNED else ""
        self._phone.setText(" · ".join(filter(None, (view.phone, said))))
        unsent = LinkState.of(self.api.sync).unsent(row_.id, VISIT_TABLES)
        word = status_word(row_.status)
        self._chip.show_state(f"{word} · {not_yet()}" if unsent else word, kind=STATUS[row_.status], outlined=unsent)
        day = day_short(row_.start.astimezone(zone).date(), self.api.workspace.reader().today)
        mode = t("Virtual") if row_.mode is VisitMode.VIRTUAL else t("In person")
        span = f"{day} {clock(row_.start, zone)}–{clock(row_.end, zone)}"
        self._when.setText(" · ".join(filter(None, (span, row_.provider_short, row_.type_name, mode, view.room))))
        self._reason.setText(row_.reason)
        self._history.set_items(
            [
                ListItem(key=str(index), title=status_word(step.status), title_strong=False,
                         meta=f"{day_short(step.at.astimezone(zone).date(), self.api.workspace.reader().today)} "
                              f"{clock(step.at, zone)}",
                         subtitle=" · ".join(filter(None, (step.by, step.reason))))
                for index, step in enumerate(view.history)
            ]
        )  # fmt: skip
        self._offer(view)

    def _offer(self, view: VisitView) -> None:
        """Show a button for each step that the state and the person's role allow.

        The same steps keep their buttons: whoever has one in hand keeps it while others' changes come in. Where the
        step changes, the keyboard is on the next one.
        """
        status, steps = view.row.status, self._commands(view)
        can_cancel = status in (VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS)
        self._cancel.setVisible(can_cancel and self.api.can(Permission.ADVANCE_VISIT))
        if steps == self._offered:
            return
        self._offered = steps
        in_hand = self._clear_steps()
        for index, (text, command) in enumerate(steps):
            button = Button(text, kind=ButtonKind.PRIMARY if index == 0 else ButtonKind.SECONDARY)
            button.clicked.connect(partial(self._do, text, command) if command is not None else self._complete)
            self._steps.addWidget(button)
            if in_hand and index == 0:
                button.show()  # what isn't shown yet gets no keyboard
                button.setFocus()

    def _clear_steps(self) -> bool:
        """Take the buttons away; returns whether one of them had the keyboard."""
        in_hand = False
        while self._steps.count():
            item = self._steps.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                in_hand |= widget.hasFocus()
                widget.deleteLater()
        return in_hand

    def _commands(self, view: VisitView) -> list[tuple[str, Command | None]]:
        """The steps in words; the end of a visit has no command here, what is open is looked at first."""
        found: list[tuple[str, Command | None]] = []
        status, own = view.row.status, view.row.provider_id == self.api.workspace.actor.provider_id
        treats = own and self.api.can(Permission.TREAT_OWN_VISIT)
        advances = self.api.can(Permission.ADVANCE_VISIT)
        if status is VisitStatus.PLANNED and advances:
            found.append((t("Check in"), CheckIn(visit_id=self.visit_id)))
            found.append((t("Did not arrive"), DidNotArrive(visit_id=self.visit_id, expected=status)))
            if view.confirmed_at is None:
                found.append((t("Confirmed by phone"), ConfirmVisit(visit_id=self.visit_id)))
        if status is VisitStatus.CHECKED_IN:
            if treats:
                found.append((t("Start"), StartVisit(visit_id=self.visit_id)))
            if advances:
                found.append((t("Left before seen"), MarkNoShow(visit_id=self.visit_id, expected=status)))
        if status is VisitStatus.IN_PROGRESS and treats:
            found.append((t("Complete"), None))
        return found

    def _do(self, text: str, command: Command, _checked: bool = False) -> None:
        name = self._view.row.patient_name if self._view else ""
        self._note.hide()
        self._act.execute(
            command, on_done=lambda outcome: self._did(f"{text}: {name}", outcome), on_refused=self._failed
        )

    def _complete(self, _checked: bool = False) -> None:
        name = self._view.row.patient_name if self._view else ""
        self._note.hide()
        self._completing.complete(self.visit_id, partial(self._did, t("Completed {name}", name=name)), self._failed)

    def _did(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self.refresh()

    def _cancel_visit(self) -> None:
        if self._view is not None:
            self.api.pending(self.cancellation(self._view.row))

    def cancellation(self, row_: VisitRow) -> PendingAction:
        """Return what is done ten seconds after the button was pressed, unless somebody stops it."""
        name = row_.patient_name
        command = CancelVisit(visit_id=self.visit_id, kind=CancelKind(self._cancel.kind.current),
                              reason=self._cancel.reason.text(), expected=row_.status)  # fmt: skip
        text = t("Cancelling the visit of {name}", name=name)
        return PendingAction(text=text, command=command, on_refused=self._failed,
                             done_text=t("Cancelled the visit of {name}", name=name))  # fmt: skip


def _is_open(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_O and event.modifiers() == Qt.KeyboardModifier.ControlModifier


class _CancelForm(QWidget):
    """Why a visit is cancelled, and the button."""

    def __init__(self) -> None:
        super().__init__()
        self.kind = Combo(name=t("Cancelled by"))
        self.kind.set_items(
            [
                (CancelKind.PATIENT.value, t("The patient")),
                (CancelKind.CLINIC.value, t("The clinic")),
                (CancelKind.MISTAKE.value, t("Booked by mistake")),
            ],
            CancelKind.PATIENT.value,
        )
        self.reason = LineEdit(name=t("Reason"))
        self.go = Button(t("Cancel the visit"), icon="close")
        column(FormField(t("Cancelled by"), self.kind), FormField(t("Reason"), self.reason), self.go, gap=8,
               parent=self)  # fmt: skip
