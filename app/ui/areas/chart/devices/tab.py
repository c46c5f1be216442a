"""The tab "Devices": where readings come from, and whether they still do. Never a token."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.domain.enums import DeviceProvider
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.device_files import FileSource, device_file_beats, device_file_sources, together
from app.queries.devices import EXPIRES_SOON, DeviceRow, DeviceState, devices
from app.ui.areas.chart.devices.items import READ_FILES, TAKE_BACK
from app.ui.areas.chart.devices.read_files import ReadFiles, Scrolled
from app.ui.areas.chart.devices.take_back import TakeBackButton
from app.ui.areas.chart.tab import ChartTab
from app.ui.parts.beyond import kept_since
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock, locale
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.line_list import LineList
from app.ui.widgets.line_model import Line
from app.ui.widgets.lists import ChipSpec
from app.ui.widgets.panel import Panel
from app.ui.widgets.states import StateStack
from app.ui.work import Lane, ShellApi, ToastTone

READ_KEYS = "Alt+F"
_NAMES = {"APPLE": "Apple Health"}


def provider_name(provider: DeviceProvider) -> str:
    """Return a provider as people write it."""
    return _NAMES.get(provider.value, provider.value.replace("_", " ").title())


class DevicesTab(ChartTab):
    """Every connection with its state and its last reading."""

    watches: ClassVar[frozenset[str]] = frozenset(
        {"device_connections", "vital_readings", "hrv_readings", "measurements"}
    )

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._patient = ""
        self.rows: tuple[DeviceRow, ...] = ()
        self.files: tuple[FileSource, ...] = ()
        self._load, self._load_files = Lane(self, api.workspace), Lane(self, api.workspace)
        self.list = LineList(t("Devices"), opens=False)
        self.panel = Panel(t("Devices"), flush=True)
        self.panel.add(self.list)
        self.file_list = LineList(t("From files"), opens=False)
        self.file_panel = Panel(t("From files"), flush=True)
        self.file_panel.add(self.file_list)
        inside = QWidget()
        column(self.panel, self.file_panel, gap=16, margins=(24, 16, 24, 16), parent=inside).addStretch(1)
        self.states = StateStack(inside)
        self.states.retry.connect(self.refresh)
        self.read_button = Button(t("Read a file…"), icon="import", keys=READ_KEYS)
        self.read_button.clicked.connect(self.read_files)
        self.back_button = TakeBackButton(api)
        self.back_button.done.connect(self._taken_back)
        self._tools = QWidget()
        row(STRETCH, self.back_button, self.read_button, margins=(24, 12, 24, 0), parent=self._tools)
        self._overview = QWidget()
        column(self._tools, self.states, gap=0, parent=self._overview).setStretch(1, 1)
        self._reading: Scrolled | None = None
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._overview)
        column(self._pages, gap=0, parent=self)
        self._show_tools()

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's; the one before is gone at once."""
        del name
        self._leave_reading()
        self._patient, self.rows, self.files = patient_id, (), ()
        self.list.show_lines(())
        self.file_list.show_lines(())
        self.back_button.show_patient(patient_id)
        self.states.set_blank()
        self.states.set_loading()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew."""
        if not self._patient:
            return
        patient = self._patient

        def take(files: tuple[FileSource, ...]) -> None:
            if patient == self._patient:
                self.files = files
                self._load.ask(devices, patient_id=patient, on_result=self._show, on_error=self._failed)

        def took(files: tuple[FileSource, ...]) -> None:
            if self.as_of() is not None:  # what isn't kept here is left out
                take(files)
            else:
                self._load_files.ask(device_file_beats, patient_id=patient, on_error=lambda _error: take(files),
                                     on_result=lambda beats: take(together(files, beats)))  # fmt: skip

        self._load_files.ask(device_file_sources, patient_id=patient, on_result=took, on_error=self._failed)

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard, or the page of files that is open."""
        reading = self._reading
        return reading.page if reading is not None and self._pages.currentWidget() is reading else self.list

    def open_item(self, item: str) -> None:
        """Show the page that reads files, or the files to take back, where that is asked for."""
        if item == READ_FILES:
            self.read_files()
        elif item == TAKE_BACK:
            self._pages.setCurrentWidget(self._overview)  # the menu opens where the files are listed
            self.back_button.offer()

    # -- files of devices ----------------------------------------------------------------------------------------------

    def read_files(self) -> None:
        """Show the page that reads files of devices into this chart; needs the server."""
        if not self._patient or not self.api.can(Permission.IMPORT_ALL):
            return
        if self.as_of() is not None:
            self.api.toast(t("Reading files needs the server, which can't be reached now."), tone=ToastTone.WARNING)
            return
        if self._reading is None:
            self._reading = Scrolled(ReadFiles(self.api, self._patient, self.patient_name))
            self._reading.page.left.connect(self._back)
            self._pages.addWidget(self._reading)
        self._pages.setCurrentWidget(self._reading)
        self._reading.page.setFocus(Qt.FocusReason.OtherFocusReason)

    def _back(self) -> None:
        self._pages.setCurrentWidget(self._overview)
        self.read_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def _taken_back(self) -> None:
        """Keep the keyboard here: the button goes with the last file."""
        if self.back_button.hasFocus():
            target = self.read_button if self.read_button.isVisible() else self
            target.setFocus(Qt.FocusReason.OtherFocusReason)
        self.refresh()

    def _leave_reading(self) -> None:
        """Put the page of the patient before away. What is on its way there goes on, and says when it has ended."""
        before, self._reading = self._reading, None
        self._pages.setCurrentWidget(self._overview)
        if before is not None:
            self._pages.removeWidget(before)
            before.hide()
            before.page.gone.connect(before.deleteLater)
            before.page.give_away()

    def as_of(self) -> datetime | None:
        """Return since when it isn't live."""
        return self.api.sync.as_of

    def _failed(self, error: AppError) -> None:
        if self.rows:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, rows: tuple[DeviceRow, ...]) -> None:
        self.rows = rows
        self.list.show_lines([self._line(one) for one in rows])
        troubled = sum(one.state is not DeviceState.CONNECTED for one in rows)
        self.counted.emit(troubled or None)
        self.file_list.show_lines([self._file_line(one) for one in self.files])
        self.panel.setVisible(bool(rows))
        self.file_panel.setVisible(bool(self.files))
        self._show_tools()
        if rows or self.files:
            self.states.set_ready()
        else:
            self.states.set_empty(t("No device is connected."))

    def _show_tools(self) -> None:
        """Who measures takes a file back, where there is one; who imports reads others."""
        reads = self.api.can(Permission.IMPORT_ALL)
        takes = bool(self.files) and (reads or self.api.can(Permission.MEASURE))
        self.read_button.setVisible(reads)
        self.back_button.setVisible(takes)
        self._tools.setVisible(reads or takes)

    def _file_line(self, one: FileSource) -> Line:
        count = tn("{count} reading", "{count} readings", one.readings, count=locale().toString(one.readings))
        last = t("last reading {when}", when=self._moment(one.last_reading))
        return Line(f"file {one.name}", one.name, subtitle=f"{count} · {last}", icon="import")

    def _silent(self) -> str:
        """Say that nothing has come; without the server only the readings that are kept here are known."""
        kept = kept_since(self.api.sync, "measurements")
        return t("no reading yet") if kept is None else t("no reading since {date}", date=date_text(kept))

    def _line(self, one: DeviceRow) -> Line:
        connected = t("connected {date}", date=self._day(one.connected_at))
        reading = t("last reading {when}", when=self._moment(one.last_reading)) if one.last_reading else ""
        expires = t("expires {date}", date=self._day(one.expires_at)) if one.expires_at else ""
        if one.state is DeviceState.EXPIRED and one.expires_at:
            expires = t("expired {date}", date=self._day(one.expires_at))
        merged = t("of the merged record") if one.merged else ""
        words = (reading or self._silent(), connected, expires, merged)
        return Line(one.id, provider_name(one.provider), subtitle=" · ".join(filter(None, words)), icon="watch",
                    chip=self._chip(one))  # fmt: skip

    def _chip(self, one: DeviceRow) -> ChipSpec:
        now = self.api.now()
        if one.state is DeviceState.EXPIRED:
            return ChipSpec(t("Expired"), "warn", StatusKind.CRITICAL)
        if one.state is DeviceState.SILENT:
            days = (now - (one.last_reading or one.connected_at)).days
            return ChipSpec(tn("Silent for {n} day", "Silent for {n} days", days), "warn", StatusKind.ARRIVED)
        if one.state is DeviceState.EXPIRES_SOON and one.expires_at:
            days = min((one.expires_at - now).days, EXPIRES_SOON.days)
            text = tn("Expires in {n} day", "Expires in {n} days", days) if days else t("Expires today")
            return ChipSpec(text, "clock", StatusKind.ARRIVED)
        return ChipSpec(t("Connected"), "check", StatusKind.PLANNED)

    def _day(self, at: datetime) -> str:
        return date_text(at.astimezone(self.api.zone).date())

    def _moment(self, at: datetime) -> str:
        return f"{self._day(at)} {clock(at, self.api.zone)}"
