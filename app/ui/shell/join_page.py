"""Join a clinic server: its address, a connection test that names the cause, and one's sign-in."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QLineEdit

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.setup.plan import ServerAddress
from app.ui.shell.front import FrontPage
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField, beside
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label

_FIELDS = {
    "HostUnknown": "host",
    "NoAnswer": "host",
    "NoTls": "host",
    "WrongHost": "host",
    "WeakSignIn": "host",
    "BadCertificate": "ca_file",
    "NoDatabase": "database",
    "NoClinic": "database",
    "WrongPassword": "password",
    "NoAccount": "email",
}


class JoinPage(FrontPage):
    """``tested`` and ``submitted`` carry the address, e-mail and password."""

    tested = Signal(object, str, str)
    submitted = Signal(object, str, str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__(640)
        self.setObjectName("joinPage")
        self.host, self.database = LineEdit(max_length=1000), LineEdit("clinic", max_length=63)
        self.port = LineEdit("5432", max_length=5)
        self.host.editingFinished.connect(self._split_port)
        self.port.setValidator(QIntValidator(1, 65535, self.port))
        self.ca_file = LineEdit(max_length=4000)
        self.email, self.password = LineEdit(max_length=254), LineEdit(max_length=1000)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.fields = Form()
        self._add_fields()
        self.good = Note("", kind=StatusKind.DONE)
        self.bad = Note("", kind=StatusKind.CRITICAL)
        self.back = Button(t("Back"))
        self.back.clicked.connect(self.left)
        self.test = Button(t("Test the connection"), icon="plug")
        self.test.clicked.connect(self._test)
        self.button = Button(t("Join"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        QShortcut(QKeySequence("Escape"), self, self.back.click)  # not while busy: the button is off then
        self.button.clicked.connect(self._submit)
        self._lay_out()

    def _add_fields(self) -> None:
        hosts = t("several, with commas, when there is a stand-by")
        self.fields.add("host", FormField(t("Server"), self.host, hint=hosts, required=True))
        self.fields.add_row(
            ("port", FormField(t("Port"), self.port)), ("database", FormField(t("Database"), self.database))
        )
        certificate = t("from your administrator; empty: the system's")
        choose = Button(t("Choose a file"))
        choose.clicked.connect(self._choose_file)
        place = beside(self.ca_file, choose)
        self.fields.add("ca_file", FormField(t("Certificate authority"), place, hint=certificate))
        self.fields.add_row(
            ("email", FormField(t("E-mail"), self.email, required=True)),
            ("password", FormField(t("Password"), self.password, required=True)),
        )

    def _lay_out(self) -> None:
        card = Card(padding=24, gap=16)
        card.body.addWidget(Label(t("Join a clinic server"), role=TypeRole.PATIENT, strong=True))
        why = t("Your password is only ever sent to a server that proves who it is.")
        card.body.addWidget(Label(why, tone=Tone.MUTED, wrap=True))
        card.body.addWidget(self.fields)
        for note in (self.good, self.bad):
            note.hide()
            card.body.addWidget(note)
        card.body.addLayout(row(self.back, STRETCH, self.test, self.button))
        self.body.addWidget(card)

    def focus_first(self) -> None:
        """Begin with the server."""
        self.host.setFocus(Qt.FocusReason.OtherFocusReason)

    def _split_port(self) -> None:
        """Take "name:5433", as addresses are often written, apart."""
        name, _, port = self.host.text().strip().rpartition(":")
        if name and ":" not in name and "," not in name and port.isdecimal():
            self.host.setText(name)
            self.port.setText(port)

    def address(self) -> ServerAddress:
        """Return where the server is, as entered."""
        hosts = tuple(host.strip() for host in self.host.text().split(",") if host.strip())
        ca_file = self.ca_file.text().strip()
        return ServerAddress(
            hosts=hosts,
            port=int(self.port.text() or 5432),
            database=self.database.text().strip() or "clinic",
            ca_file=Path(ca_file) if ca_file else None,
        )

    def set_busy(self, busy: bool) -> None:
        """Wait for the server."""
        for button in (self.test, self.button):
            button.setEnabled(not busy)
        self.test.setText(t("Testing …") if busy else t("Test the connection"))

    def show_success(self, clinic: str) -> None:
        """Say which clinic answered."""
        self.set_busy(False)
        self.bad.hide()
        self.good.show_text(t("Connected to {clinic}.", clinic=clinic))
        self.good.show()

    def show_error(self, error: AppError) -> None:
        """Name the cause, at its field."""
        self.set_busy(False)
        self.good.hide()
        field = _FIELDS.get(error.code) or error.field
        if field is not None:
            self.fields.show_error(field, error.message)
        else:
            self.bad.show_text(error.message)
            self.bad.show()

    def _complete(self) -> bool:
        self._split_port()
        self.fields.clear_errors()
        self.good.hide()
        self.bad.hide()
        if not self.address().hosts:
            self.fields.show_error("host", t("Enter the server's name."))
        if not self.port.hasAcceptableInput():
            self.fields.show_error("port", t("Enter a whole number from {low} to {high}.", low=1, high=65535))
        if not self.email.text().strip():
            self.fields.show_error("email", t("Enter your e-mail address."))
        if not self.password.text():
            self.fields.show_error("password", t("Enter your password."))
        return not self.fields.has_errors()

    def _test(self) -> None:
        if self._complete():
            self.tested.emit(self.address(), self.email.text().strip(), self.password.text())

    def _submit(self) -> None:
        if self.button.isEnabled() and self._complete():
            self.submitted.emit(self.address(), self.email.text().strip(), self.password.text())

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, t("Choose a file"), "", t("Certificates (*.pem *.crt)"))
        if name:
            self.ca_file.setText(name)
