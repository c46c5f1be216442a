"""What no store could keep is refused before it is written down, by the field in which it stands."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.core import Command
from app.commands.patients import EditPatient, FieldChange, RegisterPatient
from app.domain.enums import VisitMode
from app.kernel.errors import Refused
from app.sync import payload
from tests.support.station import Station

Enter = Callable[..., Station]


def registering(**more: object) -> Command:
    """Somebody is registered."""
    values: dict[str, object] = {"patient_id": "p-1", "user_id": "u-1", "first_name": "Anna", "last_name": "Roux"}
    return RegisterPatient(**(values | more))  # type: ignore[arg-type]


BAD: list[tuple[Command, str]] = [
    (registering(first_name="An\x00na"), "firstName"),
    (registering(last_name="Ro\ud800ux"), "lastName"),
    (registering(demographics={"mrn": "4\x00"}), "mrn"),
    (EditPatient(patient_id="pat-lis", changes=(FieldChange("lastName", "Lis", "L\x00is"),)), "lastName"),
    (BookVisit(visit_id="v", slot_id="s", patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON, reason_text="\udc00"),
     "reasonText"),
]  # fmt: skip


@pytest.mark.parametrize("online", [True, False])
@pytest.mark.parametrize(("command", "field"), BAD)
def test_it_is_refused_by_its_field_and_nothing_is_written_down(
    station: Enter, command: Command, field: str, online: bool
) -> None:
    here = station()
    if not online:
        here.cut()
    with pytest.raises(Refused) as caught:
        here.run(command)
    assert (caught.value.code, caught.value.field) == ("BadValue", field)
    assert here.rows(text("SELECT count(*) FROM journal")) == [(0,)]


def test_too_much_is_refused_by_its_longest_field_in_bytes() -> None:
    """Letters of several bytes count as that many."""
    with pytest.raises(Refused) as caught:
        payload.written({"patient_id": "p-1", "last_name": "ß" * (payload.MOST // 2)})
    assert (caught.value.code, caught.value.field) == ("TooLong", "lastName")
    assert len(payload.written({"last_name": "a" * (payload.MOST - 100)})) < payload.MOST


@pytest.mark.parametrize("words", ["a\\u0000b", "\\", "\\\\u0000", "\U0001f600", "\x01", "\ue000"])
def test_what_only_looks_like_it_is_kept(words: str) -> None:
    """A backslash and letters that spell a NUL in JSON are no NUL."""
    assert json.loads(payload.written({"text": words})) == {"text": words}
