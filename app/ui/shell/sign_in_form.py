"""E-mail and password of one clinic, with the errors that signing in can meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from app.kernel.i18n import t
from app.kernel.profiles import Profile
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label


class SignInForm(Card):
    """The form. ``submitted`` carries e-mail and password; ``retry`` asks to reach the server again."""

    submitted = Signal(str, str)
    profile_chosen = Signal(str)
    retry = Signal()

    def __init__(self, profile: Profile, profiles: Sequence[Profile], parent: QWidget | None = None) -> None:
        super().__init__(padding=24, gap=16, parent=parent)
        self._ready = self._busy = False
        self._wait = 0
        self.setMaximumWidth(480)
        self.email = LineEdit(profile.last_email, max_length=254)
        self.password = LineEdit(max_length=1000)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.button = Button(t("Sign in"), kind=ButtonKind.PRIMARY, keys="Return")
        self.button.clicked.connect(self.submit)
        self.again = Button(t("Try again"), icon="refresh")
        self.again.clicked.connect(self.retry)
        self.again.hide()
        self.problem = Note("", kind=StatusKind.CRITICAL)
        self.problem.hide()
        self.offline = Note("", kind=StatusKind.ARRIVED)
        self.offline.hide()
        self.fields = Form()
        self.body.addWidget(Label(profile.title or profile.name, role=TypeRole.SECTION, strong=True))
        if len(profiles) > 1:
            self._add_choice(profile, profiles)
        self.body.addWidget(self.offline)
        self.fields.add("email", FormField(t("E-mail"), self.email))
        self.fields.add("password", FormField(t("Password"), self.password))
        self.body.addWidget(self.fields)
        self.body.addWidget(self.problem)
        self.body.addLayout(row(self.again, STRETCH, self.button))
        for field in (self.email, self.password):
            field.returnPressed.connect(self.submit)
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._tick)
        self._show_state()

    def _add_choice(self, profile: Profile, profiles: Sequence[Profile]) -> None:
        titles = Counter(known.title for known in profiles)  # a clinic and the copy from its backup share one
        items = [
            (known.name, f"{known.title} · {known.name}" if titles[known.title] > 1 else known.title or known.name)
            for known in profiles
        ]
        combo = Combo(items, name=t("Clinic"), current=profile.name)
        combo.changed.connect(self.profile_chosen)
        self.body.addLayout(column(FormField(t("Clinic"), combo)))

    def submit(self) -> None:
        """Send what is typed, unless something is missing or it is too early."""
        if not self.button.isEnabled():
            return
        self.clear_problem()
        email, password = self.email.text().strip(), self.password.text()
        if not email:
            self.fields.show_error("email", t("Enter your e-mail address."))
        elif not password:
            self.fields.show_error("password", t("Enter your password."))
        else:
            self.submitted.emit(email, password)

    def focus_first(self) -> None:
        """Go to what is still to be typed."""
        field = self.password if self.email.text() else self.email
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_ready(self, ready: bool) -> None:
        """Allow sending; what is typed before stays."""
        self._ready = ready
        self.offline.hide()
        if ready:
            self.clear_problem()
        self._show_state()

    def set_busy(self, busy: bool) -> None:
        """Wait for an answer."""
        self._busy = busy
        self._show_state()

    def show_wrong_password(self, text: str, wait_seconds: int) -> None:
        """Say that it is wrong; after several times the next try waits."""
        self.password.clear()
        self.fields.show_error("password", text)
        self.password.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hold(wait_seconds)

    def hold(self, seconds: int) -> None:
        """Let nobody try for some seconds."""
        self._wait = seconds
        if seconds > 0:
            self._clock.start()
        self._show_state()

    def show_offline(self, lead: str, text: str, *, can_sign_in: bool) -> None:
        """Say that the server is gone, and whether one can sign in all the same; "Try again" reaches for it."""
        self.set_ready(can_sign_in)
        self.offline.show_text(lead, text)
        self.offline.show()
        self.again.show()

    def show_problem(self, text: str, advice: str = "") -> None:
        """Say what else is wrong; "Try again" reaches for the server once more."""
        self.problem.show_text(text, advice)
        self.problem.show()
        self.again.show()

    def say(self, text: str) -> None:
        """Say what has happened; there is nothing to try again."""
        self.problem.show_text(text)
        self.problem.show()

    def clear_problem(self) -> None:
        """Take messages away."""
        self.problem.hide()
        self.again.hide()
        self.fields.clear_errors()

    def _tick(self) -> None:
        self._wait -= 1
        if self._wait <= 0:
            self._clock.stop()
        self._show_state()

    def _show_state(self) -> None:
        self.button.setEnabled(self._ready and not self._busy and self._wait <= 0)
        waiting = t("Sign in (in {n} s)", n=self._wait)
        self.button.setText(waiting if self._wait > 0 else t("Signing in …") if self._busy else t("Sign in"))
