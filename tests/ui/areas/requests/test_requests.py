"""The triage board on a real database: by keyboard, beside a colleague, while the backend writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import insert, select, update

from app.commands.requests import CancelRequest, ConvertRequest, ProposeSlot, TriageRequest
from app.db.models import RequestVisit, Visit, VisitRequest, VisitSlot
from app.domain.enums import (
    RequestStatus,
    RequestType,
    SeverityLevel,
    SlotStatus,
    VisitMode,
    VisitStatus,
    VisitType,
)
from app.ui.areas.requests.page import RequestsPage
from app.ui.areas.requests.seen import READ_SECONDS
from app.ui.areas.requests.spec import SPEC as REQUESTS
from app.ui.areas.requests.steps import can_wait
from tests.support.desk import DAY, NOW, Desk
from tests.support.front_desk import Window, elsewhere

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
)  # fmt: skip
RED, GREEN, YELLOW = SeverityLevel.RED, SeverityLevel.GREEN, SeverityLevel.YELLOW
AWAITING = RequestStatus.AWAITING_PATIENT_CONFIRMATION


def ask_for(clinic: Desk, key: str, severity: SeverityLevel = GREEN, *, patient: str = "lis", **more: Any) -> None:
    """A request as the backend writes one."""
    values = {
        "id": key, "patient_id": f"pat-{patient}", "request_type": RequestType.SCHEDULED,
        "visit_mode": VisitMode.IN_PERSON, "reason_text": f"Reason of {key}", "severity": severity,
        "status": RequestStatus.NEW, "created_at": NOW - timedelta(hours=2), "updated_at": NOW, **more,
    }  # fmt: skip
    clinic.write(insert(VisitRequest).values(**values))


def stored(clinic: Desk, key: str) -> Any:
    return clinic.rows(select(VisitRequest.__table__).where(VisitRequest.id == key))[0]


def keys(page: RequestsPage) -> list[str]:
    return [item.key for item in page.list.items()]


@pytest.fixture
def page(window: Callable[..., Window], clinic: Desk) -> Callable[..., tuple[Window, RequestsPage]]:
    """Somebody's window on the board; tomorrow has free times."""
    for clock in ("14:00", "14:20", "14:40"):
        clinic.slot(clock, day=DAY + timedelta(days=1))

    def make(who: str = "desk") -> tuple[Window, RequestsPage]:
        made = window(who, more=(REQUESTS,))
        found: RequestsPage = made.page("requests")
        made.sit_down()
        return made, found

    return make


def test_from_new_to_a_visit_by_keyboard(clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]) -> None:
    ask_for(clinic, "mild")
    ask_for(clinic, "severe", RED, patient="roux", requested_date=DAY + timedelta(days=1))
    window, board = page()
    window.wait(lambda: keys(board) == ["severe", "mild"] and board.list.hasFocus())
    assert "Reason of severe" in board.detail.reason.text()
    window.wait(lambda: board.detail.phone.text() == "(415) 555-0163")
    assert "not asked" in board.detail._lines["allergies"].text()
    assert board.detail.step.text() == "Triage as Red"
    QTest.keyClick(board.list, Qt.Key.Key_2, ALT)
    window.wait(lambda: stored(clinic, "severe").severity is SeverityLevel.ORANGE)
    window.wait(lambda: len(board.detail.times.items()) > 0)
    assert board.list.current_key == "severe"
    assert board.detail.times.items()[0].number == "1"
    QTest.keyClick(board.list, Qt.Key.Key_2, ALT)
    window.wait(lambda: stored(clinic, "severe").status is AWAITING)
    window.wait(lambda: "agrees" in board.detail.step.text())
    assert "Proposed" in board.detail.proposal.accessibleName() or board.detail.proposal.isVisible()
    slot = stored(clinic, "severe").proposed_slot_id
    assert clinic.state(slot)[:2] == (SlotStatus.HELD, "14:20")
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: keys(board) == ["mild"])
    assert clinic.status(slot) is SlotStatus.BOOKED
    assert [row.request_id for row in clinic.rows(select(RequestVisit.request_id))] == ["severe"]
    assert board.list.hasFocus()


