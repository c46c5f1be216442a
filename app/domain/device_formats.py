"""The formats of devices' files, as an import keeps them and as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FORMAT_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "apple-health": "Apple Health",
        "fit": "FIT",
        "fitbit": "Fitbit",
        "garmin": "Garmin Connect",
        "google-fit": "Google Fit",
        "ihealth": "iHealth",
        "jawbone": "Jawbone UP",
        "open-mhealth": "Open mHealth",
        "oura": "Oura",
        "withings": "Withings",
    }
)
"""A format's key (``import_link.system``) and its name. Days put together from several formats have none."""
