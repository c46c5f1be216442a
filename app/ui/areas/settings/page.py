"""The settings page: sections at the left, one of them shown."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import ClinicView, clinic_view
from app.ui.areas.settings.backup_section import BackupSection
from app.ui.areas.settings.clinic_section import ClinicSection
from app.ui.areas.settings.lists_section import ProvidersSection, RoomsSection, TypesSection
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Lane, Place, ShellApi
from app.ui.work.places import ShowSettings

RAIL = 200


class SettingsPage(AreaPage):
    """Clinic, appointment types, providers, rooms, backup."""

    watches = frozenset({"clinics", "clinic_settings", "appointment_type", "providers", "provider_settings", "room"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._lane = Lane(self, api.workspace)
        self.clinic = ClinicSection(api)
        self.types, self.providers, self.rooms = TypesSection(api), ProvidersSection(api), RoomsSection(api)
        self.backup = BackupSection(api)
        self._sections: dict[str, tuple[str, QWidget]] = {
            "clinic": (t("Clinic"), self.clinic),
            "types": (t("Appointment types"), self.types),
            "providers": (t("Providers"), self.providers),
            "rooms": (t("Rooms"), self.rooms),
            "backup": (t("Backup"), self.backup),
        }
        self.list = ListCard(name=t("Settings"), max_rows=len(self._sections))
        self.list.setFixedWidth(RAIL)
        self.list.set_items(
            [ListItem(key=key, title=title, title_strong=False) for key, (title, _) in self._sections.items()]
        )
        self._stack = QStackedWidget()
        for _, section in self._sections.values():
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setWidget(section)
            self._stack.addWidget(scroll)
        self.list.current_changed.connect(self.show_section)
        left = QWidget()
        column(self.list, gap=0, parent=left).addStretch(1)
        body = column(gap=16, margins=(24, 16, 24, 16), parent=self)
        body.addWidget(Label(t("Settings"), role=TypeRole.PATIENT, strong=True))
        beside = row(left, gap=24)
        beside.addWidget(self._stack, 1)
        body.addLayout(beside, 1)
        self.list.set_current("clinic")

    def show_section(self, key: str) -> None:
        """Show a section."""
        if key in self._sections:
            self._stack.setCurrentIndex(list(self._sections).index(key))

    def refresh(self) -> None:
        """Ask for everything anew; what is being typed stays."""
        self._lane.ask(clinic_view, on_result=self._show, on_error=self._failed)
        for section in (self.types, self.providers, self.rooms, self.backup):
            section.refresh()

    def _show(self, view: ClinicView) -> None:
        self.clinic.show_view(view)

    def _failed(self, error: AppError) -> None:
        self.api.problem(error)

    def first_focus(self) -> QWidget | None:
        """The sections have the keyboard."""
        return self.list

    def open(self, place: Place) -> None:
        """Go to a section."""
        if isinstance(place, ShowSettings) and place.section:
            self.list.set_current(place.section)
            self.show_section(place.section)
