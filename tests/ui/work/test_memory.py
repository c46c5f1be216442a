"""Nothing is kept in memory that the program has no use for."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path

import pytest

from app.ui.work.memory import leave_sources_alone


def test_the_source_of_an_imported_module_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PySide would, and the text would stay: red when a later version looks some other way."""
    assert leave_sources_alone()
    (tmp_path / "made_up_module.py").write_text("TEXT = 'words that nobody reads'\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = __import__("made_up_module")  # the statement, which PySide looks into
    sys.modules.pop("made_up_module")
    assert module.TEXT
    assert str(tmp_path / "made_up_module.py") not in linecache.cache
