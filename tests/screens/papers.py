"""Pictures of papers: a letter and a note beside their forms, and what a code says."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.enums import ReferralStatus
from app.domain.excuse_notes import NoteStanding
from tests.screens.views import View, settle


def _page(window: Any, key: str) -> Any:
    window.stack.open_area(key)
    settle(2000)
    return window.stack.page(key)


def show_referrals(window: QWidget) -> None:
    """The list of what is open."""
    _page(window, "referrals")


def show_letter(window: QWidget) -> None:
    """A letter that waits to be sent."""
    page = _page(window, "referrals")
    page.desk.open_paper(next(row.id for row in page.desk.model.rows if row.status is ReferralStatus.PENDING))
    settle(3000)


def show_answer(window: QWidget) -> None:
    """One that was accepted: what is heard stands above the letter."""
    page = _page(window, "referrals")
    page.desk.open_paper(next(row.id for row in page.desk.model.rows if row.status is ReferralStatus.ACCEPTED))
    settle(3000)


def show_notes(window: QWidget) -> None:
    """The list, and a code that somebody asks about."""
    page = _page(window, "notes")
    valid = next(row.id for row in page.desk.model.rows if row.standing is NoteStanding.VALID)
    page.desk.open_paper(valid)
    settle(2000)
    page.verify.code.setText(page.desk.editor.view.code)
    page.desk.editor.go_back()
    page.verify.verify()
    settle(2000)


def show_note(window: QWidget) -> None:
    """A note that holds."""
    page = _page(window, "notes")
    page.desk.open_paper(next(row.id for row in page.desk.model.rows if row.standing is NoteStanding.VALID))
    settle(3000)


PAPER_VIEWS = (
    View("referrals", 2, show_referrals),
    View("referral-letter", 2, show_letter),
    View("referral-answer", 1, show_answer),
    View("excuse-notes", 1, show_notes),
    View("excuse-note", 2, show_note),
)
