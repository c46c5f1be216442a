"""Workstations: this one, all of them, and what is kept for offline booking."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.workstations import WorkstationView, workstations
from app.ui.areas.settings.workstation_here import ThisWorkstation
from app.ui.areas.settings.workstation_leases import LeasesPanel
from app.ui.areas.settings.workstation_panel import WorkstationPanel
from app.ui.areas.settings.workstation_reading import ReadingPanel
from app.ui.parts.words import clock, day_inside
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.panel import Panel
from app.ui.widgets.states import StateStack
from app.ui.work import Lane, ShellApi


class WorkstationsSection(QWidget):
    """For ADMINs. The list is kept on the server: without it, it says so."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._lane = Lane(self, api.workspace)
        self._known: dict[str, WorkstationView] = {}
        self.here, self.reading, self.leases = ThisWorkstation(api), ReadingPanel(api, self), LeasesPanel(api)
        self.here.enrolled.connect(self._ask)
        self.list = ListCard(name=t("Workstations"), framed=False, fit=True, by_click=True)
        self.list.set_max_rows(12)
        self.list.chosen.connect(self._open)
        self.stack = StateStack(self.list)
        self.stack.setMinimumHeight(96)
        self.stack.retry.connect(self._ask)
        self.panel = Panel(t("Workstations"), flush=True)
        self.panel.add(self.stack)
        column(self.here, self.reading, self.panel, self.leases, STRETCH, gap=16, margins=(0, 0, 8, 0), parent=self)
        api.sync.changed.connect(self._sync_changed)

    def refresh(self) -> None:
        """Ask for everything anew; what is being typed stays."""
        self.here.refresh()
        self.leases.refresh()
        self._ask()

    def _sync_changed(self) -> None:
        if not self._api.sync.offline and not self._known:
            self._ask()

    def _ask(self) -> None:
        if not self._known:
            self.stack.set_loading()
        self._lane.ask(workstations, on_result=self._show, on_error=self._failed)

    def _show(self, found: Sequence[WorkstationView]) -> None:
        self._known = {one.id: one for one in found}
        self.panel.set_count(len(found))
        self.list.set_items([self._line(one) for one in found])
        if found:
            self.stack.set_ready()
        else:
            self.stack.set_empty(t("No workstation has been heard from yet."))

    def _failed(self, error: AppError) -> None:
        if error.code == "NeedsServer":
            self._known = {}
            self.stack.set_error(t("The list is kept on the clinic's server; it shows when the server is back."))
        elif not self._known:
            self.stack.set_error(error.message)

    def _line(self, one: WorkstationView) -> ListItem:
        if one.revoked_at is not None:
            chip = ChipSpec(t("Out of service"), "block", StatusKind.HELD)
        elif one.old_copy_at is not None:
            chip = ChipSpec(t("An old copy was used"), "warn", StatusKind.CRITICAL)
        elif one.enrolled_at is not None:
            chip = ChipSpec(t("Works offline"), "offline", StatusKind.DONE)
        else:
            chip = ChipSpec(t("Needs the server"), "server")
        kept = tn("{n} time kept", "{n} times kept", one.kept) if one.kept else ""
        return ListItem(key=one.id, title=one.name, subtitle=self._facts(one), chip=chip, icon="desk", meta=kept)

    def _facts(self, one: WorkstationView) -> str:
        zone, today = self._api.zone, self._api.workspace.reader().today
        seen = one.last_seen_at.astimezone(zone)
        parts = [t("last heard from {when}", when=f"{day_inside(seen.date(), today)} {clock(one.last_seen_at, zone)}")]
        if one.enrolled_by:
            parts.append(t("enrolled by {name}", name=one.enrolled_by))
        if one.revoked_by:
            parts.append(t("taken out of service by {name}", name=one.revoked_by))
        return " · ".join(parts)

    def _open(self, key: str) -> None:
        one = self._known.get(key)
        if one is not None:
            self._api.show_panel(WorkstationPanel(self._api, one, self._facts(one)))
