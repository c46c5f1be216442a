"""What was tried and fails: each mistake, made on purpose, is seen by the check that is green without it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.patients import EditPatient, FieldChange
from app.commands.registry import Envelope
from app.domain.enums import VisitMode
from app.kernel.errors import Unavailable
from app.kernel.ids import new_cuid, new_uuid
from app.sync import attention, journal, overlay, pull, push
from app.sync.feed import FeedChange, ServerFeed
from app.sync.model import EntryState
from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.station import Station, differences

Enter = Callable[..., Station]


def by_number_only(cursor: Sequence[int], changes: Iterable[FeedChange], xmin: int) -> list[int]:
    """The mistake: on to the last number seen, whatever transactions are still running."""
    last = list(changes)
    return [last[-1].xid, last[-1].seq] if last else list(cursor)


def late_commit(server: Server, name: str, here: Station) -> list[str]:
    """A transaction that began first commits last; returns where the mirror is wrong afterwards."""
    owner = psycopg.connect(server.owner_url(name))
    with owner, psycopg.connect(server.owner_url(name), autocommit=True) as other:
        owner.execute("UPDATE public.patients SET first_name = 'Late' WHERE id = 'pat-lis'")
        other.execute("UPDATE public.patients SET first_name = 'Early' WHERE id = 'pat-roux'")
        here.engine.sync_now()
        owner.commit()
    here.engine.sync_now()
    return differences(here)


def test_a_late_commit_is_not_missed(
    server: Server, clinic_name: str, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station()
    assert late_commit(server, clinic_name, here) == []
    monkeypatch.setattr(pull, "_advance", by_number_only)
    assert any("Late" in one for one in late_commit_again(server, clinic_name, here))


def late_commit_again(server: Server, name: str, here: Station) -> list[str]:
    """The same once more, from other names."""
    with psycopg.connect(server.owner_url(name), autocommit=True) as owner:
        owner.execute("UPDATE public.patients SET first_name = 'Before' WHERE id IN ('pat-lis', 'pat-roux')")
    here.engine.sync_now()
    return late_commit(server, name, here)


def test_an_idle_transaction_holds_nothing_up(server: Server, clinic_name: str, station: Enter) -> None:
    here = station()
    with psycopg.connect(server.owner_url(clinic_name)) as idle, psycopg.connect(
        server.owner_url(clinic_name), autocommit=True
    ) as other:  # fmt: skip
        idle.execute("SELECT pg_current_xact_id()")
        other.execute("UPDATE public.patients SET first_name = 'Told at once' WHERE id = 'pat-roux'")
        here.engine.sync_now()
        assert differences(here) == []


def book(slot_id: str, patient: str = "lis") -> BookVisit:
    return BookVisit(visit_id=new_cuid(), slot_id=slot_id, patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)


def refused_booking(clinic: Desk, here: Station) -> list[str]:
    """Two people book the same time, one of them offline; returns where the mirror is wrong afterwards."""
    slot = clinic.slots("11:00", 1)[0]
    here.engine.sync_now()
    here.cut()
    here.run(book(slot))
    clinic.desk2.run(book(slot, "roux"))
    assert here.mend().needs_attention == 1
    return differences(here)


def test_a_refused_booking_does_not_stay(clinic: Desk, station: Enter) -> None:
    assert refused_booking(clinic, station()) == []


def test_without_taking_it_off_a_refused_booking_stays(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station()
    monkeypatch.setattr(overlay, "take_off", lambda *_: 0)
    assert any("only here" in one for one in refused_booking(clinic, here))


def lost_answer(clinic: Desk, here: Station, wire_cut: Callable[[], None]) -> int:
    """A booking whose answer is lost after the commit; returns how many visits there are afterwards."""
    slot = clinic.slots("11:00", 1)[0]
    here.engine.sync_now()
    wire_cut()
    here.run(book(slot))
    here.mend()
    assert differences(here) == []
    return len(clinic.rows(text("SELECT id FROM visits")))


def cut_at_answer(here: Station, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the line break once, between the server's commit and its answer."""
    write = here.engine.server.write

    def lost(envelope: Envelope, reader: Any) -> Any:
        monkeypatch.setattr(here.store.server, "write", write)
        write(envelope, reader)
        raise Unavailable("ServerLost", "lost", outcome_unknown=True)

    return lambda: monkeypatch.setattr(here.store.server, "write", lost)


