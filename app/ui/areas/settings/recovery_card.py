"""The recovery key: shown once, to be printed or copied into the clinic's safe."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QPagedPaintDevice, QPainter
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QWidget

from app.documents.day_sheet import HEIGHT, WIDTH, prepare
from app.kernel.i18n import t
from app.ui.theme.fonts import exact_font
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox

_MARGIN = 60.0
GROUPS = 3
"""So many groups of the key stand in a line on paper."""


class RecoveryCard(Card):
    """``put_away``: the person says that it is in the safe; the key is forgotten here."""

    put_away = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(padding=16, gap=12, parent=parent)
        self.key = Label("", role=TypeRole.PATIENT, strong=True, wrap=True)
        self.key.setFont(exact_font(TypeRole.PATIENT, strong=True))
        self.key.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.key.setAccessibleName(t("Recovery key"))
        self.about: tuple[str, ...] = ()
        self.copied = Label("", role=TypeRole.META, tone=Tone.MUTED)
        copy, self.print_button = Button(t("Copy"), icon="copy"), Button(t("Print"), icon="print")
        copy.clicked.connect(self._copy)
        self.print_button.clicked.connect(self._print)
        self.tick = Checkbox(t("I have put it in the safe"))
        self.done = Button(t("Done"), kind=ButtonKind.PRIMARY)
        self.done.setEnabled(False)
        self.tick.toggled.connect(self.done.setEnabled)
        self.done.clicked.connect(self._finish)
        why = t("It opens what was entered here offline when the computer's keyring or everybody's password is lost. "
                "It is shown this once and kept nowhere.")  # fmt: skip
        self.body.addWidget(Label(t("Recovery key"), role=TypeRole.SECTION, strong=True))
        self.body.addWidget(Note(why, kind=StatusKind.ARRIVED))
        self.body.addWidget(self.key)
        self.body.addLayout(row(copy, self.print_button, self.copied, STRETCH, gap=8))
        self.body.addLayout(row(self.tick, STRETCH, self.done, gap=8))

    def show_key(self, key: str, clinic: str, computer: str, day: str) -> None:
        """Show it, once; the paper says which computer of which clinic it is for, and since when."""
        self.about = (clinic, t("Computer: {name}", name=computer), t("Made on {day}", day=day))
        self.key.setText(key)
        self.tick.setChecked(False)
        self.show()
        self.print_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.key.text())
        self.copied.setText(t("Copied"))

    def _print(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        prepare(printer)
        dialog = QPrintDialog(printer, self)
        dialog.setWindowTitle(t("Print the recovery key"))
        dialog.accepted.connect(lambda: paint_key(printer, self.key.text(), self.about))
        dialog.exec()

    def _finish(self) -> None:
        self.key.setText("")
        self.hide()
        self.put_away.emit()


def key_page(key: str, about: Sequence[str]) -> tuple[tuple[int, str], ...]:
    """Return what stands on the page for the safe, with sizes in points: the key in lines that never break in a group.

    ``about`` says whose key it is: a safe holds those of several computers.
    """
    groups = key.split("-")
    lines = ("-".join(groups[at : at + GROUPS]) for at in range(0, len(groups), GROUPS))
    return (
        (20, t("Recovery key")),
        *((12, line) for line in about),
        (12, t("Keep this page in the safe. Whoever has it and this computer reads the clinic's records.")),
        (12, t("When the keyring or everybody's password is lost: sign in there as an administrator, open Settings, "
               "Workstations, and type it in.")),
        *((22, line) for line in lines),
    )  # fmt: skip


def paint_key(device: QPagedPaintDevice, key: str, about: Sequence[str]) -> None:
    """Paint the page for the safe: what it is for, and the key in letters that can be read aloud."""
    with QPainter(device) as painter:
        scale = device.width() / WIDTH
        painter.scale(scale, scale)
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
        top = _MARGIN
        for size, text in key_page(key, about):
            font = QFont("Inter")
            font.setPixelSize(size)
            font.setFeature(QFont.Tag("calt"), 0)  # every sign as it is
            painter.setFont(font)
            area = QRectF(_MARGIN, top, WIDTH - 2 * _MARGIN, HEIGHT - top - _MARGIN)
            painter.drawText(area, wrap, text)
            top += painter.boundingRect(area, wrap, text).height() + 12