def test_what_the_backend_writes_appears_and_the_focus_stays(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "mild")
    window, board = page()
    window.wait(lambda: keys(board) == ["mild"])
    board.detail.note.setFocus()
    QTest.keyClicks(board.detail.note, "half a")
    elsewhere(ask_for, clinic, "severe", RED)
    window.wait(lambda: keys(board) == ["severe", "mild"])
    assert board.list.current_key == "mild"
    assert "1 more open request" in board.detail.wish.text(), "both are of one patient"
    assert board.detail.note.hasFocus()
    assert board.detail.note.text() == "half a"
    QTest.keyClick(board.detail.note, Qt.Key.Key_Return)
    window.wait(lambda: stored(clinic, "mild").status is RequestStatus.TRIAGED)
    window.wait(lambda: board.current is not None and board.current.note == "half a")
    elsewhere(clinic.write, update(VisitRequest).where(VisitRequest.id == "mild").values(
        status=RequestStatus.CONVERTED_TO_VISIT))  # fmt: skip
    window.wait(lambda: keys(board) == ["severe"] and board.detail.problem.isVisible())
    assert "Reason of mild" in board.detail.reason.text(), "what was being read stays"
    board.next_step()
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    QTest.qWait(50)
    assert stored(clinic, "severe").status is RequestStatus.NEW, "Enter was meant for the other one"
    QTest.keyClick(board.list, Qt.Key.Key_Down)
    window.wait(lambda: board.list.current_key == "severe" and not board.detail.problem.isVisible())


def test_somebody_elses_step_is_said_in_place(clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]) -> None:
    ask_for(clinic, "req")
    window, board = page()
    window.wait(lambda: board.current is not None)
    stale = board.current
    elsewhere(clinic.desk2.run, TriageRequest(request_id="req", severity=RED))
    window.wait(lambda: board.current is not None and board.current.severity is RED)
    assert stale is not None
    board._rows["req"] = stale
    board.next_step()
    window.wait(board.detail.problem.isVisible)
    assert stored(clinic, "req").severity is RED
    elsewhere(clinic.desk2.run, CancelRequest(request_id="req", reason="Went elsewhere"))
    window.wait(lambda: board.current is None or not board.list.isVisible())


def test_a_step_that_came_too_late_says_so_and_the_next_request_is_not_opened(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "first", RED)
    ask_for(clinic, "second", reason_text="Two\nlines")
    window, board = page()
    window.wait(lambda: board.list.current_key == "first")
    assert board.list.items()[1].subtitle == "Two lines"
    elsewhere(clinic.write, update(VisitRequest).where(VisitRequest.id == "first").values(
        status=RequestStatus.CANCELLED))  # fmt: skip
    board.next_step()  # the key was on its way already
    window.wait(lambda: keys(board) == ["second"])
    window.wait(lambda: board.detail.problem.isVisible() and "cancelled" in board.detail.problem.lead.text())
    assert (board.list.current_key, board.detail.reason.text()) == ("", "Reason of first")
    assert stored(clinic, "second").status is RequestStatus.NEW


def test_a_hold_that_ended_is_offered_again(clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]) -> None:
    slot = clinic.slot("16:00", day=DAY + timedelta(days=1))
    clinic.write(update(VisitSlot).where(VisitSlot.id == slot).values(
        status=SlotStatus.HELD, held_until=NOW - timedelta(minutes=5)))  # fmt: skip
    ask_for(clinic, "req", status=AWAITING, proposed_slot_id=slot)
    window, board = page()
    window.wait(lambda: board.detail.step.text() == "Propose Tue 5 May 16:00 again")
    assert board.list.items()[0].sub_meta == "Hold ended"
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: board.list.items()[0].sub_meta.startswith("Kept until"))
    clinic.pass_time(timedelta(hours=25))
    window.wait(lambda: "agrees" in board.detail.step.text())
    board._go_on()
    window.wait(lambda: board.list.items()[0].sub_meta != "" and not board.list.items()[0].sub_meta.startswith("Kept"))
    assert "agrees" not in board.detail.step.text()


