"""The alerts' page: an inbox at the left, one alert with what raised it at the right."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QWidget

from app.domain.enums import AlertSeverity, AlertStatus
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.alerts import AlertBox, AlertRow, EarlierAlert, alert_detail, alert_page, earlier_alerts
from app.queries.core import Page
from app.queries.labs import may_read_values
from app.queries.labs_grid import LabGrid, lab_grid
from app.ui.areas.alerts.actions import ACTIONS
from app.ui.areas.alerts.deeds import AlertDeeds, is_theirs, may_do
from app.ui.areas.alerts.detail import AlertDetail
from app.ui.areas.alerts.words import clock_word, owner_word, repeat_word, severity_chip, span_word, title_word
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.list_beside import ListBeside
from app.ui.parts.words import clock
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListItem
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import AreaPage, Lane, Place, ShellApi, action_tip, bind
from app.ui.work.places import OpenChart, ShowAlerts, ShowResults

_SNOOZE = next(action for action in ACTIONS if action.id == "alerts.snooze")
PAGE = 100
TICK_MS = 20_000
"""How often the escalation clocks are drawn anew."""
OPENS = ("open_chart", "open_results")
TABLES = ("alerts", "alert_detail")


class AlertsPage(AreaPage):
    """Everything is done by key too: Enter in the list opens the chart or the results, Ctrl+D resolves."""

    watches = frozenset({"alerts", "alert_detail", "cover", "login", "clinic_settings"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._alerts: dict[str, AlertRow] = {}
        self._wanted, self._shown = "", ""
        self._dealt, self._settled = "", False
        """The alert that something is being done with here, and whether it is done."""
        self._kept = ""
        """The alert that a colleague took out of the list while it was shown."""
        self._cursor: str | None = None
        self._drawn: AlertRow | None = None
        self._list, self._more_lane, self._one, self._before, self._labs = (Lane(self, api.workspace) for _ in range(5))
        self.earlier: tuple[EarlierAlert, ...] = ()
        self.boxes = SegmentedControl(
            [(AlertBox.MINE.value, t("My own")), (AlertBox.ALL.value, t("All open")),
             (AlertBox.ASLEEP.value, t("Asleep")), (AlertBox.CLOSED.value, t("Closed ones"))], name=t("Which alerts"),
        )  # fmt: skip
        self.detail = AlertDetail(api)
        frame = ListBeside(self.detail, name=t("Alerts"))
        self.list, self.more, self.states = frame.list, frame.more, frame.states
        self.deeds = AlertDeeds(self, self)
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._build()
        self._connect()

    def _build(self) -> None:
        head = row(Label(t("Alerts"), role=TypeRole.PATIENT, strong=True), self.boxes, STRETCH, gap=16)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addLayout(head)
        body.addWidget(self.states, 1)

    def _connect(self) -> None:
        actions = {action.id.partition(".")[2]: action for action in ACTIONS}
        for key, button in self.detail.buttons.items():
            bind(button, actions[key], self)
        self.boxes.changed.connect(self._box_changed)
        self.list.current_changed.connect(self._choose)
        self.list.chosen.connect(lambda _key: self.open_source())
        self.more.clicked.connect(self._ask_more)
        self.states.retry.connect(self.refresh)
        self.api.sync.changed.connect(self._show_lines)
        self._tick.timeout.connect(self._go_on)
        self._tick.start()

    # -- what is shown -------------------------------------------------------------------------------------------------

    @property
    def alert(self) -> AlertRow | None:
        """The alert that is shown."""
        return self._alerts.get(self.list.current_key)

    def may(self, key: str) -> bool:
        """Tell whether the alert shown allows an action."""
        alert = self.alert
        return alert is not None and may_do(self.api, alert, self.detail.facts, key)

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.list

    def as_of(self) -> datetime | None:
        """Return since when others' changes are missing."""
        return LinkState.of(self.api.sync).as_of

    def open(self, place: Place) -> None:
        """Show an alert in the box where it is."""
        if isinstance(place, ShowAlerts) and place.alert_id:
            self._wanted = place.alert_id
            self._one.ask(alert_detail, alert_id=place.alert_id, on_result=self._go_to, on_error=self.api.problem)

    def _go_to(self, alert: AlertRow) -> None:
        asleep = alert.snoozed_until is not None and alert.snoozed_until > self.api.now()
        box = AlertBox.ASLEEP if asleep else AlertBox.ALL
        self._show_box((box if alert.status == AlertStatus.ACTIVE.value else AlertBox.CLOSED).value)

    def _show_box(self, key: str) -> None:
        self.boxes.set_current(key)
        self._box_changed(key)

    def _box_changed(self, _key: str) -> None:
        self._more_lane.drop()  # what was asked for of the other box isn't added to this one
        self._alerts, self._shown, self._kept = {}, "", ""
        self.list.set_items(())
        self.detail.hide()
        self.refresh()
        if self.isVisible():
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Ask for the box anew; the rail keeps its number itself."""
        if not self._alerts:
            self.states.set_loading()
        self._list.ask(alert_page, box=AlertBox(self.boxes.current), limit=max(PAGE, len(self._alerts)),
                       on_result=self._show, on_error=self._failed)  # fmt: skip

    def _failed(self, error: AppError) -> None:
        if self._alerts:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[AlertRow]) -> None:
        keys, before = list(self._alerts), self.list.current_key
        found, ours = {one.alert_id: one for one in page.items}, before == self._dealt
        if self._settled:
            self._dealt, self._settled = "", False
        self._kept = before if before and before not in found and not ours and not self._wanted else ""
        self._alerts = self._with_kept(found, keys)
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()
        if not self._alerts:
            self.states.set_empty(self._why_empty())
            return
        self.states.set_ready()
        wanted = self._wanted or before
        if self._wanted and self._wanted not in self._alerts and page.more:
            self._ask_more()  # it is farther down
        elif wanted in self._alerts:
            self._wanted = ""
        if wanted not in self._alerts:  # it was dealt with here: the next one moves up
            after = keys[keys.index(wanted) + 1 :] if wanted in keys else []
            wanted = next((key for key in after if key in self._alerts), next(iter(self._alerts)))
        self.list.set_current(wanted)
        if self._kept:
            self._one.ask(alert_detail, alert_id=self._kept, on_result=self._show_kept, on_error=self.api.problem)
        else:
            self._choose(wanted)

    def _with_kept(self, found: dict[str, AlertRow], keys: list[str]) -> dict[str, AlertRow]:
        """A colleague dealt with the one that is shown: it stays in its place, or Ctrl+D would meet the next one."""
        if not self._kept:
            return found
        above = sum(key in found for key in keys[: keys.index(self._kept)])
        rows = list(found.values())
        rows.insert(above, self._alerts[self._kept])
        return {one.alert_id: one for one in rows}

    def _show_kept(self, alert: AlertRow) -> None:
        if alert.alert_id == self._kept == self.list.current_key:
            self._alerts[alert.alert_id] = alert
            self._show_lines()
            self._choose(alert.alert_id)
            self.detail.show_gone(alert)

    def begin(self, alert_id: str) -> None:
        """Something is being done here that takes an alert out of the list: the next one moves up."""
        self._dealt = alert_id

    def settle(self) -> None:
        """It is done, or was refused: the list is read anew."""
        self._settled = True
        self.refresh()

    def _why_empty(self) -> str:
        return {
            AlertBox.MINE: t("No alert waits for you."), AlertBox.ALL: t("Nothing wants attention."),
            AlertBox.ASLEEP: t("No alert was put off."), AlertBox.CLOSED: t("No alert has been closed yet."),
        }[AlertBox(self.boxes.current)]  # fmt: skip

    def _ask_more(self) -> None:
        self._more_lane.ask(alert_page, box=AlertBox(self.boxes.current), cursor=self._cursor, limit=PAGE,
                            on_result=self._append, on_error=self.api.problem)  # fmt: skip

    def _append(self, page: Page[AlertRow]) -> None:
        self._alerts |= {one.alert_id: one for one in page.items}
        self._cursor = page.cursor if page.more else None
        self.more.setVisible(self._cursor is not None)
        self._show_lines()
        if self._wanted in self._alerts:
            wanted, self._wanted = self._wanted, ""
            self.list.set_current(wanted)
        elif self._wanted and page.more:
            self._ask_more()

    def _go_on(self) -> None:
        """Time passes; without the server nobody says that an alert woke (escalate_alerts): it is looked for."""
        if self.as_of() is not None and self.isVisible():
            self.refresh()
        else:
            self._show_lines()

    def _show_lines(self) -> None:
        """Draw the lines as time goes on; focus, place and choice stay."""
        now = self.api.now()
        blocked = QSignalBlocker(self.list)  # what is open stays open
        self.list.set_items([self._line(one, now) for one in self._alerts.values()])
        blocked.unblock()
        if self.alert is not None:
            self.detail.show_clock(self.alert, now, live=self.as_of() is None)

    def _line(self, one: AlertRow, now: datetime) -> ListItem:
        unsent, stale, zone = LinkState.of(self.api.sync).unsent(one.alert_id, TABLES), self.as_of(), self.api.zone
        waits = one.status == AlertStatus.ACTIVE.value
        late = waits and stale is None and one.escalated(now)
        said = (title_word(one), repeat_word(one, zone, now), owner_word(one, self.api.workspace.actor.user_id) if waits
                else one.close_reason, not_yet() if unsent else "")  # fmt: skip
        age = t("since {time}", time=clock(one.created_at, zone)) if stale is not None and (
            now - one.created_at < timedelta(days=1)) else span_word(now - one.created_at)  # fmt: skip
        return ListItem(
            key=one.alert_id, title=one.patient_name, subtitle=" · ".join(filter(None, said)), meta=age,
            chip=severity_chip(one.severity),
            sub_meta=self._second(one, now, live=waits and stale is None),
            after_icon="warn" if late else "", dashed=unsent,
        )  # fmt: skip

    def _second(self, one: AlertRow, now: datetime, *, live: bool) -> str:
        if one.alert_id == self._kept:
            return t("Not in this list any more")
        return clock_word(one, now, self.api.zone) if live else ""

    def _choose(self, key: str) -> None:
        alert = self._alerts.get(key)
        if alert is None:
            return
        if self._kept and key != self._kept:
            self._kept = ""
            self.refresh()
        self.detail.show()
        if alert != self._drawn:  # the cursor in the readings stays when something else changed
            self.detail.show_alert(alert)
            self._drawn = alert
            self._ask_results(alert)
        waits = alert.status == AlertStatus.ACTIVE.value
        for name, button in self.detail.buttons.items():
            allowed = may_do(self.api, alert, self.detail.facts, name)
            button.setEnabled(allowed)
            shown = waits and is_theirs(self.api, alert, name)  # what is never theirs isn't there, rather than grey
            button.setVisible(allowed if name in OPENS else shown)
        self.detail.show_whose(alert, theirs=any(is_theirs(self.api, alert, key) for key in ("resolve", "dismiss")))
        critical = alert.severity == AlertSeverity.CRITICAL.value
        self.detail.snooze.setToolTip(t("A critical alert can't be put off.") if critical else action_tip(_SNOOZE))
        if key != self._shown:
            self.earlier = ()
            self.detail.show_earlier(())
        self._shown = key
        if alert.repeats:
            self._before.ask(earlier_alerts, alert_id=key, on_result=self._show_earlier, on_error=self.api.problem)

    def _ask_results(self, alert: AlertRow) -> None:
        """A laboratory's alert names no value: whoever may read values sees the test's results drawn."""
        self._labs.drop()
        if self.detail.facts.order_id and may_read_values(self.api.workspace.reader()):
            self._labs.ask(lab_grid, patient_id=alert.patient_id, on_result=partial(self._show_results, alert.alert_id),
                           on_error=self.api.problem)  # fmt: skip

    def _show_results(self, alert_id: str, grid: LabGrid) -> None:
        if self._drawn is not None and alert_id == self._drawn.alert_id:
            self.detail.evidence.show_results(self.detail.facts, grid)

    def _show_earlier(self, earlier: tuple[EarlierAlert, ...]) -> None:
        self.earlier = earlier
        self.detail.show_earlier(earlier)

    # -- where it leads ------------------------------------------------------------------------------------------------

    def open_source(self) -> None:
        """Go where it is looked after: the results that raised it, else the chart."""
        if self.may("open_results"):
            self.open_results()
        else:
            self.open_chart()

    def open_chart(self) -> None:
        """Open the patient's chart, at what was measured."""
        alert, facts = self.alert, self.detail.facts
        if alert is not None:
            tab, item = ("vitals", facts.metric.value) if facts.metric is not None else ("", "")
            if facts.order_id:
                tab, item = "labs", facts.order_id
            self.api.navigate(OpenChart(patient_id=alert.patient_id, tab=tab, item=item))

    def open_results(self) -> None:
        """Open the laboratory's results that raised it."""
        if self.alert is not None and self.detail.facts.order_id:
            self.api.navigate(ShowResults(order_id=self.detail.facts.order_id))

    def resolve(self) -> None:
        """Say that it has been dealt with."""
        self.deeds.close(dismiss=False)

    def dismiss(self) -> None:
        """Say that it needs nothing, and why."""
        self.deeds.close(dismiss=True)

    def snooze(self) -> None:
        """Put it off, or wake it."""
        self.deeds.snooze()

    def give(self) -> None:
        """Give it to a colleague."""
        self.deeds.give()
