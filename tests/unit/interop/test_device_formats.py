"""The formats that people are told of are those that files are read as."""

from __future__ import annotations

import importlib
import pkgutil

from app.domain.device_formats import FORMAT_NAMES
from app.interop import devices
from app.interop.devices.findings import Format


def test_every_format_has_its_name() -> None:
    rooms = [
        importlib.import_module(f"{devices.__name__}.{one.name}") for one in pkgutil.iter_modules(devices.__path__)
    ]
    formats = {one for room in rooms for one in vars(room).values() if isinstance(one, Format)}
    assert {one.key: one.name for one in formats if one.name} == dict(FORMAT_NAMES)
