"""What is kept of unfinished forms that go beyond one visit: several people, a series, an entry of the waiting list.

Their fields are kept as text under the names that the forms give them; times aren't held and have to be found anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from PySide6.QtWidgets import QWidget

from app.ui.areas.schedule.patient_pick import Who
from app.ui.widgets.date_fields import DateField, TimeField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Draft, draft_kinds

KINDS = (draft_kinds.BOOKING_FAMILY, draft_kinds.BOOKING_SERIES, draft_kinds.BOOKING_WAITING)


def values(fields: Mapping[str, QWidget]) -> dict[str, str]:
    """Read the fields."""
    return {name: _value(field) for name, field in fields.items()}


def _value(field: QWidget) -> str:
    if isinstance(field, Combo | SegmentedControl):
        return field.current
    if isinstance(field, DateField | TimeField):  # these are lines to type in too
        return field.value.isoformat() if field.value is not None else ""
    if isinstance(field, LineEdit):
        return field.text()
    raise TypeError(type(field).__name__)


def fill(fields: Mapping[str, QWidget], draft: Draft) -> None:
    """Put back what was kept; what an older version kept otherwise is left out."""
    for name, field in fields.items():
        kept = draft.body.get(name)
        if isinstance(kept, str):
            _fill(field, kept)


def _fill(field: QWidget, kept: str) -> None:
    try:
        if isinstance(field, Combo | SegmentedControl):
            field.set_current(kept)
        elif isinstance(field, DateField):
            field.set_value(date.fromisoformat(kept) if kept else None)
        elif isinstance(field, TimeField):
            field.set_value(time.fromisoformat(kept) if kept else None)
        elif isinstance(field, LineEdit):
            field.setText(kept)
    except (ValueError, KeyError):
        return  # no date, no choice any more: the field keeps what it has


def person(who: Who | None) -> dict[str, str]:
    """A patient as text."""
    if who is None:
        return {}
    return {"id": who.id, "name": who.name, "born": who.born.isoformat() if who.born else ""}


def whom(kept: Any) -> Who | None:
    """The patient that was kept; None when none was."""
    if not isinstance(kept, Mapping) or not kept.get("id"):
        return None
    born = str(kept.get("born", ""))
    return Who(str(kept["id"]), str(kept.get("name", "")), date.fromisoformat(born) if born else None)
