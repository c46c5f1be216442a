"""The less usual commands of a day: several rows at once, papers, lists, notes, and what is a person's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy import text

from app.commands.blocking import BlockTime, UnblockTime
from app.commands.clinical_lists import AddListItem, ConfirmList
from app.commands.core import Command
from app.commands.drafts import DiscardDraft, SaveDraft
from app.commands.excuse_notes import DraftExcuseNote, SendExcuseNote
from app.commands.households import JoinHousehold, LeaveHousehold, MakeHousehold
from app.commands.labs import OrderLabs, StartLabOrder
from app.commands.patients import FieldChange
from app.commands.referrals import CreateReferral, SendReferral
from app.commands.saved_views import RemoveView, SaveView
from app.commands.series import BookSeries, CancelSeries, SeriesVisit
from app.commands.undoing import UndoVisitStatus
from app.commands.visit_notes import WriteVisitNote
from app.commands.waiting_list import AddToWaitingList, SetWaitingStatus
from app.domain.clinical_lists import ListKind
from app.domain.enums import ExcuseNoteType, VisitMode, VisitStatus, WaitingStatus
from app.domain.paper_codes import LENGTH, complete
from tests.support.station import Station
from tests.sync.picking import a_patient, one_of

Give = Callable[[Random, Callable[[], str], Station], Command | None]


def _code(new_id: Callable[[], str]) -> str:
    return complete(new_id()[: LENGTH - 1].upper())


def undo(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Take the last step of a visit back."""
    visit = one_of(random, station, "visits WHERE status IN ('CHECKED_IN', 'IN_PROGRESS')", "id, status")
    return None if visit is None else UndoVisitStatus(visit_id=visit.id, expected=VisitStatus(visit.status))


