"""``summaries run``: a week in figures for every patient."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

from app.cli.verbs import verb
from app.workspace.summaries import run_summaries
from app.workspace.workspace import Workspace


@verb("summaries run")
def run(ws: Workspace, week: date) -> dict[str, Any]:
    """Make or renew the summaries of the week in which --week D lies, Monday to Sunday, for all patients."""
    return run_summaries(ws, week, progress=_tell).to_json()


def _tell(done: int) -> None:
    sys.stderr.write(f"{done} …\n")
