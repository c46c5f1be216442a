"""The alerts' page on a real database: by keyboard, beside a colleague, with what raised an alert drawn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from sqlalchemy import insert, select

from app.commands.alerts import AssignAlert, ResolveAlert
from app.commands.limits import SetClinicalLimits
from app.db.models import Alert, AlertDetail
from app.ui.areas.alerts.close_panel import ClosePanel
from app.ui.areas.alerts.page import AlertsPage
from app.ui.areas.alerts.spec import SPEC as ALERTS
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.labs.spec import SPEC as LABS
from app.ui.parts.patient_values import date_text
from app.ui.work.places import ShowAlerts
from tests.support.desk import NOW, ZONE, Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.lab_values import POTASSIUM, SODIUM, result, resulted

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
READINGS = (148, 151, 163, 149, 171)
PAYLOAD: dict[str, Any] = {
    "ruleId": "r", "ruleName": "Pressure too high", "ruleVersion": 3, "metric": "bp", "windowDays": 7,
    "condition": {"op": ">", "threshold": 150, "aggregate": "average"}, "figures": {"figure": 156.4, "readings": 5},
    "evidence": [
        *({"at": f"2026-05-0{3 - n // 2}T{6 + n:02}:00:00.000Z", "value": value} for n, value in enumerate(READINGS)),
        {"at": "yesterday", "value": "high"},
    ],
}  # fmt: skip


def raise_alert(
    clinic: Desk, key: str, severity: str = "WARNING", *, ago: timedelta = timedelta(0), **more: Any
) -> None:
    """As a rule or the backend raises one."""
    values = {
        "id": key, "patient_id": "pat-lis", "severity": severity, "type": "BP_HIGH", "title": "Pressure too high",
        "body": "As its writer says it.", "created_at": NOW - ago, "resolved_at": None, **more,
    }  # fmt: skip
    clinic.write(insert(Alert).values(**values))


@pytest.fixture
def page(window: Callable[..., Window]) -> Callable[..., tuple[Window, AlertsPage]]:
    """Somebody's window on the alerts."""

    def make(who: str = "okafor") -> tuple[Window, AlertsPage]:
        made = window(who, more=(ALERTS, LABS, CHART))
        found: AlertsPage = made.page("alerts")
        made.sit_down()
        return made, found

    return make


def keys(page: AlertsPage) -> list[str]:
    """What the list shows."""
    return [item.key for item in page.list.items()]


def status(clinic: Desk, key: str) -> str:
    """An alert's status."""
    return str(clinic.rows(select(Alert.status).where(Alert.id == key))[0].status)


def choose(window: Window, text: str, among: list[str] | None = None) -> None:
    """Choose a line of the menu that is open, by its text; ``among`` is all that the menu offers."""

    def menu() -> QMenu | None:
        found = QApplication.activePopupWidget()
        return found if isinstance(found, QMenu) else None

    window.wait(menu)
    found = menu()
    assert found is not None
    assert among is None or [one.text() for one in found.actions()] == among
    found.setActiveAction(next(one for one in found.actions() if one.text() == text))
    QTest.keyClick(found, Qt.Key.Key_Return)


def test_what_raised_it_is_said_and_drawn(clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]) -> None:
    raise_alert(clinic, "bp", payload=PAYLOAD)
    window, alerts = page()
    window.wait(lambda: keys(alerts) == ["bp"] and alerts.detail.isVisible())
    detail = alerts.detail
    assert detail.why.text() == (
        "Blood pressure, systolic is 156 mmHg on average within 7 days (5 readings), above 150 mmHg."
    )
    assert detail.rule.text().startswith("Rule “Pressure too high”, version 3")
    (lane,) = detail.evidence.chart.lanes
    assert sorted(point.mean for point in lane.points) == sorted(READINGS)
    assert {point.mean for point in lane.points if point.place == 1} == {151, 163, 171}
    assert (lane.bands[0].low, lane.bands[0].high) == (None, 150)
    assert detail.evidence.left_out.text() == "1 unreadable value isn't shown."
    assert not detail.problem.isVisible()


