"""Who is responsible for results that nobody here ordered."""

from __future__ import annotations

from sqlalchemy import select

from app.commands.core import Context
from app.db.models import ImportLink, Provider
from app.domain.import_person import PersonSeen
from app.domain.import_plan import EXTERNAL

_DEGREES = frozenset(("md", "do", "np", "pa", "rn", "dds", "phd", "mbbs", "fnp", "dnp"))


class Responsible:
    """Says who is responsible; what it needs of the database is asked once.

    Whoever happens to be signed in where files are taken by themselves (not ``by_person``) is not.
    """

    def __init__(self, ctx: Context, *, by_person: bool) -> None:
        self._by_person = by_person
        self._ctx = ctx
        self._named: dict[frozenset[str], list[str]] | None = None
        self._other = ""

    def of(self, ordered_by: str) -> str:
        """Return the provider whom the laboratory names, if exactly one here has that name; else the person who files.

        An administrator is none: then it is "External records", whose results everybody who signs sees.
        """
        words = _words(ordered_by)
        same = self._here().get(words, []) if words else []
        if len(same) == 1:
            return same[0]
        if not self._other:
            self._other = (self._ctx.actor.provider_id if self._by_person else None) or _external(self._ctx)
        return self._other

    def _here(self) -> dict[frozenset[str], list[str]]:
        if self._named is None:
            self._named = {}
            of_clinic = Provider.clinic_id == self._ctx.actor.clinic_id
            for row in self._ctx.all(select(Provider.id, Provider.name).where(of_clinic)):
                self._named.setdefault(_words(row.name), []).append(str(row.id))
        return self._named


def _words(name: str | None) -> frozenset[str]:
    """The words that tell a provider from another: names of at least two words, without titles."""
    words = PersonSeen.of([name]).names - _DEGREES
    return words if len(words) > 1 else frozenset()


def _external(ctx: Context) -> str:
    """The provider of what came from elsewhere; made when it is first needed, on the server."""
    link = select(ImportLink.row_id).where(
        ImportLink.clinic_id == ctx.actor.clinic_id, ImportLink.system == EXTERNAL.system,
        ImportLink.type == EXTERNAL.kind, ImportLink.source_id == EXTERNAL.value, ImportLink.table_name == "providers",
    )  # fmt: skip
    row = ctx.first(link)
    if row is not None:
        return str(row.row_id)
    provider_id = ctx.ids.cuid()
    ctx.call("make_external_provider", provider_id, ctx.ids.uuid())
    return provider_id
