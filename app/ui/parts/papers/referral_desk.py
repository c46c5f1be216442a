"""Referrals as a list, and the one that is open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.enums import ReferralStatus
from app.domain.permissions import Permission
from app.domain.referrals import OPEN, priority_word, status_word
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.referrals import ReferralRow, referral_list
from app.ui.models.paged import Column
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.papers.desk import PaperDesk
from app.ui.parts.papers.referral_editor import ReferralEditor
from app.ui.parts.papers.words import REFERRAL_KINDS
from app.ui.parts.words import birth, born_date, day_plain
from app.ui.theme.tokens import StatusKind
from app.ui.work import ShellApi

SETS: Mapping[str, tuple[ReferralStatus, ...]] = {
    "open": OPEN, "all": (), **{status.value: (status,) for status in ReferralStatus}
}  # fmt: skip


class ReferralDesk(PaperDesk):
    """The list says first what is overdue; a row opens its letter beside its form."""

    editor: ReferralEditor

    def __init__(self, api: ShellApi, title: QWidget | None = None) -> None:
        super().__init__(api, ReferralEditor(api), title)
        self.new.setVisible(api.can(Permission.ORDER))

    def name(self) -> str:
        """Return the table's name."""
        return t("Referrals")

    def new_title(self) -> str:
        """Return what the button says."""
        return t("New referral")

    def filters(self) -> list[tuple[str, str]]:
        """Open ones first."""
        named = [(status.value, status_word(status)) for status in ReferralStatus]
        return [("open", t("All open")), ("overdue", t("Overdue")), *named, ("all", t("All"))]

    def columns(self) -> tuple[Column[ReferralRow], ...]:
        """Return the columns; in a chart the patient stands above."""
        zone = self.api.zone

        def tone(one: ReferralRow) -> StatusKind:
            return StatusKind.CRITICAL if one.overdue else REFERRAL_KINDS[one.status]

        def due(one: ReferralRow) -> str:
            return day_plain(one.due_at.astimezone(zone).date()) if one.due_at else ""

        def strong(_one: ReferralRow) -> bool:
            return True

        who: tuple[Column[ReferralRow], ...] = (
            Column("patient", "Patient", lambda one: one.patient_name, width=180, strong=strong,
                   tip=lambda one: birth(one.born)),
            Column("born", "Date of birth", lambda one: born_date(one.born), width=140),
        ) if self.whose else ()  # fmt: skip
        written: tuple[Column[ReferralRow], ...] = (
            ()
            if self.whose
            else (Column("made", "Written", lambda one: day_plain(one.created_at.astimezone(zone).date()), width=110),)
        )
        return (
            *who,
            Column("specialty", "Specialty", lambda one: one.specialty, width=150, strong=lambda _one: not self.whose),
            Column("to", "Refer to", lambda one: one.referred_to),
            Column("priority", "Priority", lambda one: priority_word(one.priority), width=90),
            Column("status", "Status", self._status, width=170, tone=tone),
            Column("due", "Due", due, width=110),
            *written,
        )

    def _status(self, one: ReferralRow) -> str:
        word = t("Overdue: {status}", status=status_word(one.status)) if one.overdue else status_word(one.status)
        unsent = LinkState.of(self.api.sync).unsent(one.id, ReferralEditor.tables)
        return f"{word} · {not_yet()}" if unsent else word

    def ask_page(self, cursor: str | None, got: Callable[[Page[Any]], None], lost: Callable[[AppError], None]) -> None:
        """Ask for a page."""
        key = self.filter.current
        self.rows.ask(
            referral_list, on_result=got, on_error=lost, cursor=cursor, overdue=key == "overdue",
            status=SETS.get(key, ()), patient_id=self.patient_id or None,
        )  # fmt: skip

    def show_one(self, row_id: str) -> None:
        """Show a referral."""
        self.editor.show_referral(row_id)

    def begin_for(self, patient_id: str, name: str) -> None:
        """Begin one for a patient."""
        self.editor.begin(patient_id, name)

    def empty_text(self) -> str:
        """Return what stands there when nothing does."""
        if self.filter.current == "overdue":
            return t("Nothing is overdue.")
        return t("No referrals here.")
