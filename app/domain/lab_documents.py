"""A document that a laboratory sent with results: a PDF, a picture, a text."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LabDocument:
    """One document: the code and name of its OBX-3, the ending of its file's name, its bytes."""

    code: str
    name: str
    ending: str
    data: bytes

    @property
    def file_name(self) -> str:
        """A name for its file, without signs that a system keeps for itself."""
        plain = re.sub(r"[^\w .-]", "_", self.name or self.code).strip(" .")[:80]
        return f"{plain or 'document'}.{self.ending}"


@dataclass(frozen=True, slots=True)
class OrderDocuments:
    """What came with the results of one order, and whose they are."""

    patient_id: str
    items: tuple[LabDocument, ...]