def test_it_is_booked_without_asking_at_the_time_that_the_button_names(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    for key in ("req", "other"):
        ask_for(clinic, key, status=RequestStatus.TRIAGED)
    window, board = page("okafor")
    window.wait(lambda: len(board._times) > 1)
    assert board.detail.times.items()[0].meta.endswith("too soon to wait"), "11:00 can't wait for an answer"
    window.wait(lambda: "14:00" in board.detail.step.text())
    board.detail.times.set_current(board._times[1].slot_id)
    window.wait(lambda: "11:20" in board.detail.book.text() or "11:00" in board.detail.book.text())
    chosen = board._chosen_time()
    assert chosen is not None
    board.detail.times.setFocus()
    QTest.keyClick(board.detail.times, Qt.Key.Key_B, CTRL | SHIFT)
    window.wait(lambda: clinic.status(chosen.slot_id) is SlotStatus.BOOKED)
    window.wait(lambda: len(keys(board)) == 1 and "14:00" in board.detail.step.text())
    QTest.mouseClick(board.detail.step, Qt.MouseButton.LeftButton)
    window.wait(lambda: "agrees" in board.detail.step.text())


def test_cancelling_waits_ten_seconds_and_can_be_stopped(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "req")
    window, board = page()
    window.wait(lambda: board.current is not None and board.list.hasFocus())
    QTest.keyClick(board.list, Qt.Key.Key_X, ALT)
    window.wait(board.detail.why.hasFocus)
    QTest.keyClick(board.detail.why, Qt.Key.Key_Return)
    window.wait(board.detail.problem.isVisible)
    QTest.keyClicks(board.detail.why, "Went elsewhere")
    QTest.keyClick(board.detail.why, Qt.Key.Key_Return)
    window.wait(board.list.hasFocus)
    assert stored(clinic, "req").status is RequestStatus.NEW


def test_a_request_is_given_to_nobody_before_triage(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "req")
    window, board = page()
    window.wait(lambda: board.current is not None and board.list.hasFocus())
    QTest.keyClick(board.list, Qt.Key.Key_G, ALT)
    window.wait(board.detail.problem.isVisible)


def test_today_opens_the_request(clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]) -> None:
    ask_for(clinic, "one", YELLOW)
    ask_for(clinic, "two")
    window, board = page()
    today = window.today
    window.wait(lambda: len(today.side._requests.items()) == 2)
    today.side._requests.chosen.emit("two")
    window.wait(lambda: board.isVisible() and board.list.current_key == "two")


def test_taken_in_the_phone_app_no_other_time_is_offered(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "mild", status=RequestStatus.TRIAGED)
    window, board = page()
    board._seen.clock = lambda: 0.0
    window.wait(lambda: keys(board) == ["mild"] and board.list.hasFocus() and len(board.detail.times.items()) > 0)
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: "agrees" in board.detail.step.text() and board.detail.times.isVisible())
    slot = stored(clinic, "mild").proposed_slot_id
    found = clinic.rows(select(VisitSlot.provider_id).where(VisitSlot.id == slot))[0]
    clinic.write(
        insert(Visit).values(
            id="by-phone", patient_id="pat-lis", provider_id=found.provider_id, slot_id=slot, reason_text="Dizzy",
            visit_type=VisitType.SCHEDULED, visit_mode=VisitMode.IN_PERSON, status=VisitStatus.PLANNED,
            created_at=NOW, updated_at=NOW,
        )
    )  # fmt: skip
    clinic.write(update(VisitRequest).where(VisitRequest.id == "mild").values(updated_at=NOW + timedelta(seconds=1)))
    window.wait(lambda: board.detail.step.text().startswith("Close: booked"))
    window.wait(lambda: not board.detail.times.isVisible())
    assert not board.detail.book.isVisible()
    assert not board.detail.times_head.isVisible()
    QTest.keyClick(board.list, Qt.Key.Key_T, ALT)
    window.wait(board.detail.problem.isVisible)
    assert window.panel is None
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: "changed just now" in board.detail.problem.lead.text())
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: stored(clinic, "mild").status is RequestStatus.CONVERTED_TO_VISIT)


