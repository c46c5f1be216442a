"""A listing that is empty because an id was mistyped says so: an empty list would read as "nothing there"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cli.verbs import JSON, Verb
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.clinic import providers
from app.queries.patient_card import patient_card
from app.workspace.workspace import Workspace


def carry_out(found: Verb, ws: Workspace, given: Mapping[str, Any]) -> JSON:
    """Do what a verb does. Asks about ids only where nothing was found: what is found costs no trip more.

    Raises what the verb raises, and ``Refused`` "NoPatient" or "NoProvider" naming the argument.
    """
    result = found.function(ws, **given)
    if isinstance(result, dict) and result.get("items") == []:
        _require_patient(ws, given.get("patient"))
        _require_provider(ws, given.get("provider"))
    return result


def _require_patient(ws: Workspace, patient: object) -> None:
    if not isinstance(patient, str) or not patient:
        return
    try:
        ws.ask(patient_card, patient_id=patient)
    except Refused as error:
        if error.code == "NoPatient":
            raise Refused(error.code, error.message, field="patient") from error
        raise


def _require_provider(ws: Workspace, provider: object) -> None:
    if isinstance(provider, str) and provider and all(one.id != provider for one in ws.ask(providers, inactive=True)):
        raise Refused("NoProvider", t("There is no such provider here."), field="provider")
