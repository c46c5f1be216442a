"""Text for people: English in the source, other languages in ``resources/translations/<language>/*.json``.

A catalogue maps the English text to the translated one. A text that is missing there is shown in
English; a test lists every text in the source that has no Spanish.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping
from functools import cache, lru_cache

from app.kernel.resources import resource

LANGUAGES: Mapping[str, str] = {"en": "English", "es": "Español"}
_language = "en"
_LATER = "say"
_LONGEST = 120
_LONGEST_KEPT = 500


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


def later(text: str, **values: str) -> str:
    """Return a text that is kept, for ``said``: who reads it one day may speak another language than who wrote it.

    A value may be such a text itself; long values are cut, so that the whole stays short.
    """
    return json.dumps({_LATER: text, **{name: _cut(value) for name, value in values.items()}}, ensure_ascii=False)


def said(kept: str) -> str:
    """Return a kept text in the language in use; one that wasn't made by ``later`` stays as it is."""
    if not kept.startswith(f'{{"{_LATER}":'):
        return kept
    try:
        parts = json.loads(kept)
        text, values = parts.pop(_LATER), {name: said(str(value)) for name, value in parts.items()}
        return t(text, **values) if isinstance(text, str) else kept
    except (ValueError, LookupError):
        return kept  # written by somebody else, or cut off


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST or value.startswith("{") else f"{value[: _LONGEST - 1]}…"


def tn(one: str, many: str, n: int, **values: object) -> str:
    """Translate the form for ``n`` of something; ``{n}`` stands for the number."""
    return t(one if n == 1 else many, n=n, **values)


def again(kept: str) -> str:
    """Say a text of ours that was kept in one of our languages in the language in use.

    What a person wrote themselves comes back as it is, inside a text of ours as well. Nothing of ours is as long as
    what people can write, and trying every form on that takes seconds.
    """
    return _again(kept, _language) if len(kept) <= _LONGEST_KEPT else kept


@lru_cache(maxsize=1024)
def _again(kept: str, to: str, depth: int = 3) -> str:
    catalogue = _catalogue(to) if to != "en" else {}
    for language_code in LANGUAGES:
        english = _english(language_code).get(kept) if language_code != "en" else kept
        if english is not None and (language_code != "en" or kept in catalogue):
            return catalogue.get(english, english)
    for english, form in _forms() if depth else ():
        found = form.fullmatch(kept)
        if found is not None:
            values = {name: _again(value, to, depth - 1) for name, value in found.groupdict().items()}
            return catalogue.get(english, english).format(**values)
    return kept


@cache
def _english(language_code: str) -> Mapping[str, str]:
    return {other: english for english, other in _catalogue(language_code).items()}


_LEAST = 12
"""Letters of a text with places for values by which it is known again."""


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Every text with places for values, in each language: the English one and the form; the most letters first."""
    found: list[tuple[int, str, str]] = []
    for code in LANGUAGES:
        for english, other in _catalogue(code).items() if code != "en" else ():
            found += [(_letters(text), english, text) for text in {english, other} if "{" in text]
    found.sort(key=lambda one: -one[0])
    return tuple((english, _form(text)) for letters, english, text in found if letters >= _LEAST)


def _letters(text: str) -> int:
    return sum(len(fixed) for fixed, *_ in string.Formatter().parse(text))


def _form(text: str) -> re.Pattern[str]:
    seen: set[str] = set()
    made = ""
    for fixed, name, *_ in string.Formatter().parse(text):
        made += re.escape(fixed)
        if name is not None:
            made += f"(?P={name})" if name in seen else f"(?P<{name}>.+)"
            seen.add(name)
    return re.compile(made, re.DOTALL)
