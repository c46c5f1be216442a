"""Results that the backend writes without us, what the desk can reach by SQL, and what signing leaves there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from app.commands.stores import ServerStore
from app.db.models import Alert, LabOrder, LabResultHistory, LabReview
from app.domain.enums import LabOrderStatus, ReviewState
from app.domain.lab_codes import lab_tests
from app.queries.labs import Which, results_to_review
from app.setup.migrate import upgrade
from tests.support.desk import NOW, Desk, Person
from tests.support.lab_values import POTASSIUM, SODIUM, result, resulted, review, signing
from tests.support.postgres import Server

DONE = {"status": LabOrderStatus.COMPLETED, "completed_at": NOW}


def backend_order(desk: Desk, results: Any, order_id: str = "backend", **more: Any) -> str:
    values = {"status": LabOrderStatus.COMPLETED, "completed_at": NOW, "ordered_at": NOW, **more}
    desk.write(
        insert(LabOrder).values(id=order_id, patient_id="pat-lis", provider_id="p-okafor", tests=("BMP",),
                                results=results, created_at=NOW, updated_at=NOW, **values)
    )  # fmt: skip
    return order_id


def item(value: Any, code: str = POTASSIUM, **more: Any) -> dict[str, Any]:
    names = {POTASSIUM: ("Potassium", 3.5, 5.1), SODIUM: ("Sodium", 135, 145)}
    name, low, high = names[code]
    return {"code": code, "name": name, "value": value, "unit": "mmol/L", "low": low, "high": high,
            "observedAt": NOW.isoformat(), **more}  # fmt: skip


def alerts(desk: Desk) -> list[Any]:
    return desk.rows(select(Alert.title, Alert.payload, Alert.severity))


def test_results_of_the_backend_wait(pg_desk: Desk) -> None:
    order_id = backend_order(pg_desk, [item(4.4), item(150, SODIUM)])
    row = review(pg_desk, order_id)
    assert (row.state, row.owner_user, row.critical, row.abnormal, row.partial, row.history) == (
        ReviewState.WAITING, "u-okafor", False, True, False, False,
    )  # fmt: skip
    assert [one.order_id for one in pg_desk.okafor.ask(results_to_review).items] == [order_id]
    assert alerts(pg_desk) == []


def test_a_critical_one_raises_an_alert_once(pg_desk: Desk) -> None:
    order_id = backend_order(pg_desk, None)
    pg_desk.write(update(LabOrder).values(results=[item(6.9)]))
    (alert,) = alerts(pg_desk)
    assert alert.payload == {"orderId": order_id, "code": POTASSIUM, "name": "Potassium"}
    pg_desk.write(update(LabOrder).values(results=[item(6.9), item(140, SODIUM)]))
    assert len(alerts(pg_desk)) == 1


@pytest.mark.parametrize(
    ("results", "flags"),
    [
        ([item(6.2)], ["HH"]),
        ([item(6.19)], ["H"]),
        ([item("2.8")], ["LL"]),
        ([item(3.4)], ["L"]),
        ([item(6.9, unit="mg/dL")], ["H"]),
        ([item(6.9, flag="H")], ["H"]),
        ([item(4, flag="A")], ["A"]),
        ([item("<5")], [""]),
        ([item(6.9, status="cancelled")], [""]),
        ({"Potassium": 6.9}, [""]),
        ({"Potassium": {"value": 6.9, "code": POTASSIUM, "unit": "mmol/l"}}, ["HH"]),
        ([17, None, "x", [], {"value": 1}, {"name": "x", "value": {}}, {"name": "y", "value": True}], []),
        ("text", []),
        (3, []),
        ([item(1, observedAt="2026-99-99"), item(4, low="x", high=[])], ["LL", ""]),
    ],
)
def test_the_database_reads_results_as_we_do(pg_desk: Desk, results: Any, flags: list[str]) -> None:
    from app.domain.lab_codes import read_results

    backend_order(pg_desk, results)
    found = pg_desk.rows(text("SELECT i.flag FROM public.lab_orders o, desktop.lab_items(o.results) i"))
    assert [row.flag for row in found] == flags
    if not any("<" in str(one) for one in flags):
        assert [one.flag for one in read_results(results)[0]] == flags


def test_the_limits_are_those_of_the_table(pg_desk: Desk) -> None:
    rows = pg_desk.rows(text("SELECT code, unit, low, high FROM desktop.lab_critical_limits()"))
    limits = {test.code: test.critical for test in lab_tests().values() if test.critical is not None}
    assert {row.code: (row.unit, row.low, row.high) for row in rows} == {
        code: (one.unit, one.low, one.high) for code, one in limits.items()
    }


def test_a_correction_by_the_backend_keeps_the_earlier_value_and_asks_for_a_new_signature(pg_desk: Desk) -> None:
    order_id = backend_order(pg_desk, [item(4.9), item(140, SODIUM)])
    pg_desk.okafor.run(signing(pg_desk, order_id))
    pg_desk.write(update(LabOrder).values(results=[item(5.0), item(140, SODIUM)]))
    row = review(pg_desk, order_id)
    assert (row.state, row.corrected, row.signed_by) == (ReviewState.WAITING, True, None)
    (kept,) = pg_desk.rows(select(LabResultHistory.__table__))
    assert (kept.item["value"], kept.code) == (4.9, POTASSIUM)


def test_old_results_are_history_and_a_partial_order_partial(pg_desk: Desk) -> None:
    old = item(6.9, observedAt=(NOW - timedelta(days=15)).isoformat())
    history = backend_order(pg_desk, [old], "old")
    open_yet = backend_order(pg_desk, [item(4)], "open", status=LabOrderStatus.IN_PROGRESS, completed_at=None)
    assert review(pg_desk, history).history
    assert review(pg_desk, open_yet).partial
    assert alerts(pg_desk) == []
    listed = pg_desk.okafor.ask(results_to_review)
    assert [row.order_id for row in listed.items] == [open_yet]
    assert listed.counts[Which.HISTORY] == 1
    batch = pg_desk.okafor.ask(results_to_review, which=Which.HISTORY)
    assert [row.order_id for row in batch.items] == [history]


def test_results_that_were_there_before_the_upgrade_wait_without_alerts(pg_desk: Desk, server: Server) -> None:
    backend_order(pg_desk, [item(6.9)], "new")
    old = (NOW - timedelta(days=300)).isoformat()
    backend_order(pg_desk, [item(6.9, observedAt=old)], "old", completed_at=NOW - timedelta(days=300))
    pg_desk.write(delete(LabReview), delete(Alert))
    name = pg_desk.rows(text("SELECT current_database() AS name"))[0].name
    for _ in range(2):
        upgrade(server.owner_url(name))
    found = {row.order_id: row.history for row in pg_desk.rows(select(LabReview.order_id, LabReview.history))}
    assert found == {"new": False, "old": True}
    assert alerts(pg_desk) == []


def refused(who: Person, statement: str) -> str:
    """The SQLSTATE with which the database refuses plain SQL of a person."""
    assert isinstance(who.store, ServerStore)
    with pytest.raises(DBAPIError) as found, who.store.database.reading(None) as session:
        session.execute(text(statement))
    cause = found.value.orig
    assert isinstance(cause, psycopg.Error)
    return cause.sqlstate or ""


def test_an_assistant_reads_no_value_by_sql_either(pg_desk: Desk) -> None:
    order_id = resulted(pg_desk, result(POTASSIUM, 6.9))
    for statement in (
        "SELECT results FROM public.lab_orders",
        "SELECT o FROM public.lab_orders o",
        "SELECT item FROM desktop.lab_result_history",
        "SELECT * FROM desktop.lab_items('[]')",
    ):
        assert refused(pg_desk.desk, statement) == "42501"
    seen = pg_desk.desk.store.read(
        lambda session: session.execute(select(LabReview.__table__).where(LabReview.order_id == order_id)).all()
    )
    assert "6.9" not in str(seen)
    assert "6.9" not in str(alerts(pg_desk))


def test_nobody_signs_by_plain_sql_without_a_signature(pg_desk: Desk) -> None:
    order_id = resulted(pg_desk)
    sign = "UPDATE desktop.lab_review SET state = 'SIGNED', signed_at = desktop.db_now(), signed_by = '{}' RETURNING 1"
    assert refused(pg_desk.chen, sign.format("u-chen")) == "MH001"
    assert refused(pg_desk.chen, sign.format("u-okafor")) == "MH001"
    assert refused(pg_desk.desk, sign.format("u-desk")) == "42501"
    assert refused(pg_desk.admin, sign.format("u-admin")) == "42501"
    for gone in ("DELETE FROM desktop.lab_signature", "UPDATE desktop.lab_signature SET note = 'x'"):
        assert refused(pg_desk.okafor, gone + " RETURNING 1") == "42501"
    pg_desk.okafor.run(signing(pg_desk, order_id))
    assert review(pg_desk, order_id).state is ReviewState.SIGNED
    assert isinstance(pg_desk.chen.store, ServerStore)
    with pg_desk.chen.store.database.transaction() as session:
        session.execute(text("UPDATE public.lab_orders SET results = '[]'"))
    row = review(pg_desk, order_id)
    assert (row.state, row.signed_by, row.signed_at) == (ReviewState.WAITING, None, None)
