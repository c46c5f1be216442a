"""How often a task of a care plan is due, as people write it in both languages of the program."""

from __future__ import annotations

import pytest

from app.domain.frequencies import Rate, read_rate

MONTH = 30.4375


@pytest.mark.parametrize(
    ("english", "spanish", "expected"),
    [
        ("daily", "diario", Rate(1, 1)),
        ("Every day", "Cada día", Rate(1, 1)),
        ("twice a day", "dos veces al día", Rate(2, 1)),
        ("once daily", "una vez diaria", Rate(1, 1)),
        ("weekly", "semanal", Rate(1, 7)),
        ("3 times a week", "3 veces por semana", Rate(3, 7)),
        ("three times a week", "tres veces a la semana", Rate(3, 7)),
        ("every 2 weeks", "cada 2 semanas", Rate(1, 14)),
        ("every three days", "cada tres días", Rate(1, 3)),
        ("monthly", "mensual", Rate(1, MONTH)),
        ("one injection twice a week", "una inyección dos veces por semana", Rate(2, 7)),
        ("20 mg weekly", "20 mg semanales", Rate(1, 7)),
        ("inject 2 mg once a week", "inyectar 2 mg una vez por semana", Rate(1, 7)),
        ("30 minutes, 3x/week", "30 minutos, 3x/semana", Rate(3, 7)),
        ("walk 30 min 5 days a week", "caminar 30 min 5 días por semana", Rate(5, 7)),
        ("3-4 times per week", "3 o 4 veces por semana", Rate(3, 7)),
        ("2 per day", "2 al día", Rate(2, 1)),
        ("two tablets every day", "dos tabletas cada día", Rate(1, 1)),
        ("one tablet every 8 hours", "una tableta cada 8 horas", Rate(3, 1)),
        ("every other day", "días alternos", Rate(1, 2)),
        ("each morning", "cada mañana", Rate(1, 1)),
        ("at bedtime", "por la noche", Rate(1, 1)),
        ("fortnightly", "quincenal", Rate(1, 14)),
        ("b.i.d.", "dos veces al día", Rate(2, 1)),
        ("Mondays and Thursdays", "lunes y jueves", Rate(2, 7)),
        ("Mon, Wed, Fri", "lunes, miércoles, viernes", Rate(3, 7)),
        ("Monday to Friday", "de lunes a viernes", Rate(5, 7)),
        ("Saturdays", "los sábados", Rate(1, 7)),
        ("daily as needed", "a diario si es necesario", None),
        ("every 6 months", "cada 6 meses", Rate(1, 6 * MONTH)),
        ("once", "una vez", None),
        ("as needed", "si hace falta", None),
        ("every 0 days", "cada 0 días", None),
    ],
)
def test_both_languages_say_how_often(english: str, spanish: str, expected: Rate | None) -> None:
    assert read_rate(english) == expected
    assert read_rate(spanish) == expected


def test_words_that_only_look_alike_say_nothing() -> None:
    assert read_rate("diet of the diabetic, 2 pages") is None
    assert read_rate("mesa, dosis") is None
    assert read_rate("a walk in the sun") is None
    assert read_rate("marcha, domicilio, money") is None
