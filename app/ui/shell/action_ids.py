"""Ids of the shell's own actions that other parts of it ask for by name."""

from __future__ import annotations

from typing import Final

FIND: Final = "shell.find"
"""The palette itself, which doesn't offer itself."""
