"""A command on its way to the server with somebody waiting for the answer, and a round that comes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.kernel.errors import Conflict
from app.sync import journal
from app.sync.in_hand import InHand
from app.sync.model import EntryState
from tests.support.desk import Desk
from tests.support.station import Station, differences
from tests.sync.test_round_trip import book

Enter = Callable[..., Station]


def test_what_a_person_was_told_at_once_does_not_come_back_from_a_round(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another desk's change rings while a booking is under way: the round took it for one that waits."""
    (slot,) = clinic.slots("11:00", 1)
    here = station()
    clinic.okafor.run(book(slot, "roux"))
    write, met, answered = here.store.server.write, threading.Event(), threading.Event()
    rounds: list[threading.Thread] = []

    def about_to_send(_sent: int, _total: int) -> None:
        met.set()
        answered.wait(30)

    here.engine._exchange.sending = about_to_send

    def go_round() -> None:
        try:
            here.engine.sync_now()
        finally:
            met.set()

    def under_way(*arguments: Any, **more: Any) -> Any:
        rounds.append(threading.Thread(target=go_round))
        rounds[0].start()
        assert met.wait(30)
        return write(*arguments, **more)

    monkeypatch.setattr(here.store.server, "write", under_way)
    with pytest.raises(Conflict):
        here.run(book(slot))
    answered.set()
    rounds[0].join(30)
    with here.local.reading() as session:
        (state,) = {one.state for one in journal.entries(session.connection(), list(EntryState))}
    assert state is EntryState.REFUSED, "it was told in place, and stood under Needs attention as well"
    here.engine.refresh()
    assert (here.engine.status().attention, here.engine.status().waiting) == (0, 0)


def test_what_is_given_meanwhile_is_sent_after_it(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = clinic.slots("11:00", 2)
    here = station()
    write = here.store.server.write

    def under_way(*arguments: Any, **more: Any) -> Any:
        monkeypatch.undo()
        here.run(book(second, "roux"))
        assert here.engine.sync_now().sent == 0, "nothing overtakes what is being answered"
        return write(*arguments, **more)

    monkeypatch.setattr(here.store.server, "write", under_way)
    here.run(book(first))
    assert here.engine._kick.is_set(), "what waited behind it would wait for the next bell"
    report = here.engine.sync_now()
    assert (report.sent, report.applied) == (1, 1)
    assert differences(here) == []


def test_answered_before_a_round_could_say_so_the_round_is_not_forgotten() -> None:
    told: list[str] = []
    hand = InHand()
    hand.passed_over = lambda: told.append("again")
    with hand.given("one"):
        hand.meet()
        assert told == []
    assert told == ["again"]
    hand.meet()
    assert told == ["again", "again"]
    with hand.given("two"), hand.looked_at() as now:
        assert now == {"two"}
    assert told == ["again", "again"]
