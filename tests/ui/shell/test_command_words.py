"""Every command that can wait or need a decision has a sentence, and nothing is ever without one."""

from __future__ import annotations

import importlib
import pkgutil
from zoneinfo import ZoneInfo

import app.commands
from app.commands.booking import BookVisit
from app.commands.moving import MoveVisit
from app.commands.patients import EditPatient, FieldChange, RegisterPatient
from app.commands.registry import COMMANDS, works_offline
from app.commands.visits import CheckIn
from app.domain.enums import VisitMode, VisitStatus
from app.queries.named import Named, NamedPatient, NamedTime
from app.ui.parts.command_facts import Facts, ids_in
from app.ui.parts.command_words import icon_of, kinds_with_words, sentence
from tests.support.sync import AT_1042

for _module in pkgutil.iter_modules(app.commands.__path__):
    importlib.import_module(f"app.commands.{_module.name}")

ZONE = ZoneInfo("America/Los_Angeles")
TODAY = AT_1042.astimezone(ZONE).date()
BOOKING = BookVisit(slot_id="s-1", patient_id="p-new", visit_mode=VisitMode.IN_PERSON, visit_id="v-1")
NEW = RegisterPatient(patient_id="p-new", user_id="u-9", first_name="Rosalind", last_name="Achebe")


def facts(*learned: object) -> Facts:
    found = Named(
        patients={"p-1": NamedPatient("Zygmunt Lis", "(415) 555-0178")}, providers={"d-1": "Dr Okafor"},
        slots={"s-1": NamedTime(AT_1042, "d-1")}, visits={"v-9": ("p-1", "s-1")},
    )  # fmt: skip
    return Facts(found, ZONE, TODAY, learned)  # type: ignore[arg-type]


def test_every_command_that_works_offline_has_words() -> None:
    ours = {name for name, kind in COMMANDS.items() if works_offline(kind) and kind.__module__.startswith("app.")}
    assert ours - kinds_with_words() == set(), "add them to command_words.py"


def test_words_name_people_and_times() -> None:
    check_in = CheckIn(visit_id="v-9", expected=VisitStatus.PLANNED)
    assert sentence("CheckIn", check_in, facts()) == "Check in Zygmunt Lis, 10:42 with Dr Okafor"
    moved = MoveVisit(visit_id="v-9", slot_id="s-1")
    assert sentence("MoveVisit", moved, facts()) == "Move Zygmunt Lis to 10:42 with Dr Okafor"
    edit = EditPatient(patient_id="p-1", changes=(FieldChange("phones", None, None), FieldChange("language", "", "")))
    assert sentence("EditPatient", edit, facts()) == "Change Zygmunt Lis: Phone, Language"


def test_what_was_never_saved_is_named_from_the_commands() -> None:
    known = facts(NEW, BOOKING)
    check_in = CheckIn(visit_id="v-1", expected=VisitStatus.PLANNED)
    assert sentence("BookVisit", BOOKING, known) == "Book Rosalind Achebe, 10:42 with Dr Okafor"
    assert sentence("CheckIn", check_in, known) == "Check in Rosalind Achebe, 10:42 with Dr Okafor"
    assert known.patient_of(check_in) == "p-new"


def test_unknown_kinds_and_rows_still_have_words() -> None:
    assert sentence("Teleport", None, facts()) == "A change this program doesn't know (Teleport)"
    assert sentence("BookVisit", None, facts()) == "A change this program doesn't know (BookVisit)"
    lost = BookVisit(slot_id="gone", patient_id="gone", visit_mode=VisitMode.VIRTUAL)
    assert sentence("BookVisit", lost, facts()) == "Book a patient, a time that is not there any more"
    assert icon_of("Teleport")


def test_ids_are_found_inside_lists() -> None:
    edit = EditPatient(patient_id="p-1", changes=(FieldChange("phones", None, [{"value": "415"}]),))
    assert {"p-1", "phones", "415"} <= set(ids_in([edit, None]))
    assert ids_in([None]) == []
