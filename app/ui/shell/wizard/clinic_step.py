"""The clinic: name, time zone, language; and how it looks on paper."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QImageReader
from PySide6.QtWidgets import QFileDialog, QWidget

from app.kernel.i18n import LANGUAGES, language, t
from app.ui.parts.zone_field import ZoneField, local_zone
from app.ui.shell.wizard.step import WizardStep
from app.ui.widgets.button import Button
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit, PhoneField, TextArea
from app.ui.widgets.layouts import STRETCH, row

MOST_LOGO_BYTES = 2_000_000


class ClinicStep(WizardStep):
    """Name, zone, language."""

    fields = frozenset({"name", "timezone", "locale"})

    @classmethod
    def title(cls) -> str:
        """Return the heading."""
        return t("Your clinic")

    def __init__(self) -> None:
        super().__init__(t("The name stands on letters and day sheets; you can change it later."))
        self.name = LineEdit(max_length=300)
        self.zone = ZoneField(local_zone())
        self.locale_choice = Combo(list(LANGUAGES.items()), name=t("Language"), current=language())
        self.form.add("name", FormField(t("Name of the clinic"), self.name, required=True))
        self.form.add_row(
            ("timezone", FormField(t("Time zone"), self.zone, hint=t("type a city"), required=True)),
            ("locale", FormField(t("Language"), self.locale_choice)),
        )

    def check(self) -> bool:
        """Want a name and a zone that exists."""
        super().check()
        if not self.name.text().strip():
            self.form.show_error("name", t("Enter the name of your clinic."))
        if not self.zone.is_zone():
            self.form.show_error("timezone", t("Type a city and choose from the list."))
        return not self.form.has_errors()

    def values(self) -> Mapping[str, Any]:
        """Return name, zone and language."""
        return {
            "name": self.name.text().strip(),
            "timezone": self.zone.zone,
            "locale": self.locale_choice.current,
        }

    def first_focus(self) -> QWidget | None:
        """Begin with the name."""
        return self.name


class BrandingStep(WizardStep):
    """Colour, phone, address, logo."""

    optional = True
    fields = frozenset({"color", "phone", "address", "logo"})

    @classmethod
    def title(cls) -> str:
        """Return the heading."""
        return t("On your letters")

    def __init__(self) -> None:
        super().__init__(t("Letters, referrals and day sheets carry these. You can leave them out."))
        self.phone = PhoneField(name=t("Phone"))
        self.color = LineEdit("#0B6B5B", max_length=7)
        self.address = TextArea(name=t("Address"), lines=3)
        self.logo = LogoChoice()
        self.form.add_row(
            ("phone", FormField(t("Phone"), self.phone)),
            ("color", FormField(t("Color"), self.color, hint=t("such as #0B6B5B"))),
        )
        self.form.add("address", FormField(t("Address"), self.address))
        self.form.add("logo", FormField(t("Logo"), self.logo, hint=t("PNG or JPEG, up to 2 MB")))
        self.logo.refused.connect(lambda text: self.form.show_error("logo", text))

    def check(self) -> bool:
        """Want a colour that is one."""
        super().check()
        if not _is_color(self.color.text().strip()):
            self.form.show_error("color", t("A color is # and six digits or letters A to F."))
        return not self.form.has_errors()

    def values(self) -> Mapping[str, Any]:
        """Return what letters carry."""
        return {
            "color": self.color.text().strip(),
            "phone": self.phone.text().strip(),
            "address": self.address.toPlainText().strip(),
            "logo": self.logo.path,
        }

    def first_focus(self) -> QWidget | None:
        """Begin with the phone."""
        return self.phone


class LogoChoice(QWidget):
    """A picture file, or none."""

    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        self.button = Button(t("Choose a picture"), icon="import")
        self.button.clicked.connect(self._ask)
        self.remove = Button(t("Remove"), icon="close")
        self.remove.clicked.connect(lambda: self.choose(None))
        self.remove.hide()
        self.setFocusProxy(self.button)
        row(self.button, self.remove, STRETCH, parent=self)

    def choose(self, path: Path | None) -> None:
        """Take a file if it is a picture of at most 2 MB."""
        problem = _logo_problem(path) if path is not None else ""
        if problem:
            self.refused.emit(problem)
            return
        self.path = path
        self.button.setText(path.name if path is not None else t("Choose a picture"))
        self.remove.setVisible(path is not None)

    def _ask(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, t("Choose a picture"), "", t("Pictures (*.png *.jpg *.jpeg)"))
        if name:
            self.choose(Path(name))


def _logo_problem(path: Path) -> str:
    try:
        size = path.stat().st_size
    except OSError:
        return t("This file can't be read.")
    if size > MOST_LOGO_BYTES:
        return t("This picture is larger than 2 MB.")
    return "" if QImageReader(str(path)).canRead() else t("This is no picture.")


def _is_color(text: str) -> bool:
    return len(text) == 7 and text.startswith("#") and QColor.isValidColorName(text)
