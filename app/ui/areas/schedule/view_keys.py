"""Keys that the schedule's saved views are chosen by: actions of the area, shown beside the views' names."""

from __future__ import annotations

from typing import Final

SAVED_VIEWS: Final = ("F2", "F3", "F4", "F5", "F7", "F8")
"""In the order of the views; F6 goes to the next pane, everywhere."""
