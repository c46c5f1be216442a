"""The demo's texts to begin a message from, and what care plans begin from."""

from __future__ import annotations

from app.setup.demo.world import World

_TEXTS = (
    (
        "Results are in",
        "en",
        "Dear {name}, your results are here and nothing needs to be done. Regards, {provider}",
    ),
    ("Please call us", "en", "Dear {name}, please call {clinic} when you have a moment. It isn't urgent. {provider}"),
    ("Resultados", "es", "Hola, {name}: ya están sus resultados y no hace falta hacer nada. Un saludo, {provider}"),
)


def message_templates(world: World) -> None:
    """Add a few, in both languages."""
    for place, (name, locale, body) in enumerate(_TEXTS):
        world.add("message_template", id=world.ids.uuid(), clinic_id=world.clinic_id, name=name, body=body,
                  locale=locale, active=True, sort_order=place, updated_at=world.ago(days=30))  # fmt: skip


_PLANS = (
    ("Blood pressure at home", (
        ("Measure", 2, (("Measure the blood pressure, morning and evening", "daily"),
                        ("Bring the cuff to the clinic once", ""))),
        ("Less salt", 6, (("Cook without added salt", "daily"), ("Walk for 30 minutes", "daily"),
                          ("Measure the blood pressure", "weekly"))),
        ("Keep going", 12, (("Measure the blood pressure", "weekly"), ("Walk for 30 minutes", "daily"))),
    )),
    ("Type 2 diabetes, first months", (
        ("Begin", 4, (("Measure the sugar before breakfast", "daily"), ("Take the metformin with a meal", "daily"),
                      ("See the diabetes nurse", ""))),
        ("Settle", 8, (("Measure the sugar before breakfast", "daily"), ("Look at the feet", "weekly"),
                       ("Walk for 30 minutes", "daily"))),
        ("Review", 4, (("A1C before the next visit", ""), ("Eye examination", ""))),
    )),
)  # fmt: skip


def care_templates(world: World) -> None:
    """Add two to begin a care plan from."""
    for name, phases in _PLANS:
        made = [{"name": phase, "durationWeeks": weeks,
                 "tasks": [{"id": world.ids.uuid(), "title": title, "description": "", "frequency": every,
                            "completed": False} for title, every in tasks]}
                for phase, weeks, tasks in phases]  # fmt: skip
        world.add("care_plan_template", id=world.ids.uuid(), clinic_id=world.clinic_id, name=name, phases=made,
                  active=True, updated_at=world.ago(days=30))  # fmt: skip
