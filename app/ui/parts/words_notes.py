"""Visit notes, tasks and cover as plain sentences; ``command_words`` takes them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.tasks import kind_word
from app.domain.visit_notes import NOTE_FIELDS, part_title
from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts


def _wrote(c: Any, f: Facts) -> str:
    parts = ", ".join(part_title(one.field) for one in c.changes if one.field in NOTE_FIELDS)
    return t("Visit note of {name}: {parts}", name=f.visitor(c.visit_id), parts=parts)


def _task(c: Any, f: Facts) -> str:
    what = c.title or kind_word(c.kind)
    return t("New task for {name}: {what}", name=f.patient(c.patient_id), what=what) if c.patient_id else what


NOTE_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "WriteVisitNote": _wrote,
    "SignVisitNote": lambda _c, _: t("Sign a visit note"),
    "AddAddendum": lambda _c, _: t("Add to a signed visit note"),
    "DiscardVisitNote": lambda _c, _: t("Throw away the draft of a visit note"),
    "AddTask": _task,
    "AssignTask": lambda _c, _: t("Give a task to somebody else"),
    "DoTask": lambda _c, _: t("A task is done"),
    "CancelTask": lambda _c, _: t("Cancel a task"),
    "ReopenTask": lambda _c, _: t("Open a task again"),
    "PostponeTask": lambda _c, _: t("Put off a task"),
    "NoteTaskAttempt": lambda _c, _: t("Note a call about a task"),
    "SetCover": lambda _c, _: t("Say who stands in for somebody"),
    "ReassignOpenItems": lambda _c, _: t("Give somebody's open items to another person"),
    "EndCover": lambda _c, _: t("End a cover"),
}
