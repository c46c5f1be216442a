"""The audit: who changed what and who opened whose chart; its chain checked; an export that is noted itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.audit_words import access_words, command_words, table_words
from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t, tn
from app.queries.audit import AuditEntry, AuditKind, audit_search
from app.queries.clinic import staff
from app.queries.core import Page
from app.ui.areas.settings.audit_filters import AuditFilters
from app.ui.areas.settings.audit_panel import AuditPanel
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.tables import in_card, paged_table
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.states import StateStack
from app.ui.work import Lane, Progress, ShellApi, Step, ToastTone
from app.workspace.audit import ChainCheck, chain_words, check_chain, export_audit, kind_words

if TYPE_CHECKING:
    from app.workspace.workspace import Workspace

TONES = {
    AuditKind.ADDED: StatusKind.DONE,
    AuditKind.CHANGED: StatusKind.PLANNED,
    AuditKind.REMOVED: StatusKind.CRITICAL,
    AuditKind.EMPTIED: StatusKind.CRITICAL,
    AuditKind.ACCESS: StatusKind.HELD,
}


class AuditSection(QWidget):
    """Filters above a list that pages by itself; an entry opens in the side panel."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._rows, self._people, self._work = (Lane(self, api.workspace) for _ in range(3))
        self._running: Progress | None = None
        self.filters = AuditFilters(api)
        self.check_button = Button(t("Check the chain"), icon="check")
        self.export_button = Button(t("Export as CSV"), icon="export")
        self.stop_button = Button(t("Cancel"))
        self.stop_button.hide()
        self.good, self.bad = Note("", kind=StatusKind.DONE), Note("", kind=StatusKind.CRITICAL)
        self.model: PagedTableModel[AuditEntry] = PagedTableModel(
            columns=self._columns(), row_id=lambda entry: entry.key, fetch=self._fetch, parent=self
        )
        self.table = paged_table(t("Audit"), self.model, self._columns())
        self.stack = StateStack(self.table)
        tools = row(self.check_button, self.export_button, self.stop_button, STRETCH, self.filters.reset_button, gap=8)
        body = column(self.filters, tools, self.good, self.bad, gap=12, parent=self)
        body.addWidget(in_card(self.stack), 1)
        self.good.hide()
        self.bad.hide()
        self._connect()

    def _connect(self) -> None:
        self.filters.changed.connect(self._ask)
        self.table.chosen.connect(self._open_row)
        self.stack.retry.connect(self.refresh)
        self.check_button.clicked.connect(self.check)
        self.export_button.clicked.connect(self._pick_file)
        self.stop_button.clicked.connect(self._stop)

    def _columns(self) -> tuple[Column[AuditEntry], ...]:
        zone = self._api.zone

        def about(entry: AuditEntry) -> str:
            return entry.patient_name or entry.row_id

        return (
            Column("when", "When", lambda e: f"{e.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", width=166),
            Column("kind", "Kind", lambda e: kind_words(e.kind), width=110, tone=lambda e: TONES[e.kind]),
            Column("table", "Table", lambda e: table_words(e.table), width=150, spare=True),
            Column("about", "Patient or row", about, width=170, strong=lambda e: bool(e.patient_name)),
            Column("who", "Who", lambda e: e.who, width=130),
            Column("command", "Command", lambda e: command_words(e.command) or _accessed(e), width=164),
            Column("workstation", "Workstation", lambda e: e.workstation, spare=True),
        )

    # -- the list -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the first page anew; the old rows stay until it is there."""
        if self.filters.person.count() == 1:
            self._people.ask(staff, on_result=self.filters.show_people, on_error=lambda _error: None)
        self._ask()

    def _ask(self) -> None:
        if not self.model.rows:
            self.stack.set_loading()
        self.model.reload()

    def _fetch(
        self, cursor: str | None, got: Callable[[Page[AuditEntry]], None], failed: Callable[[AppError], None]
    ) -> None:
        def show(page: Page[AuditEntry]) -> None:
            got(page)
            if self.model.rows:
                self.stack.set_ready()
            else:
                self.stack.set_empty(t("Nothing here. Try other days, or fewer filters."))

        def lost(error: AppError) -> None:
            failed(error)
            if not self.model.rows or error.code == "NeedsServer":
                needs = t("The audit is kept on the clinic's server; connect to read it.")
                self.stack.set_error(needs, "" if error.code == "NeedsServer" else error.message)

        self._rows.ask(audit_search, on_result=show, on_error=lost, cursor=cursor, what=self.filters.value)

    def _open_row(self, index: QModelIndex) -> None:
        entry = self.model.row(index)
        if entry is not None:
            self._open(entry)

    def _open(self, entry: AuditEntry) -> None:
        panel = AuditPanel(self._api, entry)
        panel.command_wanted.connect(self.filters.show_command)
        panel.patient_wanted.connect(self.filters.show_patient)
        self._api.show_panel(panel)

    # -- the chain, and the export ------------------------------------------------------------------------------------

    def check(self) -> None:
        """Seal and check the whole chain on a worker thread."""
        workspace = self._workspace

        def work(progress: Progress) -> ChainCheck:
            return check_chain(workspace, tell=lambda done: progress.report(done, 0, t("Sealing")))

        self._begin(self._work.run(work, on_result=self._checked, on_error=self._failed, on_progress=self._say))

    def _checked(self, check: ChainCheck) -> None:
        self._end()
        state = check.state
        if state.ok:
            rows = tn("{count} row was checked; none was changed, added or removed.",
                      "{count} rows were checked; none was changed, added or removed.", state.checked,
                      count=f"{state.checked:,}")  # fmt: skip
            self.good.show_text(t("The chain is whole."), rows)
            self.good.show()
            return
        problem = chain_words(state.problem)
        where = t("First bad row, number {n}: {problem}.", n=state.first_bad, problem=problem)
        self.bad.show_text(t("The chain is broken."), where if state.first_bad is not None else f"{problem}.")
        self.bad.show()
        if check.entry is not None:
            self._open(check.entry)

    def _pick_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, t("Export the audit"), t("audit.csv"), "CSV (*.csv)")
        if name:
            self.export_to(Path(name))

    def export_to(self, path: Path) -> None:
        """Write what the filters say to a file; that is noted in the audit."""
        workspace, what = self._workspace, self.filters.value

        def work(progress: Progress) -> int:
            return export_audit(workspace, path, what, lambda done: progress.report(done, 0, t("Writing")))

        def done(count: int) -> None:
            self._end()
            text = tn("{n} entry was written to {name}.", "{n} entries were written to {name}.", count, name=path.name)
            self._api.toast(text, tone=ToastTone.GOOD)
            self.refresh()

        self._begin(self._work.run(work, on_result=done, on_error=self._failed, on_progress=self._say))

    @property
    def _workspace(self) -> Workspace:
        return cast("Workspace", self._api.workspace)

    def _begin(self, running: Progress) -> None:
        self._running = running
        self.good.hide()
        self.bad.hide()
        self._enable(False)

    def _end(self) -> None:
        self._running = None
        self._enable(True)

    def _enable(self, idle: bool) -> None:
        self.check_button.setEnabled(idle)
        self.export_button.setEnabled(idle)
        self.stop_button.setVisible(not idle)
        self.stop_button.setText(t("Cancel"))

    def _say(self, step: Step) -> None:
        if self._running is not None:
            self.stop_button.setText(f"{t('Cancel')} ({step.text} {step.done:,})")

    def _stop(self) -> None:
        if self._running is not None:
            self._running.cancel()

    def _failed(self, error: AppError) -> None:
        self._end()
        if not isinstance(error, Cancelled):
            self.bad.show_text(error.message)
            self.bad.show()


def _accessed(entry: AuditEntry) -> str:
    return access_words(entry.detail) if entry.detail else ""
