"""Text for people: English in the source, other languages in ``resources/translations/<language>/*.json``.

A catalogue maps the English text to the translated one. A text that is missing there is shown in
English; a test lists every text in the source that has no Spanish.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache

from app.kernel.resources import resource

LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español"}
_language = "en"


@cache
def _catalogue(language: str) -> Mapping[str, str]:
    folder = resource("translations", language)
    texts: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        texts.update(json.loads(file.read_text(encoding="utf-8")))
    return texts


def language() -> str:
    """Return the code of the language in use."""
    return _language


def set_language(code: str) -> None:
    """Use another language from now on; an unknown code raises ``ValueError``."""
    if code not in LANGUAGES:
        raise ValueError(f"no translation for {code!r}")
    global _language  # noqa: PLW0603 - one language per process
    _language = code


def t(text: str, **values: object) -> str:
    """Translate ``text`` and put ``values`` in its ``{name}`` places."""
    found = text if _language == "en" else _catalogue(_language).get(text, text)
    return found.format(**values) if values else found


def tn(one: str, many: str, n: int, **values: object) -> str:
    """Translate the form for ``n`` of something; ``{n}`` stands for the number."""
    return t(one if n == 1 else many, n=n, **values)
