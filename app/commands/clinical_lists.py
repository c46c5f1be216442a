"""Editing problems, medicines and allergies item by item: what others wrote stays, field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import update

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.living import merged_meanwhile
from app.commands.patients import FieldChange, editable
from app.db.models import Patient
from app.domain.clinical_lists import (
    EDITS,
    ENDED,
    KEYS,
    SEVERITIES,
    STATUSES,
    ClinicalList,
    ListKind,
    field_of,
    item_keys,
    place_of,
    read_list,
    with_field,
)
from app.domain.none_known import CONFIRMED, NONE_KNOWN, is_none_known, mark_of, says_none, settled, spoken
from app.domain.none_known_words import says_nothing
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text

_LENGTHS = {"note": 2_000, "dose": 500, "reaction": 500}
_DAY = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_WHOLE = 10
"""Characters of a complete date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddListItem(Command):
    """Add a problem, medicine or allergy. ``fields`` by the names of ``KEYS``; ``name`` is needed."""

    patient_id: str
    list: ListKind
    fields: Mapping[str, str]
    item_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeListItem(Command):
    """Change fields of one item; ``old`` of each change is what the person saw."""

    patient_id: str
    list: ListKind
    item_id: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndListItem(Command):
    """Say that an item is over: resolved, stopped, inactive, or entered in error. ``until`` is as exact as known."""

    patient_id: str
    list: ListKind
    item_id: str
    until: str = ""
    status: str = ""
    expected: str | None = None
    """The status that the person saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmList(Command):
    """Say that a list was gone through with the patient; ``seen`` are the ids of the active items then.

    ``none_known``: the answer was that there are none.
    """

    patient_id: str
    list: ListKind
    seen: tuple[str, ...] = ()
    none_known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreListItem(Command):
    """Put back what an edit replaced, while it still is what the edit made of it. None: there was no such item."""

    patient_id: str
    list: ListKind
    item_id: str
    expected: Any = None
    before: Any = None
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreList(Command):
    """Put back a whole list and who had confirmed it, while both still are what was made of them."""

    patient_id: str
    list: ListKind
    expected: Any = None
    before: Any = None
    confirmed: Any = None
    confirmed_before: Any = None


@handles(AddListItem)
def add_item(cmd: AddListItem, ctx: Context) -> Outcome:
    """Append the item; a list that says "none known" begins anew with it."""
    row, whole = load_list(ctx, cmd.patient_id, cmd.list)
    items = _items(whole, cmd.list, starting=True)
    if cmd.item_id in item_keys(items):
        raise Conflict("Exists", t("This entry is there already."))
    entry: dict[str, Any] = {"id": cmd.item_id}
    fields = {"status": "active", **cmd.fields}
    for name, text in _checked(ctx, cmd.list, fields).items():
        entry = with_field(cmd.list, entry, name, text)
    if not entry.get("display"):
        raise Refused("BadValue", t("This field is needed."), field="name")
    _refuse_order(cmd.list, entry)
    entry["recorded"] = ctx.occurred_at.isoformat(timespec="seconds")
    changed = whole | {cmd.list.value: [*items, entry]}
    back: Command
    if says_none(whole, cmd.list):
        back = restoring_list(cmd.patient_id, cmd.list, whole, changed)
    else:
        back = _restore(cmd.patient_id, cmd.list, cmd.item_id, (entry, None), len(items))
    write_list(ctx, cmd.patient_id, cmd.list, row, changed)
    return list_outcome(cmd.patient_id, cmd.item_id, back, t("the new entry {name}", name=entry["display"]))


@handles(ChangeListItem)
def change_item(cmd: ChangeListItem, ctx: Context) -> Outcome:
    """Set the fields that changed; one that somebody else changed meanwhile conflicts, the others stay theirs."""
    row, whole = load_list(ctx, cmd.patient_id, cmd.list)
    items = _items(whole, cmd.list)
    place = _find(items, cmd.item_id)
    before = items[place]
    wanted = _checked(ctx, cmd.list, {change.field: change.new for change in cmd.changes})
    _refuse_conflicts(cmd, before, wanted)
    entry: Any = before
    for name, text in wanted.items():
        if field_of(cmd.list, before, name) != text:
            entry = with_field(cmd.list, entry, name, text)
    if entry == before:
        return Outcome(result={"patientId": cmd.patient_id, "itemId": cmd.item_id})
    _refuse_order(cmd.list, entry)
    return _replace(ctx, (cmd.patient_id, cmd.list, cmd.item_id), row, whole, (place, entry))


@handles(EndListItem)
def end_item(cmd: EndListItem, ctx: Context) -> Outcome:
    """Set status and end; the item stays in the list."""
    row, whole = load_list(ctx, cmd.patient_id, cmd.list)
    items = _items(whole, cmd.list)
    place = _find(items, cmd.item_id)
    before = items[place]
    now = field_of(cmd.list, before, "status")
    status = cmd.status or ENDED[cmd.list]
    if cmd.expected is not None and now not in (cmd.expected, status):
        sides = {"base": cmd.expected, "mine": status, "server": now}
        raise _clash({"status": sides})
    wanted = _checked(ctx, cmd.list, {"status": status, **({"until": cmd.until} if cmd.until else {})})
    entry: Any = before
    for name, text in wanted.items():
        entry = with_field(cmd.list, entry, name, text)
    if entry == before:
        return Outcome(result={"patientId": cmd.patient_id, "itemId": cmd.item_id})
    _refuse_order(cmd.list, entry)
    return _replace(ctx, (cmd.patient_id, cmd.list, cmd.item_id), row, whole, (place, entry))


@handles(ConfirmList)
def confirm_list(cmd: ConfirmList, ctx: Context) -> Outcome:
    """Keep who confirmed which items; a list that changed since the person saw it conflicts."""
    row, whole = load_list(ctx, cmd.patient_id, cmd.list)
    shown = read_list(whole, cmd.list)
    now = tuple(item.id for item in shown.active)
    if set(now) != set(cmd.seen):
        raise Conflict("ListChanged", t("This list has changed since you saw it. Look at it again."))
    if cmd.none_known:
        _refuse_known(shown)
    elif not shown.items:
        raise Refused("NothingToConfirm", t("There is nothing on this list. Say that none is known, or add it."))
    marks = dict(whole[CONFIRMED]) if isinstance(whole.get(CONFIRMED), Mapping) else {}
    mark = {"at": ctx.occurred_at.isoformat(timespec="seconds"), "by": ctx.actor.name, "items": list(now)}
    if cmd.none_known:
        listed = _items(whole, cmd.list, starting=True)
        changed = whole | {cmd.list.value: listed, CONFIRMED: marks | {cmd.list.value: mark | {NONE_KNOWN: True}}}
    else:
        changed = whole | {CONFIRMED: marks | {cmd.list.value: mark}}
    back = restoring_list(cmd.patient_id, cmd.list, whole, changed)
    write_list(ctx, cmd.patient_id, cmd.list, row, changed)
    return list_outcome(cmd.patient_id, "", back, t("the confirmation of a list"))


def _refuse_known(shown: ClinicalList) -> None:
    """Refuse to call a list empty on which anything stands but entries made in error."""
    if shown.unreadable:
        raise Refused("Unreadable", t("This list can't be read here."), field=shown.kind.value)
    if shown.active:
        raise Refused("NotEmpty", t("Some are known here. End them first."), field="none_known")
    if not all(item.withdrawn for item in shown.items):
        raise Refused("NotEmpty", t("Ended entries stand here. Confirm the list as it is."), field="none_known")


@handles(RestoreListItem)
def restore_item(cmd: RestoreListItem, ctx: Context) -> Outcome:
    """Undo one item; refused when somebody changed it since."""
    row, whole = load_list(ctx, cmd.patient_id, cmd.list)
    items = _items(whole, cmd.list, starting=True)
    place = place_of(items, cmd.item_id)
    here = None if place is None else items[place]
    if here != cmd.expected:
        raise Conflict("Changed", t("Somebody changed this entry since."))
    at = min(cmd.place, len(items)) if place is None else place
    kept = items[:at] + ([] if cmd.before is None else [cmd.before]) + items[at if place is None else at + 1 :]
    changed = {key: value for key, value in whole.items() if key != cmd.list.value}
    write_list(ctx, cmd.patient_id, cmd.list, row, changed | ({cmd.list.value: kept} if kept else {}))
    back = _restore(cmd.patient_id, cmd.list, cmd.item_id, (cmd.before, cmd.expected), at)
    return list_outcome(cmd.patient_id, cmd.item_id, back, t("the change of a list"))


@handles(RestoreList)
def restore_list(cmd: RestoreList, ctx: Context) -> Outcome:
    """Undo a confirmation or "none known"; refused when the list or its confirmation changed since."""
    row, whole = load_list(ctx, cmd.patient_id, cmd.list)
    mark = dict(mark_of(whole, cmd.list)) or None
    if whole.get(cmd.list.value) != cmd.expected or cmd.confirmed not in (cmd.confirmed_before, mark):
        raise Conflict("Changed", t("Somebody changed this list since."))
    changed = {key: value for key, value in whole.items() if key != cmd.list.value}
    if cmd.before is not None:
        changed[cmd.list.value] = cmd.before
    if cmd.confirmed != cmd.confirmed_before:
        known = whole.get(CONFIRMED)
        marks = {key: value for key, value in (known if isinstance(known, dict) else {}).items() if key != cmd.list}
        marks |= {cmd.list.value: cmd.confirmed_before} if cmd.confirmed_before is not None else {}
        changed = {key: value for key, value in changed.items() if key != CONFIRMED}
        changed |= {CONFIRMED: marks} if marks else {}
    write_list(ctx, cmd.patient_id, cmd.list, row, changed)
    back = RestoreList(
        patient_id=cmd.patient_id, list=cmd.list, expected=cmd.before, before=cmd.expected,
        confirmed=cmd.confirmed_before, confirmed_before=cmd.confirmed,
    )  # fmt: skip
    return list_outcome(cmd.patient_id, "", back, t("the confirmation of a list"))


def load_list(
    ctx: Context, patient_id: str, kind: ListKind, needs: Permission | None = None
) -> tuple[Any, dict[str, Any]]:
    """Lock the patient; return the row and its demographics, in which "none known" stands as ``spoken`` has it.

    Refuses persons without the right to this list (``needs``: without this one).
    """
    if not ctx.actor.may(needs or EDITS[kind]):
        raise not_allowed()
    row = ctx.first(ctx.lock(editable(patient_id)))
    if row is None:
        raise Conflict("Gone", t("This patient is no longer there."), field="patientId")
    if row.merged_into is not None:
        raise merged_meanwhile(row.merged_into)
    if row.demographics is not None and not isinstance(row.demographics, dict):
        raise Refused("Unreadable", t("What is kept of this patient can't be read here."), field=kind.value)
    return row, spoken(row.demographics or {}, [kind])


def _items(whole: Mapping[str, Any], kind: ListKind, *, starting: bool = False) -> list[Any]:
    """The list's entries; ``starting`` takes none where there is no list yet."""
    value = whole.get(kind.value)
    if isinstance(value, list):
        return list(value)
    if value is None or is_none_known(value):
        if starting:
            return []
        raise Conflict("Gone", t("This entry is no longer there."), field="itemId")
    raise Refused("Unreadable", t("This list can't be read here."), field=kind.value)


