"""Every command as a plain sentence: "Book Zygmunt Lis, 14:40 with Dr Okafor"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.commands.registry import Command
from app.domain.patients import field_title
from app.kernel.i18n import t, tn
from app.ui.parts.command_facts import Facts
from app.ui.parts.words_care import CARE_WORDS
from app.ui.parts.words_hl7 import HL7_WORDS
from app.ui.parts.words_labs import LAB_WORDS
from app.ui.parts.words_messages import MESSAGE_WORDS
from app.ui.parts.words_notes import NOTE_WORDS
from app.ui.parts.words_papers import PAPER_WORDS
from app.ui.parts.words_reach import ALERT_WORDS, REQUEST_WORDS
from app.ui.parts.words_vitals import VITAL_WORDS

Sentence = Callable[[Any, Facts], str]


def sentence(kind: str, command: Command | None, facts: Facts) -> str:
    """Say what a command does. One of a newer or older program is named by its kind: it is never left out."""
    words = _WORDS.get(kind)
    if words is None or command is None:
        return t("A change this program doesn't know ({kind})", kind=kind)
    return words(command, facts)


def kinds_with_words() -> frozenset[str]:
    """The kinds that have a sentence of their own."""
    return frozenset(_WORDS)


def icon_of(kind: str) -> str:
    """Return the icon beside a command."""
    return next((icon for part, icon in _ICONS if part in kind), "edit")


_ICONS = (
    ("WalkIn", "walk"), ("Hold", "hourglass"), ("CheckIn", "door"), ("Book", "calendar"), ("Move", "move"),
    ("Cancel", "close"), ("Patient", "user"), ("Household", "family"), ("Wait", "list"), ("Room", "door"),
    ("Contact", "phone"), ("Draft", "note"), ("Hours", "clock"), ("Availab", "clock"), ("Clos", "block"),
    ("Block", "block"), ("Visit", "calendar"), ("Series", "calendar"), ("Import", "import"), ("Save", "gear"),
    ("Measurement", "heart"),
)  # fmt: skip


def _booking(c: Any, f: Facts) -> str:
    return t("Book {name}, {time}", name=f.patient(c.patient_id), time=f.time(c.slot_id))


def _several(c: Any, f: Facts) -> str:
    names = ", ".join(f.patient(one.patient_id) for one in c.visits)
    return t("Book {names} together", names=names)


def _series(c: Any, f: Facts) -> str:
    count = tn("{n} appointment", "{n} appointments", len(c.visits))
    return t("Book a series for {name}: {count}", name=f.patient(c.patient_id), count=count)


def _walk_in(c: Any, f: Facts) -> str:
    return t("Book {name} now with {provider}", name=f.patient(c.patient_id), provider=f.provider(c.provider_id))


def _placed(c: Any, f: Facts) -> str:
    return t("Place {name} with {provider}", name=f.place(c.walk_in_id), provider=f.provider(c.provider_id))


def _moved(c: Any, f: Facts) -> str:
    if c.start is not None:
        where = t("{time} with {name}", time=f.at(c.start), name=f.provider(c.provider_id))
    else:
        where = f.time(c.slot_id)
    return t("Move {name} to {time}", name=f.visitor(c.visit_id), time=where)


def _edited(c: Any, f: Facts) -> str:
    fields = ", ".join(field_title(one.field) for one in c.changes)
    return t("Change {name}: {fields}", name=f.patient(c.patient_id), fields=fields)


def _registered(c: Any, f: Facts) -> str:
    return t("Register {name}", name=f.patient(c.patient_id))


def _called(c: Any, f: Facts) -> str:
    return t("Note a call to {name}", name=f.patient(c.patient_id))


def _hold_time(c: Any, f: Facts) -> str:
    return t("Hold {time}", time=t("{time} with {name}", time=f.at(c.start), name=f.provider(c.provider_id)))


def _blocked(c: Any, f: Facts) -> str:
    return t("Block {first} to {last} of {name}", first=f.at(c.start), last=f.at(c.end), name=f.provider(c.provider_id))


def _closed(c: Any, f: Facts) -> str:
    return t("Close {first} to {last} of {name}", first=f.at(c.start), last=f.at(c.end), name=f.provider(c.provider_id))


def _booking_words() -> Mapping[str, Sentence]:
    return {
        "BookVisit": _booking,
        "BookTogether": _several,
        "BookSeries": _series,
        "BookWalkIn": _walk_in,
        "MoveVisit": _moved,
        "ResizeVisit": lambda c, f: t("Make {visit} {n} minutes long", visit=f.visit(c.visit_id), n=c.minutes),
        "CancelVisit": lambda c, f: t("Cancel {visit}", visit=f.visit(c.visit_id)),
        "CancelTogether": lambda c, _: tn("Cancel {n} appointment", "Cancel {n} appointments", len(c.visit_ids)),
        "CancelSeries": lambda c, _: tn("Cancel {n} appointment", "Cancel {n} appointments", len(c.visit_ids)),
        "RestoreSeries": lambda c, _: tn("Restore {n} appointment", "Restore {n} appointments", len(c.visit_ids)),
        "MoveSeries": lambda c, _: tn("Move {n} appointment", "Move {n} appointments", len(c.moves)),
        "HoldSlot": lambda c, f: t("Hold {time}", time=f.time(c.slot_id)),
        "HoldTime": _hold_time,
        "RenewHold": lambda c, f: t("Keep holding {time}", time=f.time(c.slot_id)),
        "ReleaseHold": lambda c, f: t("Let go {time}", time=f.time(c.slot_id)),
        "AddToWaitingList": lambda c, f: t("Put {name} on the waiting list", name=f.patient(c.patient_id)),
        "ChangeWaiting": lambda c, f: t("Change what {name} waits for", name=f.place(c.entry_id)),
        "SetWaitingStatus": lambda c, f: t("Change the waiting list: {name}", name=f.place(c.entry_id)),
        "NoteOffer": lambda c, f: t("Note an offer to {name}", name=f.place(c.entry_id)),
    }


def _visit_words() -> Mapping[str, Sentence]:
    return {
        "CheckIn": lambda c, f: t("Check in {visit}", visit=f.visit(c.visit_id)),
        "StartVisit": lambda c, f: t("Start the visit of {visit}", visit=f.visit(c.visit_id)),
        "CompleteVisit": lambda c, f: t("Complete the visit of {visit}", visit=f.visit(c.visit_id)),
        "DidNotArrive": lambda c, f: t("{visit} did not arrive", visit=f.visit(c.visit_id)),
        "MarkNoShow": lambda c, f: t("{visit} left without being seen", visit=f.visit(c.visit_id)),
        "UndoVisitStatus": lambda c, f: t("Take back the last step of {visit}", visit=f.visit(c.visit_id)),
        "SetFlow": lambda c, f: t("Mark where {name} is", name=f.visitor(c.visit_id)),
        "SetRoom": lambda c, f: t("{name} to {room}", name=f.visitor(c.visit_id), room=c.room or t("no room")),
        "ConfirmVisit": lambda c, f: t("{visit}: confirmed or not", visit=f.visit(c.visit_id)),
        "AddWalkIn": lambda c, f: t("Add {name} to the walk-ins", name=f.patient(c.patient_id)),
        "PlaceWalkIn": _placed,
        "WalkInLeft": lambda c, f: t("{name} left the walk-in queue", name=f.place(c.walk_in_id)),
        "ReturnToQueue": lambda c, f: t("{name} back to the walk-in queue", name=f.place(c.walk_in_id)),
        "RecordContact": _called,
    }


def _patient_words() -> Mapping[str, Sentence]:
    return {
        "RegisterPatient": _registered,
        "EditPatient": _edited,
        "FlagPatient": lambda c, f: t("Change the flags of {name}", name=f.patient(c.patient_id)),
        "ConfirmIdentity": lambda c, f: t("Confirm who {name} is", name=f.patient(c.patient_id)),
        "MergePatients": lambda c, f: t("Merge {name} into {other}", name=f.patient(c.drop_id),
                                        other=f.patient(c.keep_id)),
        "UnmergePatients": lambda c, f: t("Take back the merge of {name}", name=f.patient(c.drop_id)),
        "MakeHousehold": lambda c, _: t("Make the household {name}", name=c.name),
        "EndHousehold": lambda _c, _: t("End a household"),
        "JoinHousehold": lambda c, f: t("Add {name} to a household", name=f.patient(c.patient_id)),
        "LeaveHousehold": lambda c, f: t("Take {name} out of a household", name=f.patient(c.patient_id)),
        "ImportRecords": lambda _c, _: t("Import records"),
        "NoteImport": lambda _c, _: t("Note an import"),
        "SaveDraft": lambda c, _: t("Keep what was typed: {title}", title=c.title),
        "DiscardDraft": lambda _c, _: t("Put away what was typed"),
    }  # fmt: skip


def _clinic_words() -> Mapping[str, Sentence]:
    hours: Sentence = lambda c, f: t("Add hours of {name}", name=f.provider(c.provider_id))  # noqa: E731 - used twice
    return {
        "AddAvailability": hours,
        "AddHours": hours,
        "ChangeAvailability": lambda _c, _: t("Change a provider's hours"),
        "PauseAvailability": lambda _c, _: t("Pause a provider's hours"),
        "RemoveAvailability": lambda _c, _: t("Remove a provider's hours"),
        "RemoveHours": lambda _c, _: t("Remove a provider's hours"),
        "GenerateSlots": lambda _c, _: t("Make the times of the days to come"),
        "BlockTime": _blocked,
        "UnblockTime": lambda _c, _: t("Open blocked time"),
        "CloseDay": _closed,
        "ReopenDay": lambda _c, _: t("Open a closed day"),
        "ChangeClinic": lambda _c, _: t("Change the clinic's settings"),
        "SetClinicalLimits": lambda _c, _: t("Change the clinical limits"),
        "SetOfflineLeases": lambda _c, _: t("Change the share kept for offline work"),
        "SaveAppointmentType": lambda c, _: t("Change the appointment type {name}", name=c.name),
        "SaveRoom": lambda c, _: t("Change the room {name}", name=c.name),
        "SaveProvider": lambda c, _: t("Change the provider {name}", name=c.name),
        "SaveView": lambda c, _: t("Save the view {name}", name=c.name),
        "RemoveView": lambda _c, _: t("Remove a saved view"),
    }


_WORDS: dict[str, Sentence] = {
    **_booking_words(), **_visit_words(), **_patient_words(), **_clinic_words(), **NOTE_WORDS, **LAB_WORDS,
    **HL7_WORDS, **VITAL_WORDS, **PAPER_WORDS, **ALERT_WORDS, **CARE_WORDS, **MESSAGE_WORDS,
    **REQUEST_WORDS,
}  # fmt: skip
