"""All mapped classes in one import: whoever needs the whole metadata imports this module."""

from __future__ import annotations

from app.db.base import Base, metadata
from app.db.clinical import (
    Alert,
    BMIReading,
    CarePlan,
    DeviceConnection,
    ExcuseNote,
    HRVReading,
    LabOrder,
    Measurement,
    Referral,
    VitalReading,
)
from app.db.messaging import Message, MessageThread
from app.db.people import Clinic, Patient, Provider, RefreshToken, User, WeeklySummary
from app.db.rules import ClinicalRule, RuleExecution
from app.db.scheduling import ProviderAvailability, VirtualVisitSession, Visit, VisitRequest, VisitSlot

__all__ = [
    "Alert",
    "BMIReading",
    "Base",
    "CarePlan",
    "Clinic",
    "ClinicalRule",
    "DeviceConnection",
    "ExcuseNote",
    "HRVReading",
    "LabOrder",
    "Measurement",
    "Message",
    "MessageThread",
    "Patient",
    "Provider",
    "ProviderAvailability",
    "Referral",
    "RefreshToken",
    "RuleExecution",
    "User",
    "VirtualVisitSession",
    "Visit",
    "VisitRequest",
    "VisitSlot",
    "VitalReading",
    "WeeklySummary",
    "metadata",
]
