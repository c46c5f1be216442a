"""Real windows on a real clinic, under the stall watchdog."""

from tests.support.front_desk import clinic, front_desk_database, front_desk_template, sign_in, window
from tests.ui.conftest import _english, _themed, pytest_runtest_protocol, stall_watchdog

__all__ = [
    "_english",
    "_themed",
    "clinic",
    "front_desk_database",
    "front_desk_template",
    "pytest_runtest_protocol",
    "sign_in",
    "stall_watchdog",
    "window",
]
