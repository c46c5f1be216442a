"""``doctor``: what is right and what isn't, and what to do."""

from __future__ import annotations

from typing import Any

from app.cli.verbs import Needs, verb
from app.setup.doctor import examine
from app.setup.session import Session


@verb("doctor", needs=Needs.SETUP)
def doctor(session: Session) -> dict[str, Any]:
    """Check the installation and say what to do."""
    findings = examine(session.paths, session.options.profile)
    marks = {True: "ok", False: "problem", None: "unknown"}
    items = [
        {"check": one.check, "state": marks[one.ok], "detail": one.detail, "advice": one.advice} for one in findings
    ]
    return {"items": items, "more": False}
