"""Care plans and the lists of problems, medicines and allergies as plain sentences; ``command_words`` takes them in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.domain.clinical_lists import ListKind
from app.kernel.i18n import later, t
from app.ui.parts.command_facts import Facts


def list_title(kind: ListKind) -> str:
    """Return what people call a list."""
    return {
        ListKind.CONDITIONS: t("Problems"),
        ListKind.MEDICATIONS: t("Medicines"),
        ListKind.ALLERGIES: t("Allergies"),
    }[kind]


def list_draft(kind: ListKind, name: str) -> str:
    """Return whose list a draft is of, to be kept (``said``)."""
    return {
        ListKind.CONDITIONS: later("Problems of {name}", name=name),
        ListKind.MEDICATIONS: later("Medicines of {name}", name=name),
        ListKind.ALLERGIES: later("Allergies of {name}", name=name),
    }[kind]


def _of(c: Any, f: Facts) -> dict[str, str]:
    return {"list": list_title(c.list), "name": f.patient(c.patient_id)}


def _added(c: Any, f: Facts) -> str:
    return t("Add {item} to {list} of {name}", item=c.fields.get("name", ""), **_of(c, f))


CARE_WORDS: Mapping[str, Callable[[Any, Facts], str]] = {
    "AddListItem": _added,
    "ChangeListItem": lambda c, f: t("Change an entry in {list} of {name}", **_of(c, f)),
    "EndListItem": lambda c, f: t("End an entry in {list} of {name}", **_of(c, f)),
    "ConfirmList": lambda c, f: t("Confirm {list} of {name}", **_of(c, f)),
    "ReplaceList": lambda c, f: t("Begin {list} of {name} anew", **_of(c, f)),
    "RestoreListItem": lambda c, f: t("Take back a change in {list} of {name}", **_of(c, f)),
    "RestoreList": lambda c, f: t("Take back a change in {list} of {name}", **_of(c, f)),
    "MakeCarePlan": lambda c, f: t("Begin a care plan for {name}", name=f.patient(c.patient_id)),
    "ChangeCarePlan": lambda _c, _: t("Change a care plan"),
    "DropCarePlan": lambda _c, _: t("Take back the beginning of a care plan"),
    "RestoreCarePlan": lambda _c, _: t("Take back a change of a care plan"),
    "MarkCareTask": lambda _c, _: t("Mark a task of a care plan"),
    "SaveCarePlanTemplate": lambda c, _: t("Change the care plan template {name}", name=c.name),
}
