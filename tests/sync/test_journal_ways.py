"""What becomes of commands that wait: overtaken, undone, held back, adopted; each is kept until somebody decides."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.leases import ReleaseLeases
from app.commands.moving import MoveVisit
from app.commands.patients import EditPatient, FieldChange, FlagPatient, RegisterPatient
from app.commands.registry import Envelope
from app.commands.stores import Applied
from app.commands.visits import CheckIn
from app.domain.enums import SlotStatus, VisitMode, VisitStatus
from app.kernel.errors import Conflict, Refused, Unavailable
from app.kernel.ids import new_cuid, new_uuid
from app.queries.core import Reader
from app.sync.model import AttentionItem, EntryState, SyncMode
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
from tests.support.postgres import Server
from tests.support.station import Station, differences

Enter = Callable[..., Station]


def book(slot_id: str, patient: str = "pat-lis", visit: str | None = None) -> BookVisit:
    return BookVisit(visit_id=visit or new_cuid(), slot_id=slot_id, patient_id=patient, visit_mode=VisitMode.IN_PERSON)


def edit(field: str, old: object, new: object, patient: str = "pat-lis") -> EditPatient:
    return EditPatient(patient_id=patient, changes=(FieldChange(field, old, new),))


def items(here: Station) -> dict[str, AttentionItem]:
    return {item.kind: item for item in here.sync.attention()}


def states(here: Station) -> dict[str, str]:
    return {row.kind: row.state for row in here.rows(text("SELECT kind, state FROM journal ORDER BY n"))}


def as_admin(server: Server, database: str, statement: str) -> None:
    url = server.url(database, login_of("admin").login, PASSWORD)
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(statement.encode())


# Edits


def test_edits_of_other_fields_merge(clinic: Desk, station: Enter) -> None:
    here = station()
    here.cut()
    here.run(edit("firstName", "Zygmunt", "Zyggy"))
    clinic.desk2.run(edit("lastName", "Lis", "Liss"))
    assert here.mend().needs_attention == 0
    (row,) = clinic.rows(text("SELECT first_name, last_name FROM patients WHERE id = 'pat-lis'"))
    assert (row.first_name, row.last_name) == ("Zyggy", "Liss")
    assert differences(here) == []


def test_edits_of_the_same_field_come_to_a_person_with_both_sides(clinic: Desk, station: Enter) -> None:
    here = station()
    here.cut()
    here.run(edit("lastName", "Lis", "Mine"))
    clinic.desk2.run(edit("lastName", "Lis", "Theirs"))
    assert here.mend().needs_attention == 1
    problem = items(here)["EditPatient"].problem
    assert problem["fields"] == {"lastName": {"base": "Lis", "mine": "Mine", "server": "Theirs"}}
    assert differences(here) == [], "what was refused isn't shown"
    item = items(here)["EditPatient"]
    here.sync.change(item.id, edit("lastName", "Theirs", "Agreed"), here.run)
    here.engine.sync_now()
    assert clinic.rows(text("SELECT last_name FROM patients WHERE id = 'pat-lis'")) == [("Agreed",)]
    assert here.sync.attention() == ()
    assert differences(here) == []


def test_a_target_that_is_reached_already_is_success(clinic: Desk, station: Enter) -> None:
    here = station()
    here.cut()
    here.run(edit("lastName", "Lis", "Same"))
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    clinic.desk2.run(edit("lastName", "Lis", "Same"))
    clinic.desk2.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    report = here.mend()
    assert (report.applied, report.needs_attention) == (2, 0)
    assert differences(here) == []


def test_visits_that_changed_places_offline_are_put_back_and_forth(clinic: Desk, station: Enter) -> None:
    first, second, third = clinic.slots("11:00", 3)
    clinic.desk2.run(book(first, visit="v-a"))
    clinic.desk2.run(book(second, "pat-roux", "v-b"))
    here = station()
    here.cut()
    for visit, slot in (("v-b", third), ("v-a", second), ("v-b", first)):
        here.run(MoveVisit(visit_id=visit, slot_id=slot))
    clinic.desk2.run(FlagPatient(patient_id="pat-roux", add=("VIP",)))
    clinic.write(text("UPDATE visits SET reason_text = 'said elsewhere'"))
    here.remote.cut(False)
    with here.feed() as feed:
        here.pull(feed.raw)
    report = here.mend()
    assert report.needs_attention == 0
    assert clinic.visit("v-b").slot_id == first
    assert differences(here) == []


# Chains


@pytest.fixture
def chain(clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch) -> tuple[Station, str]:
    """Somebody registered, booked and checked in offline, whose registration the server refuses."""
    slot = clinic.slots("11:00", 1)[0]
    here = station()
    here.cut()
    here.run(RegisterPatient(patient_id="pat-new", user_id="pu-new", first_name="Ida", last_name="Neu"))
    here.run(book(slot, "pat-new", "v-new"))
    here.run(CheckIn(visit_id="v-new", expected=VisitStatus.PLANNED))
    as_owner(clinic, "ALTER TABLE patients ADD CONSTRAINT nobody_new CHECK (id <> 'pat-new')")
    report = here.mend()
    assert (report.sent, report.applied, report.needs_attention) == (1, 0, 1)
    as_owner(clinic, "ALTER TABLE patients DROP CONSTRAINT nobody_new")
    return here, slot


def as_owner(clinic: Desk, statement: str) -> None:
    clinic.write(text(statement))


def test_what_was_decided_on_a_refused_command_waits_and_is_not_shown(chain: tuple[Station, str]) -> None:
    here, _ = chain
    found = items(here)
    assert {kind: item.state for kind, item in found.items()} == {
        "RegisterPatient": EntryState.ATTENTION, "BookVisit": EntryState.BLOCKED, "CheckIn": EntryState.BLOCKED,
    }  # fmt: skip
    assert found["RegisterPatient"].dependents == 2
    assert found["BookVisit"].blocked_by == found["RegisterPatient"].id
    assert differences(here) == []


def test_tried_again_it_goes_and_takes_the_others_with_it(clinic: Desk, chain: tuple[Station, str]) -> None:
    here, slot = chain
    here.sync.retry(items(here)["RegisterPatient"].id)
    report = here.engine.sync_now()
    assert (report.applied, report.needs_attention) == (3, 0)
    assert clinic.status(slot) is SlotStatus.BOOKED
    assert str(clinic.visit("v-new").status) == "CHECKED_IN"
    assert here.sync.attention() == ()
    assert differences(here) == []


def test_given_up_the_others_wait_for_a_decision_of_their_own(clinic: Desk, chain: tuple[Station, str]) -> None:
    here, slot = chain
    here.sync.discard(items(here)["RegisterPatient"].id, "registered twice")
    assert {kind: item.state for kind, item in items(here).items()} == {
        "BookVisit": EntryState.BLOCKED, "CheckIn": EntryState.BLOCKED,
    }  # fmt: skip
    here.sync.retry(items(here)["BookVisit"].id)
    assert here.engine.sync_now().needs_attention == 1, "there is no such patient"
    for kind in ("BookVisit", "CheckIn"):
        here.sync.discard(items(here)[kind].id, "with the registration")
    assert here.sync.attention() == ()
    assert set(states(here).values()) == {EntryState.DISCARDED}
    assert clinic.status(slot) is SlotStatus.FREE
    assert differences(here) == []


# Undo, and what needs the server


def test_undoing_what_was_not_sent_yet_leaves_nothing(clinic: Desk, station: Enter) -> None:
    slot = clinic.slots("11:00", 1)[0]
    here = station()
    here.cut()
    undo = here.run(book(slot)).undo
    assert undo is not None
    here.run(undo)
    assert here.rows(text("SELECT status FROM visits")) == [("CANCELLED",)]
    assert here.rows(text(f"SELECT status FROM visit_slots WHERE id = '{slot}'")) == [("FREE",)]
    report = here.mend()
    assert (report.applied, report.needs_attention) == (2, 0)
    assert clinic.status(slot) is SlotStatus.FREE
    assert differences(here) == []


def test_what_needs_the_server_says_so_and_leaves_nothing_behind(clinic: Desk, station: Enter) -> None:
    here = station(person="admin")
    here.cut()
    here.engine.lost(None)
    with pytest.raises(Unavailable) as caught:
        here.run(ReleaseLeases(workstation_id="ws-1"))
    assert caught.value.code == "NeedsServer"
    assert here.count("journal") == 0


def test_with_others_waiting_a_refusal_offers_times_of_the_store(clinic: Desk, station: Enter) -> None:
    """The server answers, but something of this person waits: the command goes to the store, as all after it."""
    taken, *free = clinic.slots("11:00", 5)
    clinic.desk2.run(book(taken, "pat-roux"))
    here = station()
    here.cut()
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    here.remote.cut(False)
    here.engine.let_in()
    here.engine._standing.enter(SyncMode.ONLINE)
    with pytest.raises(Conflict) as caught:
        here.run(book(taken))
    assert {one["id"] for one in caught.value.data["alternatives"]} <= set(free)
    assert len(caught.value.data["alternatives"]) == 3


def test_a_big_batch_whose_answer_is_lost_is_done_once(
    clinic: Desk, station: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = station()
    patients = [f"pat-{name}" for name in ("lis", "roux", "brandt")]
    here.cut()
    ids = [new_uuid() for _ in range(60)]
    for at, one in enumerate(ids):
        here.run(FlagPatient(patient_id=patients[at % 3], add=("VIP",)), command_id=one)
    here.remote.cut(False)
    write, answered = here.engine.server.write, 0

    def lost(envelope: Envelope, reader: Reader, **more: Any) -> Applied:
        nonlocal answered
        answered += 1
        found = write(envelope, reader, **more)
        if answered == 40:
            raise Unavailable("NoAnswer", "lost", outcome_unknown=True)
        return found

    monkeypatch.setattr(here.engine.server, "write", lost)
    with pytest.raises(Unavailable):
        here.engine.sync_now()
    assert here.engine.sync_now().needs_attention == 0
    applied = [row.id for row in clinic.rows(text("SELECT id FROM desktop.applied_command"))]
    assert set(ids) <= set(applied)
    assert answered < len(ids) + 25, "what had been answered isn't sent again"
    assert differences(here) == []


# The server changes under the workstation


def test_a_program_that_is_too_old_holds_its_queue(server: Server, clinic: Desk, station: Enter) -> None:
    slot = clinic.slots("11:00", 1)[0]
    here = station()
    here.cut()
    here.run(book(slot))
    clinic.write(text("UPDATE desktop.installation SET min_client = min_client + 1"))
    with pytest.raises(Refused) as caught:
        here.mend()
    assert caught.value.code == "SyncHeld"
    status = here.engine.status()
    assert (status.mode, status.waiting, status.attention) == (SyncMode.HELD, 1, 0)
    assert clinic.status(slot) is SlotStatus.FREE
    here.versions = (here.versions[0], here.versions[1] + 1)
    clinic.write(text("UPDATE desktop.installation SET schema_version = schema_version - 1"))
    here.sit_down("desk")
    with pytest.raises(Refused, match="db upgrade"):
        here.engine.sync_now()
    assert (here.engine.status().server_old, here.engine.status().waiting) == (True, 1)
    clinic.write(text("UPDATE desktop.installation SET schema_version = schema_version + 1"))
    assert here.engine.sync_now().applied == 1
    assert clinic.status(slot) is SlotStatus.BOOKED


def test_an_old_store_put_back_is_noticed_and_sends_nothing_twice(clinic: Desk, station: Enter) -> None:
    first, second = clinic.slots("11:00", 2)
    here = station()
    here.cut()
    here.run(book(first))
    here.die()
    copy = here.path / "copy"
    copy.mkdir()
    for file in here.path.glob(f"{here.name}.db*"):
        shutil.copy(file, copy)
    here.boot()
    here.mend()
    here.run(book(second, "pat-roux"))
    here.engine.sync_now()
    here.die()
    for file in here.path.glob(f"{here.name}.db*"):
        file.unlink()
    for file in copy.iterdir():
        shutil.copy(file, here.path)
    here.boot()
    assert here.engine.status().waiting == 1
    here.told.clear()
    report = here.engine.sync_now()
    assert report.needs_attention == 0
    assert None in here.told, "everything is read anew"
    (called,) = clinic.rows(text("SELECT generation FROM desktop.workstation"))
    assert json.loads(here.rows(text("SELECT value FROM meta WHERE key = 'generation'"))[0].value) > called.generation
    assert clinic.rows(text("SELECT old_copy_at IS NOT NULL FROM desktop.workstation")) == [(True,)]
    assert len(clinic.rows(text("SELECT id FROM visits"))) == 2
    assert differences(here) == []
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    here.engine.sync_now()
    assert differences(here) == []


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE desktop.change SET at = at - interval '90 days'", "SELECT desktop.prune('2 days')"),
        ("TRUNCATE visits, visit_slots CASCADE",),
        ("UPDATE desktop.installation SET system_identifier = 'another'", "SELECT desktop.adopt_restored()"),
    ],
    ids=["pruned", "truncated", "restored"],
)
def test_where_the_feed_does_not_reach_back_everything_is_read_anew(
    server: Server, clinic: Desk, clinic_name: str, station: Enter, statements: tuple[str, ...]
) -> None:
    slot, other = clinic.slots("11:00", 2)
    here = station()
    here.run(book(slot))
    here.engine.sync_now()
    here.cut()
    here.run(FlagPatient(patient_id="pat-roux", add=("VIP",)))
    clinic.desk2.run(book(other, "pat-brandt"))
    with psycopg.connect(server.owner_url(clinic_name), autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement.encode())
    assert here.mend().applied == 1
    assert differences(here) == []


# People


@pytest.fixture
def orphan(server: Server, clinic: Desk, clinic_name: str, station: Enter) -> tuple[Station, str]:
    """A booking of somebody whose account was disabled while the workstation was offline; an ADMIN is there now."""
    slot = clinic.slots("11:00", 1)[0]
    here = station()
    here.cut()
    here.run(book(slot))
    as_admin(server, clinic_name, "SELECT desktop.disable_staff('u-desk')")
    with pytest.raises((Refused, Unavailable)):
        here.mend()
    assert states(here) == {"BookVisit": EntryState.PENDING}, "it is kept"
    here.sit_down("okafor")
    here.engine.sync_now()
    assert clinic.status(slot) is SlotStatus.FREE, "nobody sends it in passing"
    here.sit_down("admin")
    here.engine.sync_now()
    return here, slot


def test_an_admin_adopts_what_a_disabled_colleague_left(clinic: Desk, orphan: tuple[Station, str]) -> None:
    here, slot = orphan
    (item,) = here.sync.attention()
    assert (item.code, item.adoptable, item.author_name) == ("AuthorDisabled", True, "Dana Whitfield")
    here.sync.adopt(item.id)
    assert here.engine.sync_now().applied == 1
    assert clinic.status(slot) is SlotStatus.BOOKED
    (row,) = clinic.rows(text("SELECT user_id FROM desktop.applied_command ORDER BY applied_at DESC LIMIT 1"))
    assert row.user_id == "u-desk", "it stays the author's"
    who = clinic.rows(text("SELECT DISTINCT user_id, on_behalf_of FROM desktop.audit WHERE table_name = 'visits'"))
    assert [(row.user_id, row.on_behalf_of) for row in who] == [("u-admin", "u-desk")]
    assert differences(here) == []


def test_an_admin_gives_up_what_a_disabled_colleague_left(clinic: Desk, orphan: tuple[Station, str]) -> None:
    here, slot = orphan
    (item,) = here.sync.attention()
    here.sync.discard(item.id, "left the clinic")
    here.engine.sync_now()
    assert clinic.status(slot) is SlotStatus.FREE
    (row,) = clinic.rows(text("SELECT user_id, discarded_by, reason FROM desktop.discarded_command"))
    assert (row.user_id, row.discarded_by, row.reason) == ("u-desk", "u-admin", "left the clinic")
    assert here.sync.attention() == ()
    assert differences(here) == []


def test_what_was_refused_before_its_author_was_disabled_still_says_why(
    server: Server, clinic: Desk, clinic_name: str, station: Enter
) -> None:
    (slot,), others = clinic.slots("11:00", 1), clinic.slots("12:00", 3)
    here = station()
    here.cut()
    here.run(book(slot))
    clinic.okafor.run(book(slot))
    here.mend()
    as_admin(server, clinic_name, "SELECT desktop.disable_staff('u-desk')")
    here.sit_down("admin")
    here.engine.sync_now()
    (item,) = here.sync.attention()
    assert (item.code, item.adoptable) == ("SlotTaken", True)
    assert [one["id"] for one in item.problem["alternatives"]] == others


def test_nobody_else_adopts(orphan: tuple[Station, str]) -> None:
    here, _ = orphan
    here.sit_down("okafor")
    (item,) = here.sync.attention()
    assert not item.adoptable
    with pytest.raises(Refused) as caught:
        here.sync.adopt(item.id)
    assert caught.value.code == "NotAllowed"


def test_a_colleague_does_not_send_it(station: Enter) -> None:
    here = station()
    here.cut()
    here.run(FlagPatient(patient_id="pat-lis", add=("VIP",)))
    here.sit_down("okafor")
    report = here.engine.sync_now()
    assert (report.sent, here.engine.status().others_waiting) == (0, 1)


@pytest.mark.parametrize("first", ["author", "admin"])
def test_what_was_adopted_is_its_authors_again_once_they_are_back(
    clinic: Desk, orphan: tuple[Station, str], server: Server, clinic_name: str, first: str
) -> None:
    """Adopted, but the account was enabled again before it was sent: an ADMIN can't send it, and who gave it can."""
    here, slot = orphan
    (item,) = here.sync.attention()
    here.cut()
    here.sync.adopt(item.id)
    as_admin(server, clinic_name, "SELECT desktop.enable_staff('u-desk')")
    if first == "admin":
        here.mend()
        assert clinic.status(slot) is SlotStatus.FREE
    here.sit_down("desk")
    if first == "admin":
        (mine,) = here.sync.attention()
        assert mine.mine
        here.sync.retry(mine.id)
    here.engine.sync_now()
    assert clinic.status(slot) is SlotStatus.BOOKED
    (row,) = clinic.rows(text("SELECT user_id FROM desktop.applied_command ORDER BY applied_at DESC LIMIT 1"))
    assert row.user_id == "u-desk"
    assert differences(here) == []
