"""What changes the meaning of a record in a way that isn't known here: such a record is not read as if it didn't."""

from __future__ import annotations

from app.interop.values import Object, SkipError, token
from app.kernel.i18n import t

_DEEPEST = 40


def check_modifiers(resource: Object) -> None:
    """Raise ``SkipError`` for a record with rules or modifying extensions of its own, anywhere but in what it contains.

    FHIR asks for it: an unknown modifier may turn a statement into its opposite.
    """
    if resource.get("implicitRules"):
        raise SkipError(t("it follows rules that are not known here (implicitRules)"))
    level: list[tuple[str, object]] = [("", resource)]
    for _ in range(_DEEPEST):
        below: list[tuple[str, object]] = []
        for path, value in level:
            if isinstance(value, dict):
                _check(path, value)
                below += [
                    (f"{path}{key}.", v) for key, v in value.items() if isinstance(v, dict | list) and _is_read(key)
                ]
            elif isinstance(value, list):
                below += [(path, item) for item in value if isinstance(item, dict | list)]
        level = below


def _is_read(key: str) -> bool:
    return key not in ("contained", "extension", "text", "meta")


def _check(path: str, value: Object) -> None:
    found = value.get("modifierExtension")
    if not found:
        return
    first = found[0] if isinstance(found, list) else found
    url = token(first.get("url")) if isinstance(first, dict) else ""
    field = f"{path}modifierExtension"[:100]
    raise SkipError(t("its meaning is changed by {field} ({url}), which is not known here", field=field, url=url[:200]))
