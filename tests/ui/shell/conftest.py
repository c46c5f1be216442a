"""A window with somebody signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.ui.shell.shell import Shell
from tests.support.shell import FakeWorkspace
from tests.ui.shell.fakes import TestPage, areas


@pytest.fixture
def shell(window_with: Callable[..., Shell], workspace: FakeWorkspace) -> Shell:
    """The window with all areas, Dana Whitfield signed in at a clinic of her own."""
    return window_with(*areas(), workspace=workspace)


@pytest.fixture
def today(shell: Shell) -> TestPage:
    """The page of the open area."""
    page = shell.window.stack.page("today")
    assert isinstance(page, TestPage)
    return page
