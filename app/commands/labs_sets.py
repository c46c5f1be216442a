"""Order sets: tests that a clinic orders together under one name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.labs import MOST_TESTS
from app.db.models import OrderSet
from app.domain.lab_codes import OrderedTest
from app.domain.permissions import Permission
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveOrderSet(Command):
    """Make an order set, or change one; inactive it isn't offered. One named as a usual set takes its place."""

    name: str
    tests: Sequence[OrderedTest]
    active: bool = True
    sort_order: int = 0
    set_id: str = field(default_factory=new_uuid)


@handles(SaveOrderSet, permission=Permission.CLINIC_SETTINGS)
def save_order_set(cmd: SaveOrderSet, ctx: Context) -> Outcome:
    """Insert or update the set. The undo puts back what it was, or puts a new one out of use."""
    name = clean_text(cmd.name, "name", 100, required=True)
    tests = _tests(cmd.tests)
    columns = (OrderSet.id, OrderSet.name, OrderSet.tests, OrderSet.active, OrderSet.sort_order, OrderSet.updated_at)
    rows = ctx.all(select(*columns).where(OrderSet.clinic_id == ctx.actor.clinic_id))
    if any(row.name.casefold() == name.casefold() and row.id != cmd.set_id for row in rows):
        raise Refused("NameInUse", t("There is a set of this name."), field="name")
    old: Any = next((row for row in rows if row.id == cmd.set_id), None)
    values = {"name": name, "tests": tests, "active": cmd.active, "sort_order": cmd.sort_order}
    if old is None:
        undo = SaveOrderSet(set_id=cmd.set_id, name=name, tests=cmd.tests, active=False, sort_order=cmd.sort_order)
        ctx.emit(
            insert(OrderSet).values(id=cmd.set_id, clinic_id=ctx.actor.clinic_id, updated_at=ctx.occurred_at, **values)
        )
    else:
        refs = tuple(OrderedTest(str(one.get("code") or ""), str(one.get("name") or "")) for one in old.tests)
        undo = SaveOrderSet(set_id=cmd.set_id, name=old.name, tests=refs, active=old.active, sort_order=old.sort_order)
        changed = update(OrderSet).where(OrderSet.id == cmd.set_id)
        ctx.emit(changed.values(updated_at=ctx.stamp(old.updated_at), **values))
    return Outcome(
        result={"setId": cmd.set_id, "name": name},
        changes=(Change("order_set", cmd.set_id),),
        undo=undo,
        undo_label=t("order set"),
    )


def _tests(refs: Sequence[OrderedTest]) -> list[dict[str, str]]:
    tests = [
        {"code": clean_text(ref.code, "tests.code", 100), "name": clean_text(ref.name, "tests.name", 200)}
        for ref in refs
    ]
    if not tests or not all(one["name"] or one["code"] for one in tests):
        raise Refused("NoTests", t("Choose at least one test."), field="tests")
    if len(tests) > MOST_TESTS:
        raise Refused("TooMany", t("At most {n} tests go on one order.", n=MOST_TESTS), field="tests")
    return tests
