"""A visit's status on screen: its colour and its word."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.enums import VisitStatus
from app.kernel.i18n import t
from app.ui.theme.tokens import StatusKind

STATUS: Mapping[VisitStatus, StatusKind] = {
    VisitStatus.PLANNED: StatusKind.PLANNED,
    VisitStatus.CHECKED_IN: StatusKind.ARRIVED,
    VisitStatus.IN_PROGRESS: StatusKind.WITH,
    VisitStatus.COMPLETED: StatusKind.DONE,
    VisitStatus.CANCELLED: StatusKind.HELD,
    VisitStatus.NO_SHOW: StatusKind.HELD,
}


def status_word(status: VisitStatus) -> str:
    """Return the word of a visit's status on screen."""
    return {
        VisitStatus.PLANNED: t("Planned"),
        VisitStatus.CHECKED_IN: t("Arrived"),
        VisitStatus.IN_PROGRESS: t("With provider"),
        VisitStatus.COMPLETED: t("Done"),
        VisitStatus.CANCELLED: t("Cancelled"),
        VisitStatus.NO_SHOW: t("Left before seen"),
    }[status]
