"""The demo's texts to begin a message from."""

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
