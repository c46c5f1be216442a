"""What the lists' fields and statuses are called."""

from __future__ import annotations

from app.domain.clinical_lists import ClinicalList, ListItem
from app.kernel.i18n import t


def field_title(name: str) -> str:
    """Return a field's label."""
    return {
        "name": t("Name"),
        "code": t("Code"),
        "dose": t("Dose"),
        "reaction": t("Reactions"),
        "severity": t("Severity"),
        "since": t("Since"),
        "until": t("Until"),
        "status": t("Status"),
        "note": t("Note"),
    }[name]


def status_text(status: str) -> str:
    """Return a status in words; one of others' own stays as it is."""
    return {
        "": t("not said"),
        "active": t("active"),
        "recurrence": t("back again"),
        "remission": t("in remission"),
        "inactive": t("inactive"),
        "resolved": t("resolved"),
        "on-hold": t("on hold"),
        "completed": t("completed"),
        "stopped": t("stopped"),
        "unknown": t("not known"),
        "entered-in-error": t("entered in error"),
    }.get(status, status)


def severity_text(severity: str) -> str:
    """Return a severity in words."""
    words = {"": t("not said"), "mild": t("mild"), "moderate": t("moderate"), "severe": t("severe")}
    return words.get(severity, severity)


def detail_text(item: ListItem) -> str:
    """Return what stands below an item's name."""
    status = "" if item.status in {"", "active"} else status_text(item.status)
    severity = severity_text(item.severity) if item.severity else ""
    return ", ".join(filter(None, (item.dose, item.reaction, severity, status)))


def state_text(found: ClinicalList) -> str:
    """Return what there is to say of a list that shows nothing, or not all."""
    if found.none_known:
        return t("None known")
    if found.unreadable:
        return t("Entries that can't be read: {n}", n=found.unreadable)
    return "" if found.items else t("Nothing has been entered yet.")


def none_active(found: ClinicalList) -> str:
    """Return what there is to say of allergies where none is shown: not asked, not recorded, none known, all ended.

    Four different things: only a person who asked makes "none known". Empty where some are shown or can't be read.
    """
    if found.active or found.unreadable:
        return ""
    if not found.asked:
        return t("Allergies not asked")
    if found.none_known:
        return t("No known allergies")
    if found.ended:
        return t("Allergies: {n} ended, none active", n=len(found.ended))
    return t("Allergies not recorded")
