"""Beginning a list of problems, medicines or allergies anew where what another program wrote can't be read as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.commands.clinical_lists import list_outcome, load_list, restoring_list, write_list
from app.commands.core import Command, Context, Outcome, handles
from app.domain.clinical_lists import ListKind, lost_entries, lost_list
from app.domain.import_digest import fingerprint
from app.domain.none_known import CONFIRMED, mark_of
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceList(Command):
    """Take away what stands in a list's place and can't be read; ``seen`` is what the person was shown of it.

    The audit keeps it. Afterwards the list is as if nobody had asked yet: what it said is for the person to enter.
    ``entry``: it is a single entry of a list that can be read; the others stay.
    """

    patient_id: str
    list: ListKind
    seen: Any
    entry: bool = False


@handles(ReplaceList)
def replace_list(cmd: ReplaceList, ctx: Context) -> Outcome:
    """Take the value away, with the confirmation of what stood there before it; a list that can be read is refused.

    Errors: ListChanged when something else stands there than the person saw, Readable when it is a list.
    """
    row, whole = load_list(ctx, cmd.patient_id, cmd.list, Permission.EDIT_LISTS)
    if cmd.entry:
        return _without_entry(cmd, ctx, row, whole)
    lost = lost_list(whole, cmd.list)
    if lost is None:
        raise Refused("Readable", t("This list can be read. Change its entries."), field=cmd.list.value)
    if lost != cmd.seen:
        raise Conflict("ListChanged", t("This list has changed since you saw it. Look at it again."))
    changed = {key: value for key, value in whole.items() if key != cmd.list.value}
    if mark_of(whole, cmd.list):
        marks = {key: value for key, value in whole[CONFIRMED].items() if key != cmd.list.value}
        changed = {key: value for key, value in changed.items() if key != CONFIRMED}
        changed |= {CONFIRMED: marks} if marks else {}
    back = restoring_list(cmd.patient_id, cmd.list, whole, changed)
    write_list(ctx, cmd.patient_id, cmd.list, row, changed)
    return list_outcome(cmd.patient_id, "", back, t("the replacing of a list"))


def _without_entry(cmd: ReplaceList, ctx: Context, row: Any, whole: Mapping[str, Any]) -> Outcome:
    """Take one entry away that says nothing readable; of alike ones the first."""
    said = fingerprint(cmd.seen)
    if all(fingerprint(one) != said for one in lost_entries(whole, cmd.list)):
        raise Conflict("ListChanged", t("This list has changed since you saw it. Look at it again."))
    entries = list(whole[cmd.list.value])
    del entries[next(place for place, one in enumerate(entries) if fingerprint(one) == said)]
    changed = {**whole, cmd.list.value: entries}
    back = restoring_list(cmd.patient_id, cmd.list, whole, changed)
    write_list(ctx, cmd.patient_id, cmd.list, row, changed)
    return list_outcome(cmd.patient_id, "", back, t("the taking away of an entry"))