def block(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Block an hour of a provider, or free one again."""
    blocked = one_of(random, station, "slot_detail WHERE batch_id IS NOT NULL", "batch_id")
    if blocked is not None and random.random() < 0.7:
        return UnblockTime(batch_id=blocked.batch_id)
    start = datetime.combine(station.clock.now().date(), time(8), tzinfo=UTC)
    start += timedelta(minutes=20 * random.randrange(30))
    provider = random.choice(("p-okafor", "p-chen"))
    return BlockTime(provider_id=provider, start=start, end=start + timedelta(minutes=60), reason="meeting",
                     batch_id=new_id())  # fmt: skip


def series(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Book two times of a provider at once, or give up such visits."""
    known = one_of(random, station, "visit_detail WHERE series_id IS NOT NULL", "visit_id, series_id")
    if known is not None and random.random() < 0.4:
        return CancelSeries(visit_ids=(known.visit_id,), reason="called")
    free = "visit_slots WHERE status = 'FREE' AND provider_id = 'p-okafor'"
    slots = {slot.id for slot in (one_of(random, station, free) for _ in range(2)) if slot is not None}
    if len(slots) < 2:
        return None
    visits = tuple(SeriesVisit(slot_id=slot, visit_id=new_id()) for slot in sorted(slots))
    return BookSeries(patient_id=a_patient(random, station), visits=visits, minutes=20,
                      visit_mode=VisitMode.IN_PERSON, series_id=new_id())  # fmt: skip


def waiting(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Put somebody on the waiting list, or say what became of them."""
    entry = one_of(random, station, "waiting_list_entry WHERE status IN ('WAITING', 'OFFERED')")
    if entry is not None and random.random() < 0.5:
        status = random.choice((WaitingStatus.OFFERED, WaitingStatus.REMOVED))
        return SetWaitingStatus(entry_id=entry.id, status=status)
    today = station.clock.now().date()
    return AddToWaitingList(patient_id=a_patient(random, station), minutes=20, earliest=today,
                            latest=today + timedelta(days=7), entry_id=new_id())  # fmt: skip


def household(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Make a household, or let somebody in or out."""
    home = one_of(random, station, "household")
    if home is None or random.random() < 0.3:
        people = tuple(sorted({a_patient(random, station), a_patient(random, station)}))
        return MakeHousehold(household_id=new_id(), name="Family", patient_ids=people) if len(people) == 2 else None
    member = one_of(random, station, "household_member", "id, household_id, patient_id")
    if member is not None and random.random() < 0.4:
        return LeaveHousehold(household_id=member.household_id, patient_id=member.patient_id)
    return JoinHousehold(household_id=home.id, patient_id=a_patient(random, station))


def own(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Keep or give up a begun form or a saved view of one's own."""
    if random.random() < 0.5:
        draft = one_of(random, station, "draft WHERE user_id = :me")
        if draft is not None and random.random() < 0.7:
            known = str(draft.id)
            again = SaveDraft(draft_id=known, kind="booking", subject="-", body={"n": random.randrange(99)})
            return DiscardDraft(draft_id=known) if random.random() < 0.5 else again
        return SaveDraft(draft_id=new_id(), kind="booking", subject="-", body={"n": 1})
    view = one_of(random, station, "saved_view WHERE user_id = :me")
    if view is not None and random.random() < 0.7:
        again_view = SaveView(view_id=view.id, name=f"View {random.randrange(99)}", kind="schedule", body={})
        return RemoveView(view_id=view.id) if random.random() < 0.5 else again_view
    return SaveView(view_id=new_id(), name="View", kind="schedule", body={})


def note(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Write a part of a visit's note: two people at the same part disagree."""
    visit = one_of(random, station, "visits WHERE status IN ('IN_PROGRESS', 'COMPLETED')")
    if visit is None or station.actor.provider_id is None:
        return None
    written = station.rows(text("SELECT plan FROM visit_note WHERE visit_id = :id").bindparams(id=visit.id))
    old = written[0].plan if written else ""
    return WriteVisitNote(visit_id=visit.id, changes=(FieldChange("plan", old, f"Rest {random.randrange(99)} days"),))


def paper(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Begin a referral, an excuse note or an order; or send one on its way."""
    today, patient = station.clock.now().date(), a_patient(random, station)
    kind = random.randrange(3)
    if kind == 0:
        referral = one_of(random, station, "referrals WHERE status = 'PENDING'")
        if referral is not None and random.random() < 0.5:
            return SendReferral(referral_id=referral.id)
        return CreateReferral(patient_id=patient, specialty="Cardiology", reason="murmur", referral_id=new_id())
    if kind == 1:
        begun = one_of(random, station, "excuse_notes WHERE status = 'DRAFT'")
        if begun is not None and random.random() < 0.5:
            return SendExcuseNote(note_id=begun.id, code=_code(new_id))
        return DraftExcuseNote(patient_id=patient, kind=ExcuseNoteType.WORK, start=today, end=today, reason="flu",
                               note_id=new_id(), code=_code(new_id), provider_id="p-okafor")  # fmt: skip
    order = one_of(random, station, "lab_orders WHERE status = 'ORDERED'")
    if order is not None and random.random() < 0.5:
        return StartLabOrder(order_id=order.id)
    return OrderLabs(patient_id=patient, tests=("Potassium",), order_id=new_id())


def listed(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """Add to a list of a patient, or say that nothing is known."""
    kind, patient = random.choice(list(ListKind)), a_patient(random, station)
    if random.random() < 0.3:
        return ConfirmList(patient_id=patient, list=kind, none_known=True)
    name = random.choice(("Asthma", "Penicillin", "Metformin"))
    return AddListItem(patient_id=patient, list=kind, fields={"name": name}, item_id=new_id())


MORE: dict[Give, int] = {
    undo: 4, block: 4, series: 4, waiting: 4, household: 3, own: 5, note: 5, paper: 6, listed: 4,
}  # fmt: skip
"""Each with its weight beside the usual ones."""
