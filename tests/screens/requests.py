"""Pictures of the triage board: a new request, one with free times, one whose time is kept."""

from __future__ import annotations

from typing import Any

from app.ui.work.places import ShowRequests
from tests.screens.views import View, settle


def show_board(window: Any) -> None:
    """Open the board."""
    window.stack.go(ShowRequests())
    settle(2000)


def show_times(window: Any) -> None:
    """Say how urgent the first one is: free times stand below."""
    show_board(window)
    window.stack.page("requests").take_number(1)
    settle(2500)


def show_proposal(window: Any) -> None:
    """Propose the last of the times, which is not too soon."""
    show_times(window)
    page = window.stack.page("requests")
    page.take_number(len(page.detail.times.items()))
    settle(2500)


REQUESTS = (
    View("requests", 1, show_board),
    View("requests-times", 1, show_times),
    View("requests-proposal", 1, show_proposal),
)
