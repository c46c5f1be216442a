"""Clinical rules and what they found, in the shared database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, CreatedAt, Id, parent
from app.db.types import Json


class ClinicalRule(Base):
    """A rule over one metric; whose it is stands in ``desktop.rule_clinic``.

    ``severity`` is info, warn or critical: lower case, unlike in alerts.
    """

    __tablename__ = "clinical_rules"
    __table_args__ = (Index(None, "metric", "enabled"), Index(None, "enabled", "priority"))

    id: Mapped[Id]
    name: Mapped[str]
    description: Mapped[str | None]
    metric: Mapped[str]
    window_days: Mapped[int] = mapped_column("windowDays", key="window_days", server_default=text("7"))
    condition: Mapped[Any] = mapped_column(Json, nullable=False)
    severity: Mapped[str]
    action: Mapped[str]
    action_params: Mapped[Any | None] = mapped_column("actionParams", Json, key="action_params", nullable=True)
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    priority: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[datetime]


class RuleExecution(Base):
    """One rule tried on one patient, with the figures that decided."""

    __tablename__ = "rule_executions"
    __table_args__ = (Index(None, "patient_id", "executed_at"), Index(None, "rule_id", "executed_at"))

    id: Mapped[Id]
    rule_id: Mapped[str] = mapped_column(parent("clinical_rules.id"))
    patient_id: Mapped[str] = mapped_column(parent("patients.id"))
    triggered: Mapped[bool] = mapped_column(server_default=text("false"))
    result: Mapped[Any | None] = mapped_column(Json, nullable=True)
    executed_at: Mapped[CreatedAt]