def test_a_key_whose_meaning_somebody_else_changed_is_not_taken_at_once(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    ask_for(clinic, "mild", status=RequestStatus.TRIAGED)
    window, board = page()
    board._seen.clock = lambda: 0.0
    window.wait(lambda: board.detail.step.text().startswith("Propose") and board.list.hasFocus())
    slot = next(one.slot_id for one in board._times if can_wait(one, NOW))
    elsewhere(clinic.desk2.run, ProposeSlot(request_id="mild", slot_id=slot))
    window.wait(lambda: "agrees" in board.detail.step.text())
    window.wait(lambda: slot not in [one.slot_id for one in board._times])
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: "changed just now" in board.detail.problem.lead.text())
    assert clinic.status(slot) is SlotStatus.HELD, "Enter was to propose, not to book"
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: clinic.status(slot) is SlotStatus.BOOKED)


def test_who_had_the_time_to_read_a_change_is_not_refused(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    """Enter was refused minutes after a colleague's step, with the new one on the screen all the while."""
    ask_for(clinic, "mild", status=RequestStatus.TRIAGED)
    window, board = page()
    seconds = [0.0]
    board._seen.clock = lambda: seconds[0]
    window.wait(lambda: board.detail.step.text().startswith("Propose") and board.list.hasFocus())
    slot = next(one.slot_id for one in board._times if can_wait(one, NOW))
    elsewhere(clinic.desk2.run, ProposeSlot(request_id="mild", slot_id=slot))
    window.wait(lambda: "agrees" in board.detail.step.text())
    window.wait(lambda: slot not in [one.slot_id for one in board._times])
    seconds[0] = READ_SECONDS
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: clinic.status(slot) is SlotStatus.BOOKED)


def test_a_number_whose_time_somebody_else_took_is_not_taken_at_once(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    for key in ("mild", "other"):
        ask_for(clinic, key, status=RequestStatus.TRIAGED)
    window, board = page()
    board._seen.clock = lambda: 0.0
    window.wait(lambda: board.list.current_key == "mild" and board.list.hasFocus() and len(board._times) > 1)
    first = board._times[0].slot_id
    elsewhere(clinic.desk2.run, ConvertRequest(request_id="other", slot_id=first))
    window.wait(lambda: board._times[0].slot_id != first)
    number = next(n for n, one in enumerate(board._times, 1) if can_wait(one, NOW))
    QTest.keyClick(board.list, Qt.Key(Qt.Key.Key_0 + number), ALT)
    assert "changed just now" in board.detail.problem.lead.text()
    assert stored(clinic, "mild").status is RequestStatus.TRIAGED
    QTest.keyClick(board.list, Qt.Key(Qt.Key.Key_0 + number), ALT)
    window.wait(lambda: stored(clinic, "mild").status is AWAITING)


def test_after_ones_own_undo_the_first_press_counts(
    clinic: Desk, page: Callable[..., tuple[Window, RequestsPage]]
) -> None:
    """It was refused as if somebody else had changed the request; what a colleague does is still asked about."""
    ask_for(clinic, "req")
    window, board = page()
    window.wait(lambda: board.current is not None)
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: board.current is not None and board.current.status is RequestStatus.TRIAGED)
    window.wait(lambda: window.workspace.undo_label is not None)
    QTest.keyClick(board.list, Qt.Key.Key_Z, CTRL)
    window.wait(lambda: board.current is not None and board.current.status is RequestStatus.NEW)
    window.wait(lambda: not board._seen._changed and not board._settled)
    QTest.keyClick(board.list, Qt.Key.Key_Return)
    window.wait(lambda: stored(clinic, "req").status is RequestStatus.TRIAGED)
    assert not board.detail.problem.isVisible()
