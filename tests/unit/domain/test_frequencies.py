"""How often a task of a care plan is due, as people write it in both languages of the program."""

from __future__ import annotations

import pytest

from app.domain.adherence import Rate, read_rate

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
