"""Two people of different roles share a workstation: each sees exactly what the server shows them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from sqlalchemy import text

from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]

_ORDER = (
    "INSERT INTO lab_orders (id, patient_id, provider_id, tests, status, results, created_at, updated_at) "
    "VALUES (:id, 'pat-lis', 'p-okafor', '{Potassium}', 'COMPLETED', '{\"value\"\\: 4.1}', now(), now())"
)
_DRAFT = (
    "INSERT INTO desktop.draft (id, clinic_id, user_id, kind, subject, body, updated_at) "
    "VALUES (:id, 'clinic-1', :who, 'note', 'pat-lis', '{}', now())"
)
_VIEW = (
    "INSERT INTO desktop.saved_view (id, clinic_id, user_id, kind, name, body, updated_at) "
    "VALUES (:id, 'clinic-1', :who, 'patients', :id, '{}', now())"
)


def add(clinic: Desk, number: int) -> None:
    """A lab order with results, drafts and saved views of everybody, and one view of the clinic's."""
    clinic.write(text(_ORDER).bindparams(id=f"lab-{number}"))
    for who in ("u-desk", "u-okafor", "u-admin"):
        clinic.write(
            text(_DRAFT).bindparams(id=f"d-{who}-{number}", who=who),
            text(_VIEW).bindparams(id=f"v-{who}-{number}", who=who),
        )
    clinic.write(text(_VIEW).bindparams(id=f"v-all-{number}", who=None))


def alter(clinic: Desk, number: int) -> None:
    """All of them change."""
    clinic.write(
        text("UPDATE lab_orders SET results = '{\"value\"\\: 5.9}' WHERE id = :id").bindparams(id=f"lab-{number}"),
        text("UPDATE desktop.draft SET body = '\"more\"' WHERE id LIKE :id").bindparams(id=f"%-{number}"),
        text("UPDATE desktop.saved_view SET body = '\"more\"' WHERE id LIKE :id").bindparams(id=f"%-{number}"),
    )


def remove(clinic: Desk, number: int) -> None:
    """All of them go."""
    for table, like in (("lab_orders", "lab-"), ("desktop.draft", "d-%-"), ("desktop.saved_view", "v-%-")):
        clinic.write(text(f"DELETE FROM {table} WHERE id LIKE :id").bindparams(id=f"{like}{number}"))


def own(found: list[str], person: str) -> list[str]:
    """Leave out colleagues' rows: they are here, and not shown to this person."""
    return [one for one in found if "only here" not in one or f"-u-{person}-" in one or "-u-" not in one]


@pytest.mark.parametrize("order", list(permutations(("desk", "okafor", "admin"))), ids=">".join)
def test_whoever_pulled_first_each_sees_what_is_theirs(clinic: Desk, station: Enter, order: tuple[str, ...]) -> None:
    add(clinic, 1)
    here = station(person=order[0])
    happenings: tuple[tuple[Callable[[Desk, int], None], int], ...] = ((add, 2), (alter, 1), (remove, 1), (add, 3))
    for happens, number in happenings:
        happens(clinic, number)
        for person in order:
            here.sit_down(person)
            here.engine.sync_now()
        for person in order:
            here.sit_down(person)
            here.engine.sync_now()
            assert own(differences(here), person) == []


def test_results_come_to_whoever_may_read_them_now(clinic: Desk, station: Enter) -> None:
    """Somebody becomes a provider: what they couldn't read before is read then."""
    add(clinic, 1)
    here = station(person="desk")
    alter(clinic, 1)
    here.engine.sync_now()
    assert here.rows(text("SELECT results FROM lab_orders")) == [(None,)]
    here.sit_down("okafor")
    here.engine.sync_now()
    assert here.rows(text("SELECT results FROM lab_orders")) == [('{"value": 5.9}',)]
    here.sit_down("desk")
    here.engine.sync_now()
    assert here.rows(text("SELECT results FROM lab_orders")) == [('{"value": 5.9}',)], "a pull takes nothing away"
    assert here.rows(text("SELECT count(*) FROM gap WHERE table_name = 'lab_orders'")) == [(0,)]
