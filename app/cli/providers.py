"""``providers``, ``availability``, ``slots``, ``schedule``."""

from __future__ import annotations

from typing import Any

from app.cli.verbs import verb
from app.queries.clinic import providers
from app.workspace.workspace import Workspace


@verb("providers list")
def list_providers(ws: Workspace, inactive: bool = False) -> dict[str, Any]:
    """List who sees patients."""
    items = [
        {"id": one.id, "name": one.name, "specialties": list(one.specialties), "telemedEnabled": one.telemed_enabled}
        for one in ws.ask(providers, inactive=inactive)
    ]
    return {"items": items, "more": False}
