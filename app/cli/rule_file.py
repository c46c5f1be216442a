"""A rule in a JSON file: keys as ``rules show`` prints them, each read as its type, none left out unheard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from app.commands.codec import from_json
from app.commands.rules import SaveRule
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.rules import RuleRow

_KEYS = {
    "name": "name", "description": "description", "metric": "metric", "windowDays": "window_days",
    "condition": "condition", "severity": "severity", "action": "action", "actionParams": "action_params",
    "priority": "priority", "enabled": "enabled",
}  # fmt: skip
"""What a file may say of a rule, and the field of the command that it fills."""
_NEEDED = ("name", "metric", "windowDays", "condition", "severity")
_MOST_BYTES = 1_000_000
_SHOWN_ONLY = frozenset({"id", "shared", "version", "readable", "updatedAt"})
"""What ``rules show`` prints beside it: a file that was printed may be given back as it is."""


def rule_file(file: str) -> dict[str, Any]:
    """Return what a file says. Raises ``Refused`` naming the file or the key."""
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        found = json.loads(data) if len(data) <= _MOST_BYTES else None
    except OSError as error:
        raise Refused("NoFile", t("{path}: {why}", path=file, why=error.strerror), field="file") from None
    except (ValueError, RecursionError):
        raise Refused("BadValue", t("This is not JSON."), field="file") from None
    if not isinstance(found, dict):
        raise Refused("BadValue", t("This is no JSON object."), field="file")
    for key in found:
        if key not in _KEYS and key not in _SHOWN_ONLY:
            raise Refused("BadArgument", t("There is no field {name}.", name=key[:60]), field=key[:60])
    return {key: value for key, value in found.items() if key in _KEYS}


def save_command(given: Mapping[str, Any], before: RuleRow | None) -> SaveRule:
    """Return the command that writes it: over a rule of the clinic's own, as a copy of a shared one, or a new one.

    Raises ``Refused`` naming the key that is missing or wrong.
    """
    whole = {**(_as_given(before) if before else {}), **given}
    for key in _NEEDED:
        if whole.get(key) is None:
            raise Refused("BadValue", t("The field {name} is needed.", name=key), field=key)
    hints = get_type_hints(SaveRule)
    try:
        values = {_KEYS[key]: from_json(hints[_KEYS[key]], value, key) for key, value in whole.items()}
    except Refused as error:  # the file is wrong, not how the verb was used
        raise Refused("BadValue", error.message, field=error.field) from None
    if before is None:
        return SaveRule(**values)
    if before.shared:
        return SaveRule(**{**values, "enabled": bool(given.get("enabled", False))})
    return SaveRule(**values, rule_id=before.rule_id, expected=before.updated_at)


def _as_given(rule: RuleRow) -> dict[str, Any]:
    return {
        "name": rule.name, "description": rule.description, "metric": rule.metric, "windowDays": rule.window_days,
        "condition": rule.raw_condition, "severity": rule.severity, "action": rule.action,
        "actionParams": dict(rule.action_params) or None, "priority": rule.priority, "enabled": rule.enabled,
    }  # fmt: skip
