"""Models and delegates that know no area."""

from app.ui.models.delegates import ChipDelegate, RowDelegate
from app.ui.models.paged import ID_ROLE, ROW_ROLE, STRONG_ROLE, TONE_ROLE, Column, Fetch, PagedTableModel

__all__ = [
    "ID_ROLE",
    "ROW_ROLE",
    "STRONG_ROLE",
    "TONE_ROLE",
    "ChipDelegate",
    "Column",
    "Fetch",
    "PagedTableModel",
    "RowDelegate",
]
