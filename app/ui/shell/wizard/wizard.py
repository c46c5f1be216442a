"""The wizard's frame: steps at the left, one page at the right, how far the server is at the foot."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QProgressBar, QScrollArea, QStackedWidget, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.setup.plan import ClinicPlan
from app.ui.shell.wizard.backup_step import BackupStep
from app.ui.shell.wizard.clinic_step import BrandingStep, ClinicStep
from app.ui.shell.wizard.people_steps import AdminStep, StaffStep
from app.ui.shell.wizard.provider_step import ProviderStep
from app.ui.shell.wizard.step import WizardStep
from app.ui.shell.wizard.steps_list import StepsList
from app.ui.shell.wizard.type_step import TypeStep
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Divider, Label
from app.ui.work import Step

STEPS: tuple[type[Any], ...] = (
    ClinicStep,
    BrandingStep,
    AdminStep,
    ProviderStep,
    TypeStep,
    StaffStep,
    BackupStep,
)


class Wizard(QWidget):
    """``complete`` carries the ``ClinicPlan``; ``left`` says that the person gave it up."""

    complete = Signal(object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("wizard")
        self._made: dict[int, WizardStep] = {}
        self._busy = False
        self.list = StepsList([kind.title() for kind in STEPS])
        self.list.chosen.connect(self._back_to)
        self.pages = QStackedWidget()
        for _ in STEPS:
            self.pages.addWidget(QWidget())
        self.problem = Note("", kind=StatusKind.CRITICAL)
        self.problem.hide()
        self.server = Label(t("Starting the database …"), role=TypeRole.META, tone=Tone.MUTED)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(t("Progress"))
        self.bar.setRange(0, 0)
        self.back = Button(t("Back"))
        self.back.clicked.connect(self.go_back)
        self.skip = Button(t("Leave out"), kind=ButtonKind.QUIET)
        self.skip.clicked.connect(self.skip_step)
        self.next = Button(t("Next"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        QShortcut(QKeySequence("Ctrl+Return"), self, self.go_on)
        QShortcut(QKeySequence("Escape"), self, self.back.click)  # not while busy: the button is off then
        self.next.clicked.connect(self.go_on)
        self._lay_out()
        self._show(0)

    def _lay_out(self) -> None:
        card = Card(padding=0, gap=0)
        self.bar.setFixedWidth(120)
        foot = row(self.server, self.bar, STRETCH, self.back, self.skip, self.next, margins=(24, 12, 24, 12))
        card.body.addWidget(self.pages, 1)
        card.body.addLayout(row(self.problem, margins=(24, 0, 24, 12)))
        card.body.addWidget(Divider())
        card.body.addLayout(foot)
        heading = Label(t("Set up my clinic here"), role=TypeRole.SECTION, strong=True)
        side = column(heading, 8, self.list, STRETCH, gap=8)
        body = row(gap=24, margins=(24, 24, 24, 24), parent=self)
        body.addLayout(side)
        body.addWidget(card, 1)

    @property
    def steps(self) -> list[WizardStep]:
        """All steps; those that nobody has seen yet are made now."""
        return [self._step(index) for index in range(len(STEPS))]

    @property
    def current(self) -> WizardStep:
        """The step shown."""
        return self._step(self.pages.currentIndex())

    def _step(self, index: int) -> WizardStep:
        """Return a step, made when it is first wanted: the whole wizard at once would hold the window up."""
        if index not in self._made:
            made: WizardStep = STEPS[index]()
            self._made[index] = made
            place = self.pages.widget(index)
            if place is not None:
                column(_scrolling(made), gap=0, parent=place)
        return self._made[index]

    def focus_first(self) -> None:
        """Go to the first field of the step."""
        (self.current.first_focus() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def go_on(self) -> None:
        """Check the step; go to the next one, or finish."""
        if self._busy or not self.current.check():
            return
        self._advance()

    def skip_step(self) -> None:
        """Go on without this step's entries."""
        if self.current.optional and not self._busy:
            self._advance()

    def go_back(self) -> None:
        """Go to the step before, or leave."""
        index = self.pages.currentIndex()
        if index == 0:
            self.left.emit()
        else:
            self._show(index - 1)

    def plan(self) -> ClinicPlan:
        """Return everything that was entered."""
        values: dict[str, Any] = {}
        for step in self.steps:
            if not step.optional or step.check():
                values |= step.values()
        return ClinicPlan(**values)

    def set_busy(self, busy: bool) -> None:
        """Wait while the clinic is made."""
        self._busy = busy
        for part in (self.pages, self.back, self.skip, self.next, self.list):
            part.setEnabled(not busy)

    def show_step(self, step: Step) -> None:
        """Show how far making the clinic is."""
        self.bar.show()
        self.bar.setRange(0, step.total)
        self.bar.setValue(step.done)
        self.server.setText(step.text)

    def show_error(self, error: AppError) -> None:
        """Go to the step that the error is about, and show it."""
        self.set_busy(False)
        self.bar.hide()
        field = (error.field or "").split(".")[0]
        index = next((n for n, kind in enumerate(STEPS) if field in kind.fields), None)
        if index is not None:
            self._show(index)
            self.current.form.show_error(error.field, error.message)
        self.problem.show_text(error.message)
        self.problem.show()

    def show_server_step(self, step: Step) -> None:
        """Show how far the embedded server is."""
        if not self._busy:
            self.server.setText(step.text)
            self.bar.show()
            self.bar.setRange(0, step.total)
            self.bar.setValue(step.done)

    def show_server_ready(self) -> None:
        """The embedded server runs."""
        if not self._busy:
            self.server.setText(t("The database is ready."))
            self.bar.hide()

    def show_server_problem(self, text: str) -> None:
        """The embedded server can't start: nothing that is typed is lost, making the clinic will try again."""
        self.server.setText(t("The database isn't ready."))
        self.bar.hide()
        self.problem.show_text(text)
        self.problem.show()

    def _advance(self) -> None:
        index = self.pages.currentIndex()
        if index + 1 < len(STEPS):
            self._show(index + 1)
        else:
            self.complete.emit(self.plan())

    def _back_to(self, index: int) -> None:
        if index < self.pages.currentIndex():
            self._show(index)

    def _show(self, index: int) -> None:
        self._step(index)
        self.pages.setCurrentIndex(index)
        self.list.set_current(index)
        self.problem.hide()
        last = index + 1 == len(STEPS)
        self.back.setText(t("Back") if index else t("Cancel"))
        self.skip.setVisible(self.current.optional)
        self.next.setText(t("Make the clinic") if last else t("Next"))
        self.focus_first()


def _scrolling(step: WizardStep) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    inside = QWidget()
    step.setMaximumWidth(720)
    column(step, STRETCH, gap=0, margins=(24, 24, 24, 24), parent=inside)
    area.setWidget(inside)
    return area
