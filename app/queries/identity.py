"""Whether it is still to be confirmed who a patient is: said in one place for every screen."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_

from app.db.models import Patient, PatientDetail


def identity_open() -> ColumnElement[bool]:
    """As it is marked; of somebody whom another program registered, whether the birth date or a name is missing.

    The statement joins `Patient` and, from outside, `PatientDetail`.
    """
    no_name = (func.coalesce(name, "") == "" for name in (Patient.first_name, Patient.last_name))
    unknown = or_(Patient.date_of_birth.is_(None), *no_name)
    return func.coalesce(PatientDetail.identity_to_confirm, unknown).label("identity_to_confirm")
