"""``clinic …``: what the clinic has chosen, shown and changed."""

from __future__ import annotations

from typing import Any

from app.cli.verbs import camel, verb
from app.commands.clinic import ChangeClinic
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.clinic import clinic_view
from app.workspace.workspace import Workspace

_SHOWN = (
    "timezone", "locale", "slot_minutes", "horizon_days", "hold_minutes", "proposal_hours", "auto_lock_minutes",
    "late_after_minutes", "wait_warn_minutes", "wait_limit_minutes", "phone_region", "room_url_template",
)  # fmt: skip


@verb("clinic show")
def show(ws: Workspace) -> dict[str, Any]:
    """Show the clinic's name, time zone and the numbers that screens go by."""
    found = ws.ask(clinic_view)
    return {"id": found.id, "name": found.name, **{camel(name): found.settings[name] for name in _SHOWN}}


@verb("clinic set")
def set_clinic(
    ws: Workspace,
    name: str | None = None,
    timezone: str | None = None,
    slot_minutes: int | None = None,
    horizon_days: int | None = None,
    hold_minutes: int | None = None,
    proposal_hours: int | None = None,
    auto_lock_minutes: int | None = None,
    late_after_minutes: int | None = None,
    wait_warn_minutes: int | None = None,
    wait_limit_minutes: int | None = None,
    room_url_template: str | None = None,
) -> dict[str, Any]:
    """Change what is given of it; all else stays."""
    given = {
        "timezone": timezone, "slot_minutes": slot_minutes, "horizon_days": horizon_days,
        "hold_minutes": hold_minutes, "proposal_hours": proposal_hours, "auto_lock_minutes": auto_lock_minutes,
        "late_after_minutes": late_after_minutes, "wait_warn_minutes": wait_warn_minutes,
        "wait_limit_minutes": wait_limit_minutes, "room_url_template": room_url_template,
    }  # fmt: skip
    settings = {key: value for key, value in given.items() if value is not None}
    if name is None and not settings:
        raise Refused("Required", t("Say what to change."), field="name")
    ws.execute(ChangeClinic(name=name, settings=settings or None))
    return dict(show(ws))