def _find(items: list[Any], item_id: str) -> int:
    place = place_of(items, item_id)
    if place is None:
        raise Conflict("Gone", t("This entry is no longer there."), field="itemId")
    return place


def _checked(ctx: Context, kind: ListKind, fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields as texts that may be kept; names the one that may not."""
    checked = {}
    for name, value in fields.items():
        if name not in KEYS[kind]:
            raise Refused("BadValue", t("There is no field {name}.", name=name), field=name)
        if value is not None and not isinstance(value, str):
            raise Refused("BadValue", t("This must be a text."), field=name)
        text = clean_text(value or "", name, _LENGTHS.get(name, 300), required=name == "name")
        if name == "name" and says_nothing(kind, text):
            raise Refused("NoEntry", t("This is no entry. Say “None known” of the list instead."), field=name)
        choices = {"status": STATUSES[kind], "severity": SEVERITIES}.get(name)
        if choices is not None and text and text not in choices:
            raise Refused("BadValue", t("This is none of the choices."), field=name)
        if name in ("since", "until") and text:
            _check_day(text, name, (ctx.occurred_at + timedelta(hours=14)).date())
        checked[name] = text
    return checked


def _check_day(text: str, name: str, latest: date) -> None:
    """Refuse what is no year, month or day, or lies ahead (an end may be planned)."""
    try:
        found = date.fromisoformat((text + "-01-01")[:_WHOLE] if _DAY.fullmatch(text) else "")
    except ValueError:
        raise Refused("BadValue", t("Write a year, a month (2024-05) or a date (2024-05-17)."), field=name) from None
    if name == "since" and found > latest:
        raise Refused("BadValue", t("This lies in the future."), field=name)


def _refuse_order(kind: ListKind, entry: Any) -> None:
    since, until = field_of(kind, entry, "since"), field_of(kind, entry, "until")
    exact = min(len(since), len(until))
    if _DAY.fullmatch(since) and _DAY.fullmatch(until) and until[:exact] < since[:exact]:
        raise Refused("BadValue", t("It can't end before it begins."), field="until")


def _refuse_conflicts(cmd: ChangeListItem, entry: Any, wanted: Mapping[str, str]) -> None:
    clashes = {}
    for change in cmd.changes:
        here = field_of(cmd.list, entry, change.field)
        if here not in (change.old or "", wanted[change.field]):
            clashes[change.field] = {"base": change.old, "mine": wanted[change.field], "server": here}
    if clashes:
        raise _clash(clashes)


def _clash(clashes: Mapping[str, Mapping[str, Any]]) -> Conflict:
    return Conflict(
        "FieldChanged",
        t("Someone else changed the same field in the meantime."),
        field=next(iter(clashes)),
        fields=clashes,
        server={name: sides["server"] for name, sides in clashes.items()},
        mine={name: sides["mine"] for name, sides in clashes.items()},
    )


def _replace(
    ctx: Context, whose: tuple[str, ListKind, str], row: Any, whole: dict[str, Any], new: tuple[int, dict[str, Any]]
) -> Outcome:
    """Write an edited entry at its place; one without an id gets the one it goes by."""
    patient_id, kind, item_id = whose
    place, entry = new
    items = _items(whole, kind)
    before = items[place]
    if not isinstance(entry.get("id"), str) or not entry["id"]:
        entry = {"id": item_id, **{key: value for key, value in entry.items() if key != "id"}}
    items[place] = entry
    write_list(ctx, patient_id, kind, row, whole | {kind.value: items})
    back = _restore(patient_id, kind, item_id, (entry, before), place)
    return list_outcome(patient_id, item_id, back, t("the change of {name}", name=field_of(kind, entry, "name")))


def _restore(patient_id: str, kind: ListKind, item_id: str, sides: tuple[Any, Any], place: int) -> RestoreListItem:
    expected, before = sides
    return RestoreListItem(
        patient_id=patient_id, list=kind, item_id=item_id, expected=expected, before=before, place=place
    )


def restoring_list(patient_id: str, kind: ListKind, before: Mapping[str, Any], after: Mapping[str, Any]) -> RestoreList:
    """What takes a whole list and its confirmation back; both sides as ``spoken`` has them."""
    then = spoken(settled(after, [kind]), [kind])
    return RestoreList(
        patient_id=patient_id, list=kind, expected=then.get(kind), before=before.get(kind),
        confirmed=dict(mark_of(then, kind)) or None, confirmed_before=dict(mark_of(before, kind)) or None,
    )  # fmt: skip


def write_list(ctx: Context, patient_id: str, kind: ListKind, row: Any, whole: Mapping[str, Any]) -> None:
    """Keep demographics as every reader expects them."""
    stamp, kept = ctx.stamp(row.updated_at), settled(whole, [kind])
    ctx.emit(update(Patient).where(Patient.id == patient_id).values(demographics=kept, updated_at=stamp))


def list_outcome(patient_id: str, item_id: str, back: Command, label: str) -> Outcome:
    """Return what a change of a list answers, with what takes it back and what that is called."""
    return Outcome(
        result={"patientId": patient_id, "itemId": item_id},
        changes=(Change("patients", patient_id),),
        undo=back,
        undo_label=label,
    )
