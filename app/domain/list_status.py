"""What the status of a problem, medicine or allergy says, whoever wrote it: it still holds unless it says otherwise."""

from __future__ import annotations

WITHDRAWN = "entered-in-error"
_OVER = {  # words of ours, of FHIR and of the backend
    "inactive", "resolved", "remission", "stopped", "completed", "ended", "not-taken", "cancelled", "refuted",
    WITHDRAWN,
}  # fmt: skip


def is_over(status: str) -> bool:
    """Tell whether an entry no longer holds, or never did; a word that nobody knows hides no allergy."""
    return _bare(status) in _OVER


def is_withdrawn(status: str) -> bool:
    """Tell whether an entry was made in error."""
    return _bare(status) == WITHDRAWN


def _bare(status: str) -> str:
    return "-".join(status.casefold().replace("_", " ").replace("-", " ").split())