def test_a_lost_answer_is_asked_for_under_the_same_id(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station()
    assert lost_answer(clinic, here, cut_at_answer(here, monkeypatch)) == 1
    assert here.engine.status().attention == 0


def test_under_a_fresh_id_it_is_done_twice(clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    here = station()
    send = push._send
    monkeypatch.setattr(push, "_send", lambda entry, write, this: send(replace(entry, id=new_uuid()), write, this))
    slots = clinic.slots("11:00", 2)
    here.engine.sync_now()
    cut_at_answer(here, monkeypatch)()
    here.run(book(slots[0]))
    here.mend()
    assert here.engine.status().attention == 1, "what was done already is taken for somebody else's"


def test_what_is_done_while_a_pull_reads_stays_shown(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is acknowledged before the pull saves, and not in what the pull has read."""
    (slot,) = clinic.slots("11:00", 1)
    here = station()
    which = ServerFeed.which_applied

    def meanwhile(feed: ServerFeed, ids: Collection[str]) -> set[str]:
        found = which(feed, ids)
        monkeypatch.setattr(ServerFeed, "which_applied", which)
        here.run(book(slot))
        return found

    with here.feed() as feed:
        monkeypatch.setattr(ServerFeed, "which_applied", meanwhile)
        pull.pull(here.local, feed, here.actor)
    here.cut()
    here.engine.lost(None)
    assert here.count("visits") == 1, "it was acknowledged, and shows nowhere"
    here.mend()
    assert differences(here) == []


def test_what_the_server_does_while_a_pull_reads_is_not_taken_for_read(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command was sent and its answer lost; it commits after the moment in which the pull reads."""
    (slot,) = clinic.slots("11:00", 1)
    here = station()
    here.cut()
    here.run(book(slot))
    with here.local.applying() as session:
        connection = session.connection()
        (entry,) = journal.entries(connection)
        journal.set_state(connection, [entry.n], EntryState.PENDING, sent=1)
    here.remote.cut(False)
    changes = ServerFeed.changes

    def meanwhile(feed: ServerFeed, cursor: Sequence[int], limit: int) -> list[FeedChange]:
        monkeypatch.setattr(ServerFeed, "changes", changes)
        found = changes(feed, cursor, limit)
        here.engine.server.write(entry.envelope(), here.reader(True))
        return found

    with here.feed() as feed:
        monkeypatch.setattr(ServerFeed, "changes", meanwhile)
        pull.pull(here.local, feed, here.actor)
        assert here.count("visits") == 1, "it left the screen before its rows were here"
        pull.pull(here.local, feed, here.actor)
    assert differences(here) == []


def test_given_up_nothing_older_than_the_last_pull_comes_back(
    server: Server, clinic_name: str, clinic: Desk, station: Enter
) -> None:
    """A pull takes local effects off before it writes: what was noted under them would be put back over it."""
    here = station()
    here.cut()
    edit = EditPatient(patient_id="pat-lis", changes=(FieldChange("firstName", "Zygmunt", "Zyggy"),))
    here.run(edit, command_id="edit-1")
    here.sit_down("desk2")  # somebody else: it isn't sent
    with psycopg.connect(server.owner_url(clinic_name), autocommit=True) as owner:
        owner.execute("UPDATE public.patients SET last_name = 'Nowak' WHERE id = 'pat-lis'")
    here.engine.sync_now()
    (row,) = here.rows(text("SELECT first_name, last_name FROM patients WHERE id = 'pat-lis'"))
    assert (row.first_name, row.last_name) == ("Zyggy", "Nowak")
    here.sit_down("desk")
    attention.discard(here.local, "edit-1", here.actor, "Wrong person", here.clock.now())
    assert differences(here) == []
