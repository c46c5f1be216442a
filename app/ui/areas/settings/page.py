"""The settings page: sections at the left, one of them shown."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.ui.areas.settings.audit_section import AuditSection
from app.ui.areas.settings.backup_section import BackupSection
from app.ui.areas.settings.clinic_section import ClinicSection
from app.ui.areas.settings.limits_section import LimitsSection
from app.ui.areas.settings.lists_section import ListSection, ProvidersSection, RoomsSection, TypesSection
from app.ui.areas.settings.order_sets_section import OrderSetsSection
from app.ui.areas.settings.templates_section import TemplatesSection
from app.ui.areas.settings.workstation_section import WorkstationsSection
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Place, ShellApi
from app.ui.work.places import ShowSettings

RAIL = 200
Section = ClinicSection | LimitsSection | ListSection | BackupSection | WorkstationsSection | AuditSection


class SettingsPage(AreaPage):
    """Clinic, appointment types, providers, rooms, order sets, message templates, backup, workstations, audit."""

    watches = frozenset({"clinics", "clinic_settings", "appointment_type", "providers", "provider_settings", "room",
                         "workstation", "slot_lease", "order_set", "message_template"})  # fmt: skip

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._makers: dict[str, tuple[str, Callable[[ShellApi], Section]]] = {
            "clinic": (t("Clinic"), ClinicSection),
            "types": (t("Appointment types"), TypesSection),
            "providers": (t("Providers"), ProvidersSection),
            "rooms": (t("Rooms"), RoomsSection),
            "sets": (t("Order sets"), OrderSetsSection),
            "limits": (t("Clinical limits"), LimitsSection),
            "templates": (t("Message templates"), TemplatesSection),
            "backup": (t("Backup"), BackupSection),
        }
        if api.can(Permission.WORKSTATIONS):
            self._makers["workstations"] = (t("Workstations"), WorkstationsSection)
        if api.can(Permission.AUDIT):
            self._makers["audit"] = (t("Audit"), AuditSection)
        self._made: dict[str, tuple[Section, QScrollArea]] = {}
        self.list = ListCard(name=t("Settings"), max_rows=len(self._makers))
        self.list.setFixedWidth(RAIL)
        self.list.set_items(
            [ListItem(key=key, title=title, title_strong=False) for key, (title, _) in self._makers.items()]
        )
        self._stack = QStackedWidget()
        self.list.current_changed.connect(self.show_section)
        left = QWidget()
        column(self.list, gap=0, parent=left).addStretch(1)
        body = column(gap=16, margins=(24, 16, 24, 16), parent=self)
        body.addWidget(Label(t("Settings"), role=TypeRole.PATIENT, strong=True))
        beside = row(left, gap=24)
        beside.addWidget(self._stack, 1)
        body.addLayout(beside, 1)
        self.list.set_current("clinic")

    def section(self, key: str) -> Section:
        """Return a section; it is made when it is first wanted."""
        if key not in self._made:
            scroll = QScrollArea()
            scroll.setWidgetResizable(True)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a click beside the fields is no choice: no ring around all
            made = self._makers[key][1](self.api)
            scroll.setWidget(made)
            self._stack.addWidget(scroll)
            self._made[key] = (made, scroll)
            made.refresh()
        return self._made[key][0]

    def show_section(self, key: str) -> None:
        """Show a section."""
        if key in self._makers:
            self.section(key)
            self._stack.setCurrentWidget(self._made[key][1])

    def refresh(self) -> None:
        """Ask for everything anew; what is being typed stays."""
        for section, _ in self._made.values():
            section.refresh()

    def first_focus(self) -> QWidget | None:
        """The sections have the keyboard."""
        return self.list

    def open(self, place: Place) -> None:
        """Go to a section."""
        if isinstance(place, ShowSettings) and place.section:
            self.list.set_current(place.section)
            self.show_section(place.section)
