"""What the program of a signed-in person does by itself, from the sign-in on until the person signs out."""

from __future__ import annotations

from app.workspace.out_of_date import OutOfDate
from app.workspace.scheduled import Scheduled
from app.workspace.workspace import Workspace


def begin_chores(workspace: Workspace) -> None:
    """Follow what others change, and do once a minute what is due at the clinic."""
    workspace.turns += [OutOfDate(workspace).turn, Scheduled(workspace, lambda: workspace.closed).turn]
    workspace.go_live()
