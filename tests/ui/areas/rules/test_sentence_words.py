"""The rule as a sentence: whatever is picked, what stands between the pickers makes one of it, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.domain.rules import Aggregate, RuleAction, RuleCohort, RuleCondition, RuleMetric, RuleOp, RuleSeverity
from app.kernel.i18n import set_language
from app.ui.areas.rules.editor import RuleEditor
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.areas.rules.sentence import Sentence
from app.ui.widgets.panel import Note

RPM = RuleCohort(flags=("RPM_ENROLLED",), min_age=18)
HIGH = RuleCondition(RuleOp.ABOVE, 250)


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    set_language("en")


def shown_text(part: QWidget) -> str:
    if isinstance(part, QComboBox):
        return part.currentText()
    return part.text() if isinstance(part, QLabel | QLineEdit) else ""


def read(qtbot: QtBot, form: RuleForm, language: str) -> str:
    """What a person reads, from the first word to the last picker."""
    set_language(language)
    sentence = Sentence()
    qtbot.addWidget(sentence)
    sentence.show_form(form)
    layout = sentence.layout()
    assert layout is not None
    parts = [item.widget() for place in range(layout.count()) if (item := layout.itemAt(place)) is not None]
    return " ".join(shown_text(part) for part in parts if part is not None and part.isVisibleTo(sentence))


def form(metric: RuleMetric, condition: RuleCondition, **changes: object) -> RuleForm:
    plain = RuleForm(metric=metric, condition=condition, name="Watch")
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "english", "spanish"),
    [
        (form(RuleMetric.BP, RuleCondition(RuleOp.ABOVE, 140, cohort=RPM)),
         ("When the average systolic blood pressure over 7 days is above 140 for patients flagged RPM enrolled, "
         "18 or older: raise an alert as Warning"),
         ("Cuando la media de presión arterial sistólica en 7 días está por encima de 140 para pacientes con la marca "
         "En seguimiento remoto, de 18 años o más: generar una alerta como Aviso")),
        (form(RuleMetric.BP, RuleCondition(RuleOp.ABOVE, 110, Aggregate.ANY, "diastolic"), window_days=1,
              severity=RuleSeverity.CRITICAL),
         "If any single diastolic blood pressure over 1 day is above 110 for all patients: raise an alert as Critical",
         ("Si el valor de una sola lectura de presión arterial diastólica en 1 día está por encima de 110 para todos "
         "los pacientes: generar una alerta como Crítico")),
        (form(RuleMetric.A1C, RuleCondition(RuleOp.ABOVE, 9, Aggregate.LATEST), action=RuleAction.SUGGEST_VISIT),
         "When the latest A1C over 7 days is above 9 for all patients: suggest a visit as Warning",
         ("Cuando la última lectura de A1C en 7 días está por encima de 9 para todos los pacientes: proponer una "
         "visita como Aviso")),
        (form(RuleMetric.SLEEP, RuleCondition(RuleOp.BELOW, 5), action=RuleAction.ASSIGN_TASK),
         "When the average sleep over 7 days is below 5 for all patients: add a care-plan task",
         "Cuando la media de sueño en 7 días está por debajo de 5 para todos los pacientes: añadir una tarea del plan"),
        (form(RuleMetric.WEIGHT, RuleCondition(RuleOp.TREND_UP, 3), action=RuleAction.ASSIGN_CONTENT),
         "If weight over 7 days rises by at least 3 for all patients: prepare a message",
         "Si el valor de peso en 7 días sube al menos 3 para todos los pacientes: preparar un mensaje"),
        (form(RuleMetric.HRV, RuleCondition(RuleOp.TREND_DOWN, 20)),
         "If heart-rate variability over 7 days falls by at least 20 for all patients: raise an alert as Warning",
         ("Si el valor de variabilidad cardíaca en 7 días baja al menos 20 para todos los pacientes: generar una "
         "alerta como Aviso")),
        (form(RuleMetric.GLUCOSE, RuleCondition(RuleOp.MISSING, cohort=RPM), window_days=5),
         ("If glucose for 5 days was not measured for patients flagged RPM enrolled, 18 or older: raise an alert as "
         "Warning"),
         ("Si el valor de glucosa durante 5 días no se midió para pacientes con la marca En seguimiento remoto, de 18 "
         "años o más: generar una alerta como Aviso")),
    ],
)  # fmt: skip
def test_it_is_a_sentence(qtbot: QtBot, said: RuleForm, english: str, spanish: str) -> None:
    assert read(qtbot, said, "en") == english
    assert read(qtbot, said, "es") == spanish


@pytest.mark.parametrize("action", RuleAction)
@pytest.mark.parametrize("op", RuleOp)
def test_a_severity_is_asked_for_where_an_alert_is_raised_only(qtbot: QtBot, op: RuleOp, action: RuleAction) -> None:
    condition = RuleCondition(op, None if op is RuleOp.MISSING else 250, cohort=RPM)
    text = read(qtbot, form(RuleMetric.GLUCOSE, condition, action=action), "en")
    assert text.endswith(" as Warning") is (action in (RuleAction.ALERT, RuleAction.SUGGEST_VISIT))


@pytest.mark.parametrize(
    ("action", "params", "title", "lead", "text"),
    [
        (RuleAction.ASSIGN_TASK, {}, "What the care plan gets", "Watch", "daily"),
        (RuleAction.ASSIGN_TASK, {"title": "Walk", "frequency": "3 times a week"}, "What the care plan gets", "Walk",
         "3 times a week"),
        (RuleAction.ASSIGN_CONTENT, {"subject": "Your sugar", "body": "Drink water."},
         "What the patient reads, once somebody has sent it", "Your sugar", "Drink water."),
        (RuleAction.ASSIGN_CONTENT, {"content": "Drink."}, "What the patient reads, once somebody has sent it",
         "Watch", "Drink."),
    ],
)  # fmt: skip
def test_a_task_and_a_message_are_shown_as_they_are_written(
    qtbot: QtBot, action: RuleAction, params: dict[str, str], title: str, lead: str, text: str
) -> None:
    editor = RuleEditor()
    editor.make_params()
    editor.put_together()
    qtbot.addWidget(editor)
    editor.show_form(form(RuleMetric.GLUCOSE, HIGH, action=action, params=params))
    editor.show_example("Gil", 300, "2 messages in 90 days")
    (note,) = (one for one in editor.preview.findChildren(Note) if one.isVisibleTo(editor.preview))
    assert editor.preview_title.text() == title
    assert note.lead.text() == lead
    assert text in {one.text() for one in note.findChildren(QLabel)}


def test_a_trend_says_how_many_readings_it_needs(qtbot: QtBot) -> None:
    editor = RuleEditor()
    editor.make_params()
    editor.put_together()
    qtbot.addWidget(editor)
    editor.show_form(form(RuleMetric.GLUCOSE, RuleCondition(RuleOp.TREND_UP, 5)))
    assert editor.fewest_text.text() == "readings in the window; a trend needs 3"
    editor.show_form(form(RuleMetric.GLUCOSE, HIGH))
    assert editor.fewest_text.text() == "readings in the window, else nothing happens"


@pytest.mark.parametrize("language", ["en", "es"])
def test_whom_it_is_for_is_read_whole_in_little_room(qtbot: QtBot, language: str) -> None:
    """The line goes on below; it was cut where a word more didn't fit."""
    set_language(language)
    sentence = Sentence()
    qtbot.addWidget(sentence)
    sentence.resize(380, 600)
    sentence.show()
    long = replace(HIGH, cohort=replace(RPM, conditions=("Type 2 diabetes mellitus", "Essential hypertension")))
    sentence.show_form(RuleForm(metric=RuleMetric.GLUCOSE, condition=long))
    whom = sentence._cohort
    one_line = whom.sizeHint()
    assert one_line.width() > sentence.width()
    qtbot.waitUntil(lambda: whom.width() <= sentence.width() and whom.height() >= whom.heightForWidth(whom.width()))
    assert whom.height() > one_line.height()
    below = sentence.action.geometry()
    assert below.top() >= whom.geometry().bottom(), "nothing stands on it"
    sentence.show_form(RuleForm(metric=RuleMetric.GLUCOSE, condition=replace(HIGH, cohort=RuleCohort(min_age=18))))
    qtbot.waitUntil(lambda: whom.height() == one_line.height() or whom.sizeHint().width() <= whom.width())