def test_a_trend_is_drawn_over_the_clinics_own_band(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    clinic.admin.run(SetClinicalLimits(vitals={"SYSTOLIC": {"low": 100, "high": 155}}))
    raise_alert(clinic, "trend", payload={**PAYLOAD, "condition": {"op": "trendUp"}})
    window, alerts = page()
    window.wait(lambda: keys(alerts) == ["trend"] and bool(alerts.detail.evidence.chart.lanes))
    (lane,) = alerts.detail.evidence.chart.lanes
    assert (lane.bands[0].low, lane.bands[0].high) == (100, 155)
    assert {point.mean for point in lane.points if point.place == 1} == {163, 171}


@pytest.mark.parametrize(
    ("last", "said"),
    [({"at": f"{NOW - timedelta(days=12):%Y-%m-%dT%H:%M:%S}Z", "value": 104.0},
      "The last one: {day} (12 days before), 104 mg/dL."),
     (None, "None has come yet."), ("?", "")],
)  # fmt: skip
def test_a_missed_reading_names_the_last_one(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]], last: object, said: str
) -> None:
    missed = {**PAYLOAD, "metric": "glucose", "condition": {"op": "missing"}, "evidence": [], "last": last}
    raise_alert(clinic, "missed", payload=missed)
    window, alerts = page()
    window.wait(lambda: keys(alerts) == ["missed"] and alerts.detail.isVisible())
    day = date_text((NOW - timedelta(days=12)).astimezone(ZONE).date())
    assert alerts.detail.why.text() == f"Glucose: no reading within 7 days. {said.format(day=day)}".strip()
    assert not alerts.detail.evidence.isVisible()


