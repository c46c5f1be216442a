"""``doctor``: what is right and what isn't, and what to do."""

from __future__ import annotations

from typing import Any

from app.cli.verbs import Needs, verb
from app.kernel.errors import AppError
from app.setup.doctor import Finding, examine, examine_signed_in
from app.setup.session import Session


@verb("doctor", needs=Needs.SETUP)
def doctor(session: Session) -> dict[str, Any]:
    """Check the installation and say what to do; with --as also the server and what waits here, signed in."""
    findings = [*examine(session.paths, session.options.profile), *_signed_in(session)]
    marks = {True: "ok", False: "problem", None: "unknown"}
    items = [
        {"check": one.check, "state": marks[one.ok], "detail": one.detail, "advice": one.advice} for one in findings
    ]
    return {"items": items, "more": False}


def _signed_in(session: Session) -> list[Finding]:
    if session.options.email is None:
        return []
    try:
        return list(examine_signed_in(session.workspace()))
    except AppError as error:
        return [Finding("sign-in", False, error.message)]
