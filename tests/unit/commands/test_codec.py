"""Every command survives its JSON form; bad documents are refused by the name of what is wrong."""

from __future__ import annotations

import dataclasses
import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app.commands
from app.commands.codec import decode, decode_outcome, encode, encode_outcome
from app.commands.core import COMMANDS, Change, Outcome
from app.commands.patients import FlagPatient
from app.kernel.errors import Refused

for _module in pkgutil.iter_modules(app.commands.__path__):
    importlib.import_module(f"app.commands.{_module.name}")

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def values_of(kind: Any) -> st.SearchStrategy[Any]:
    """Values that a field of the annotated type may hold, as JSON gives them back."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values_of(choice) for choice in inner])
    if origin is tuple and Ellipsis not in inner:
        return st.tuples(*map(values_of, inner))
    if origin in (tuple, Sequence):
        return st.lists(values_of(inner[0]), max_size=1).map(tuple)
    if origin is frozenset:
        return st.frozensets(values_of(inner[0]), max_size=3)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(st.text(max_size=8), JSON_VALUES if inner[1] is Any else values_of(inner[1]), max_size=3)
    if kind is type(None):
        return st.none()
    if dataclasses.is_dataclass(kind):
        return objects_of(typing.cast(type, kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return _scalars(kind)


def _scalars(kind: Any) -> st.SearchStrategy[Any]:
    known: dict[Any, st.SearchStrategy[Any]] = {
        str: st.text(max_size=20),
        int: st.integers(-(2**50), 2**50),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        datetime: st.integers(0, 4_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC)),
        date: st.dates(),
        time: st.times(),
        Any: st.none() | st.integers() | st.text(max_size=8),
    }
    return known[kind]


def objects_of(kind: type) -> st.SearchStrategy[Any]:
    """Instances of a dataclass."""
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(typing.cast(Any, kind))]
    return st.builds(kind, **{name: values_of(hints[name]) for name in names})


@pytest.mark.parametrize("name", sorted(COMMANDS))
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_command_comes_back_as_it_went(name: str, data: st.DataObject) -> None:
    command = data.draw(objects_of(COMMANDS[name]))
    assert decode(json.loads(json.dumps(encode(command)))) == command


def test_outcomes_keep_their_undo() -> None:
    undo = FlagPatient(patient_id="p", add=("A",), remove=())
    outcome = Outcome({"patientId": "p"}, (Change("patients", "p"),), undo, "the flags", ("careful",))
    assert decode_outcome(json.loads(json.dumps(encode_outcome(outcome)))) == outcome
    assert decode_outcome(None) == Outcome()


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"kind": "Nothing", "payload": {}}, "kind"),
        ({"payload": {}}, "kind"),
        ({"kind": "FlagPatient", "payload": {}}, "patient_id"),
        ({"kind": "FlagPatient", "payload": {"patient_id": 4}}, "patient_id"),
        ({"kind": "FlagPatient", "payload": {"patient_id": "p", "colour": "red"}}, "colour"),
        ({"kind": "FlagPatient", "payload": {"patient_id": "p", "add": "A"}}, "add"),
        ({"kind": "FlagPatient", "payload": ["p"]}, "payload"),
        ({"kind": "CheckIn", "payload": {"visit_id": "v", "expected": "MAYBE"}}, "expected"),
        ({"kind": "HoldTime", "payload": {"provider_id": "p", "start": "2026-01-01T10:00:00", "minutes": 20}}, "start"),
    ],
)
def test_a_bad_document_is_refused_by_name(document: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        decode(document)
    assert (caught.value.code, caught.value.field) == ("BadCommand", field)
