"""Under which ids device readings are known, so that reading a file again changes nothing."""

from __future__ import annotations

import hashlib

from app.domain.imports import SourceId
from app.interop.devices.findings import Format


def source_of(patient_key: str, made_by: Format, kind: str, key: str) -> SourceId:
    """Return how a reading of a patient is known. ``key`` tells it from the patient's others of its kind.

    Devices of two people may well say the same at the same second, so the patient is part of it.
    """
    text = f"{patient_key}\n{made_by.key}\n{kind}\n{key}"
    return SourceId(made_by.key, kind, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32])
