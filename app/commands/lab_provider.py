"""Who is responsible for results that nobody here ordered."""

from __future__ import annotations

from sqlalchemy import insert, select

from app.commands.core import Context
from app.db.models import ImportLink, Provider, ProviderSettings
from app.domain.import_plan import EXTERNAL, EXTERNAL_NAME
from app.domain.imports import PersonSeen
from app.domain.permissions import Permission
from app.kernel.errors import Refused
from app.kernel.i18n import t

_DEGREES = frozenset(("md", "do", "np", "pa", "rn", "dds", "phd", "mbbs", "fnp", "dnp"))


def responsible_provider(ctx: Context, ordered_by: str) -> str:
    """Return the provider whom the laboratory names, if exactly one here has that name; else the person who files.

    An administrator is none: then it is "External records", whose results everybody who signs sees.
    """
    words = _words(ordered_by)
    if words:
        here = ctx.all(select(Provider.id, Provider.name).where(Provider.clinic_id == ctx.actor.clinic_id))
        same = [row.id for row in here if _words(row.name) == words]
        if len(same) == 1:
            return str(same[0])
    return ctx.actor.provider_id or _external(ctx)


def _words(name: str | None) -> frozenset[str]:
    """The words that tell a provider from another: names of at least two words, without titles."""
    words = PersonSeen.of([name]).names - _DEGREES
    return words if len(words) > 1 else frozenset()


def _external(ctx: Context) -> str:
    """The provider of what came from elsewhere; an import makes it when it is first needed."""
    link = select(ImportLink.row_id).where(
        ImportLink.clinic_id == ctx.actor.clinic_id, ImportLink.system == EXTERNAL.system,
        ImportLink.type == EXTERNAL.kind, ImportLink.source_id == EXTERNAL.value, ImportLink.table_name == "providers",
    )  # fmt: skip
    row = ctx.first(link)
    if row is not None:
        return str(row.row_id)
    if not ctx.actor.may(Permission.IMPORT_ALL):
        raise Refused("NoProvider", t("Say which provider orders this."), field="providerId")
    provider_id, at = ctx.ids.cuid(), ctx.occurred_at
    ctx.emit(
        insert(Provider).values(
            id=provider_id, name=EXTERNAL_NAME, specialties=[], telemed_enabled=False, clinic_id=ctx.actor.clinic_id,
            created_at=at, updated_at=at,
        ),
        insert(ProviderSettings).values(provider_id=provider_id, short_name="records", active=False, updated_at=at),
        insert(ImportLink).values(
            id=ctx.ids.uuid(), clinic_id=ctx.actor.clinic_id, system=EXTERNAL.system, type=EXTERNAL.kind,
            source_id=EXTERNAL.value, table_name="providers", row_id=provider_id, content_hash="", updated_at=at,
        ),
    )  # fmt: skip
    return provider_id
