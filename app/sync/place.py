"""Which workstation this is: what both its thread and its call to the server need to know."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Desk:
    """Which workstation this is, and the versions it speaks: (schema, program)."""

    workstation: str
    name: str
    versions: tuple[int, int]
