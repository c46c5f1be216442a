"""What is done with an alert: closed by a panel, put off or given away by a menu."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject

from app.commands.alerts import AssignAlert, SnoozeAlert, closing_needs
from app.commands.core import Command, Outcome
from app.domain.alert_facts import AlertFacts
from app.domain.enums import AlertSeverity, AlertStatus
from app.domain.permissions import Permission, allowed
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.alerts import AlertRow, EarlierAlert
from app.queries.cover import Colleague, colleagues
from app.ui.areas.alerts.close_panel import ClosePanel
from app.ui.areas.alerts.detail import AlertDetail
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.work import Lane, ShellApi

MORNING = time(8)


def may_do(api: ShellApi, alert: AlertRow, facts: AlertFacts, key: str) -> bool:
    """Tell whether an action makes sense for an alert and is the person's to do; the handlers say the same."""
    if key == "open_chart":
        return True
    if key == "open_results":
        return bool(facts.order_id)
    if alert.status != AlertStatus.ACTIVE.value:
        return False
    if key == "snooze" and alert.severity == AlertSeverity.CRITICAL.value:
        return False
    return is_theirs(api, alert, key)


def is_theirs(api: ShellApi, alert: AlertRow, key: str) -> bool:
    """Tell whether a person of these roles ever does such a thing with such an alert."""
    if key in ("dismiss", "give") and alert.severity == AlertSeverity.INFO.value:
        return api.can(Permission.DISMISS_INFO_ALERTS)
    return api.can(Permission.RESOLVE_ALERTS)


class _AlertOpen(Protocol):
    """What the deeds need of the page on which an alert is open."""

    @property
    def api(self) -> ShellApi: ...
    @property
    def alert(self) -> AlertRow | None: ...
    @property
    def earlier(self) -> tuple[EarlierAlert, ...]: ...
    @property
    def detail(self) -> AlertDetail: ...
    def may(self, key: str) -> bool: ...
    def begin(self, alert_id: str) -> None: ...
    def settle(self) -> None: ...


class AlertDeeds:
    """Carries out what the page's actions ask for."""

    def __init__(self, page: _AlertOpen, owner: QObject) -> None:
        self._page, self._api = page, page.api
        self._act, self._staff = Lane(owner, page.api.workspace), Lane(owner, page.api.workspace)

    def close(self, *, dismiss: bool) -> None:
        """Ask for the words; earlier ones that are still open are closed with it unless that is unticked."""
        page, alert = self._page, self._page.alert
        if alert is not None and page.may("dismiss" if dismiss else "resolve"):
            still = [one.alert_id for one in page.earlier if one.status == AlertStatus.ACTIVE.value]
            panel = ClosePanel(self._api, alert, dismiss=dismiss, open_ones=still)
            panel.begun.connect(page.begin)
            panel.settled.connect(page.settle)
            self._api.show_panel(panel)

    def snooze(self) -> None:
        """Offer an hour, tomorrow morning, a week; a sleeping one wakes."""
        alert = self._page.alert
        if alert is None or not self._page.may("snooze"):
            return
        now, zone = self._api.now(), self._api.zone
        tomorrow = datetime.combine(now.astimezone(zone).date() + timedelta(days=1), MORNING, zone)
        choices = ((t("For an hour"), now + timedelta(hours=1)), (t("Until tomorrow, 8:00"), tomorrow),
                   (t("For a week"), now + timedelta(days=7)))  # fmt: skip
        items: list[MenuItem | None] = [
            MenuItem(text, partial(self._put_off, alert, until), "clock") for text, until in choices
        ]
        if alert.snoozed_until is not None and alert.snoozed_until > now:
            items.insert(0, MenuItem(t("Wake it now"), partial(self._put_off, alert, None), "bell"))
        open_menu(self._page.detail.snooze, t("Put off"), items)

    def _put_off(self, alert: AlertRow, until: datetime | None) -> None:
        name = alert.patient_name
        text = t("Put off the alert of {name}", name=name) if until else t("Woke the alert of {name}", name=name)
        self._do(alert, SnoozeAlert(alert_id=alert.alert_id, until=until), text)

    def give(self) -> None:
        """Offer the colleagues, and nobody."""
        if self._page.may("give"):
            self._staff.ask(colleagues, on_result=self._offer, on_error=self._api.problem)

    def _offer(self, found: tuple[Colleague, ...]) -> None:
        alert = self._page.alert
        if alert is None:
            return
        me = self._api.workspace.actor.user_id
        people = sorted(
            (one for one in found if allowed(one.roles, closing_needs(alert.severity))),
            key=lambda one: one.user_id != me,
        )
        items: list[MenuItem | None] = [
            MenuItem(t("Me") if one.user_id == me else one.name,
                     partial(self._assign, alert, one.user_id, one.name), "user")
            for one in people if one.user_id != alert.owner_user
        ]  # fmt: skip
        if alert.owner_user is not None:
            items += [None, MenuItem(t("Nobody"), partial(self._assign, alert, None, ""), "close")]
        open_menu(self._page.detail.give, t("Give to"), items)

    def _assign(self, alert: AlertRow, owner: str | None, to: str) -> None:
        command = AssignAlert(alert_id=alert.alert_id, owner_user=owner, old_owner=alert.owner_user)
        patient = alert.patient_name
        if owner is None:
            said = t("The alert of {name} is nobody's again", name=patient)
        elif owner == self._api.workspace.actor.user_id:
            said = t("Took the alert of {name}", name=patient)
        else:
            said = t("Gave the alert of {name} to {who}", name=patient, who=to)
        self._do(alert, command, said)

    def _do(self, alert: AlertRow, command: Command, text: str) -> None:
        def done(outcome: Outcome) -> None:
            self._api.did(text, outcome)
            self._page.settle()

        def refused(error: AppError) -> None:
            self._api.problem(error)
            self._page.begin("")
            self._page.settle()

        self._page.begin(alert.alert_id)
        self._act.execute(command, on_done=done, on_refused=refused)
