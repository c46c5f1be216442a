"""Which visit a note is about when somebody just wants to write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pytestqt.qtbot import QtBot

from app.domain.enums import Role, VisitMode, VisitNoteStatus, VisitStatus
from app.queries.core import Page
from app.queries.visit_notes import VisitLine, visits_of_patient
from app.ui.areas.chart.visits.opening import open_note, visits_to_write_about
from tests.support.shell import FakeShell, FakeWorkspace, an_actor

START = datetime(2026, 5, 4, 17, tzinfo=UTC)
MINE = VisitLine("mine", START, START + timedelta(minutes=20), VisitStatus.COMPLETED, VisitMode.IN_PERSON, "p-1",
                 "Dr Okafor", "", "", "", None, None)  # fmt: skip
THEIRS = replace(MINE, id="theirs", provider_id="p-2", provider="Dr Chen", status=VisitStatus.IN_PROGRESS)


def shell(*visits: VisitLine) -> FakeShell:
    """A provider's desk; the patient has these visits."""
    actor = replace(an_actor(Role.PROVIDER), provider_id="p-1")
    answers: dict[Any, Any] = {visits_of_patient: Page(visits, more=False)}
    return FakeShell(FakeWorkspace(actor=actor, answers=answers))


def test_ones_own_visit_comes_before_a_colleagues_that_goes_on() -> None:
    signed = replace(MINE, id="signed", note=VisitNoteStatus.SIGNED)
    found = visits_to_write_about(shell(), Page((THEIRS, signed, MINE), more=False))
    assert [one.id for one in found] == ["mine", "theirs"]


def test_a_colleagues_visit_gets_no_note_by_the_way(qtbot: QtBot) -> None:
    desk = shell(THEIRS)
    open_note(desk, "pat-1", "Zygmunt Lis")
    qtbot.waitUntil(lambda: bool(desk.toasts), timeout=10_000)
    assert "Dr Chen" in desk.toasts[0]
    assert desk.panels == []


def test_what_is_written_now_goes_into_no_visit_of_last_year(qtbot: QtBot) -> None:
    desk = shell()
    lately = desk.workspace.reader().now - timedelta(days=400)
    desk = shell(replace(MINE, start=lately, end=lately + timedelta(minutes=20)))
    open_note(desk, "pat-1", "Zygmunt Lis")
    qtbot.waitUntil(lambda: bool(desk.toasts), timeout=10_000)
    assert "no recent visit" in desk.toasts[0]
    assert desk.panels == []