def test_without_a_payload_its_words_stand_and_a_strange_one_is_said(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    raise_alert(clinic, "plain", ago=timedelta(minutes=2), type="OTHER")
    raise_alert(clinic, "strange", payload=["?"])
    window, alerts = page()
    window.wait(lambda: keys(alerts) == ["plain", "strange"] and alerts.detail.isVisible())
    assert alerts.detail.why.text() == "As its writer says it."
    assert not alerts.detail.evidence.isVisible()
    assert not alerts.detail.problem.isVisible()
    QTest.keyClick(alerts.list, Qt.Key.Key_Down)
    window.wait(alerts.detail.problem.isVisible)


def test_repeats_are_resolved_together_by_keyboard(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    raise_alert(clinic, "first", ago=timedelta(days=1))
    raise_alert(clinic, "second", ago=timedelta(hours=1))
    raise_alert(clinic, "sugar", "INFO", type="GLUCOSE_HIGH")
    window, alerts = page()
    window.wait(lambda: keys(alerts) == ["first", "second", "sugar"] and alerts.list.hasFocus())
    QTest.keyClick(alerts.list, Qt.Key.Key_Down)
    window.wait(lambda: [one.key for one in alerts.detail.earlier.items()] == ["first"])
    assert "no. 2 since" in alerts.detail.rule.text()
    QTest.keyClick(alerts.list, Qt.Key.Key_D, CTRL)
    window.wait(lambda: isinstance(window.panel, ClosePanel))
    panel: ClosePanel = window.panel
    window.wait(panel.text.hasFocus)
    assert panel.also.isChecked()
    QTest.keyClicks(panel.text, "Called, dose raised")
    QTest.keyClick(panel.text, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: keys(alerts) == ["sugar"])
    assert (status(clinic, "first"), status(clinic, "second")) == ("RESOLVED", "RESOLVED")
    reasons = {row.close_reason for row in clinic.rows(select(AlertDetail.close_reason))}
    assert reasons == {"Called, dose raised"}
    alerts.boxes.set_current("closed")
    window.wait(lambda: set(keys(alerts)) == {"first", "second"})
    assert not alerts.may("resolve")


def test_a_dismissal_needs_its_reason_and_the_desk_only_info(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    raise_alert(clinic, "warning")
    raise_alert(clinic, "info", "INFO", type="OTHER")
    window, alerts = page("desk")
    window.wait(lambda: keys(alerts) == ["info"] and alerts.list.hasFocus())
    assert (alerts.may("dismiss"), alerts.may("resolve"), alerts.may("snooze")) == (True, False, False)
    QTest.keyClick(alerts.list, Qt.Key.Key_X, ALT)
    window.wait(lambda: isinstance(window.panel, ClosePanel))
    QTest.mouseClick(window.panel.go, Qt.MouseButton.LeftButton)
    window.wait(lambda: bool(window.panel.form.field("reason").error))
    QTest.keyClicks(window.panel.text, "Known")
    QTest.mouseClick(window.panel.go, Qt.MouseButton.LeftButton)
    window.wait(lambda: status(clinic, "info") == "DISMISSED")
    alerts.boxes.set_current("all")
    window.wait(lambda: keys(alerts) == ["warning"] and alerts.detail.isVisible())
    assert not any(alerts.may(key) for key in ("resolve", "dismiss", "snooze", "give"))


def test_it_is_put_off_taken_back_and_given_away(clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]) -> None:
    raise_alert(clinic, "critical", "CRITICAL")
    raise_alert(clinic, "warning")
    window, alerts = page()
    window.wait(lambda: keys(alerts) == ["critical", "warning"] and alerts.detail.isVisible())
    assert not alerts.may("snooze"), "a critical one never sleeps"
    assert alerts.detail.snooze.toolTip() == "A critical alert can't be put off."
    QTest.keyClick(alerts.list, Qt.Key.Key_Down)
    window.wait(lambda: alerts.may("snooze"))
    assert alerts.detail.snooze.toolTip() == "Put the alert off (Alt+P)"
    QTest.keyClick(alerts.list, Qt.Key.Key_P, ALT)
    choose(window, "Until tomorrow, 8:00")
    window.wait(lambda: keys(alerts) == ["critical"])
    until = clinic.rows(select(AlertDetail.snoozed_until).where(AlertDetail.alert_id == "warning"))[0].snoozed_until
    assert until.isoformat() == "2026-05-05T06:00:00+00:00"
    window.sit_down()
    QTest.keyClick(alerts.list, Qt.Key.Key_Z, CTRL)
    window.wait(lambda: keys(alerts) == ["critical", "warning"])
    QTest.keyClick(alerts.list, Qt.Key.Key_G, ALT)
    choose(window, "Mei-Ling Chen", among=["Me", "Mei-Ling Chen"])  # nobody who couldn't close it
    window.wait(lambda: keys(alerts) == ["warning"])
    owner = clinic.rows(select(AlertDetail.owner_user).where(AlertDetail.alert_id == "critical"))[0].owner_user
    assert owner == "u-chen"


def test_the_clock_runs_and_everybody_is_asked_in_the_end(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    raise_alert(clinic, "critical", "CRITICAL", ago=timedelta(minutes=48))
    elsewhere(clinic.okafor.run, AssignAlert(alert_id="critical", owner_user="u-chen"))
    window, alerts = page()
    window.wait(lambda: alerts.states.shown is not alerts.states.content and not keys(alerts))
    alerts.boxes.set_current("all")
    window.wait(lambda: keys(alerts) == ["critical"])
    assert alerts.list.items()[0].sub_meta == "escalates in 12 min"
    clinic.pass_time(timedelta(minutes=13))
    alerts._tick.timeout.emit()
    assert alerts.list.items()[0].sub_meta == "waited too long"
    assert alerts.list.items()[0].after_icon == "warn"
    assert alerts.detail.clock.text() == "waited too long"
    alerts.boxes.set_current("mine")
    window.wait(lambda: keys(alerts) == ["critical"])


def second_of_three(clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]) -> tuple[Window, AlertsPage]:
    """Three alerts, the one in the middle open."""
    for number in range(3):
        raise_alert(clinic, f"a-{number}", ago=timedelta(minutes=30 - number), type=f"T{number}")
    window, alerts = page()
    window.wait(lambda: keys(alerts) == ["a-0", "a-1", "a-2"] and alerts.list.hasFocus())
    QTest.keyClick(alerts.list, Qt.Key.Key_Down)
    window.wait(lambda: alerts.list.current_key == "a-1")
    return window, alerts


def test_others_changes_never_move_the_one_that_is_open(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    window, alerts = second_of_three(clinic, page)
    elsewhere(clinic.chen.run, ResolveAlert(alert_id="a-0"))
    window.wait(lambda: keys(alerts) == ["a-1", "a-2"])
    assert alerts.list.current_key == "a-1"
    assert alerts.list.hasFocus()
    elsewhere(raise_alert, clinic, "urgent", "CRITICAL")
    window.wait(lambda: keys(alerts) == ["urgent", "a-1", "a-2"])
    assert alerts.list.current_key == "a-1"


def test_one_that_a_colleague_closes_stays_and_says_so_and_no_key_meets_the_next(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    window, alerts = second_of_three(clinic, page)
    elsewhere(clinic.chen.run, ResolveAlert(alert_id="a-1", note="Called him"))
    window.wait(alerts.detail.gone.isVisible)
    assert (keys(alerts), alerts.list.current_key) == (["a-0", "a-1", "a-2"], "a-1")
    assert alerts.list.items()[1].sub_meta == "Not in this list any more"
    assert alerts.detail.gone.text.text() == "settled today 10:42 · Called him"
    QTest.keyClick(alerts.list, Qt.Key.Key_D, CTRL)
    assert window.panel is None
    assert not alerts.detail.resolve.isVisible()
    assert alerts.may("open_chart")
    elsewhere(clinic.chen.run, ResolveAlert(alert_id="a-0"))
    window.wait(lambda: keys(alerts) == ["a-1", "a-2"])
    window.wait(alerts.detail.gone.isVisible)
    QTest.keyClick(alerts.list, Qt.Key.Key_Down)
    window.wait(lambda: keys(alerts) == ["a-2"] and alerts.list.current_key == "a-2")
    assert not alerts.detail.gone.isVisible()
    assert alerts.may("resolve")


def test_what_is_not_theirs_is_not_offered_and_it_says_whose_it_is(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    raise_alert(clinic, "warning")
    raise_alert(clinic, "info", "INFO", type="OTHER")
    window, alerts = page("admin")
    alerts.boxes.set_current("all")
    window.wait(lambda: keys(alerts) == ["warning", "info"] and alerts.detail.isVisible())
    shown = [key for key, button in alerts.detail.buttons.items() if button.isVisible()]
    assert shown == ["open_chart"]
    assert alerts.detail.whose.isVisible()
    assert alerts.detail.whose.text() == "A provider deals with this alert."
    QTest.keyClick(alerts.list, Qt.Key.Key_Down)
    window.wait(lambda: alerts.detail.whose.text() == "A provider or the front desk deals with this alert.")


def test_a_critical_result_leads_to_its_results_and_a_place_to_its_alert(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    elsewhere(resulted, clinic, result(POTASSIUM, 4.1, observed_at=NOW - timedelta(days=40)))
    order_id = elsewhere(resulted, clinic, result(POTASSIUM, 6.9), result(SODIUM, 140))
    raise_alert(clinic, "closed", status="DISMISSED")
    window, alerts = page()
    window.wait(lambda: alerts.detail.facts.order_id == order_id)
    assert alerts.detail.why.text() == "A result of Potassium is critical. Open the results and act."
    assert "6.9" not in alerts.detail.why.text()
    window.wait(lambda: alerts.detail.evidence.isVisible() and bool(alerts.detail.evidence.chart.lanes))
    (lane,) = alerts.detail.evidence.chart.lanes
    assert (lane.title, lane.unit, [lane.text(point) for point in lane.points]) == (
        "Potassium",
        "mmol/L",
        ["4.1", "6.9"],
    )
    assert [point.place for point in lane.points] == [0, 2]
    assert (lane.bands[0].low, lane.bands[0].high) == (3.5, 5.1)
    window.shell.window.stack.go(ShowAlerts(alert_id="closed"))
    window.wait(lambda: alerts.boxes.current == "closed" and alerts.list.current_key == "closed")
    alerts.boxes.set_current("mine")
    window.wait(lambda: alerts.detail.facts.order_id == order_id and alerts.list.hasFocus())
    QTest.keyClick(alerts.list, Qt.Key.Key_R, ALT)
    window.wait(lambda: window.shell.window.stack.current == "labs")


def test_the_desk_sees_no_value_of_a_critical_result(
    clinic: Desk, page: Callable[..., tuple[Window, AlertsPage]]
) -> None:
    order_id = elsewhere(resulted, clinic, result(POTASSIUM, 6.9))
    window, alerts = page("desk")
    alerts.boxes.set_current("all")
    alerts._box_changed("all")
    window.wait(lambda: alerts.detail.facts.order_id == order_id)
    assert not alerts._labs.asking
    assert not alerts.detail.evidence.isVisible()
