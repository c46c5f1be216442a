"""Fill a new clinic with what the set-up asked, through the same commands as everybody uses."""

from __future__ import annotations

from typing import Any

from app.commands.availability import AddAvailability
from app.commands.clinic import ChangeClinic, SaveAppointmentType, SaveProvider
from app.commands.slots import GenerateSlots
from app.domain.enums import Role
from app.kernel.i18n import t
from app.kernel.ids import new_cuid, new_uuid
from app.security.passwords import make_password
from app.setup.plan import ClinicPlan, MadeAccount, NewAccount, NewProvider, Report
from app.workspace.staff import add_staff
from app.workspace.workspace import Workspace


def fill_clinic(workspace: Workspace, plan: ClinicPlan, logo: str | None, report: Report) -> tuple[MadeAccount, ...]:
    """Save branding, types, providers with hours and accounts, then make the slots."""
    total = 3 + len(plan.types) + len(plan.providers) + len(plan.staff)
    done = 0

    def step(text: str) -> None:
        nonlocal done
        done += 1
        report(done, total, text)

    branding: dict[str, Any] = {"name": plan.name, "primaryColor": plan.color, "phone": plan.phone,
                                "address": plan.address}  # fmt: skip
    workspace.execute(
        ChangeClinic(branding=branding | ({"logo": logo} if logo else {}), settings={"locale": plan.locale})
    )
    step(t("Saving the clinic …"))
    for order, kind in enumerate(plan.types):
        workspace.execute(
            SaveAppointmentType(type_id=new_uuid(), name=kind.name, minutes=kind.minutes, visit_mode=kind.mode,
                                color=kind.color, sort_order=order)
        )  # fmt: skip
        step(t("Saving appointment types …"))
    accounts: list[MadeAccount] = []
    for order, provider in enumerate(plan.providers):
        accounts += _provider(workspace, provider, order)
        step(t("Saving providers …"))
    for person in plan.staff:
        accounts.append(_account(workspace, person, None))
        step(t("Making accounts …"))
    workspace.execute(GenerateSlots())
    step(t("Making the calendar …"))
    report(total, total, "")
    return tuple(accounts)


def _provider(workspace: Workspace, provider: NewProvider, order: int) -> list[MadeAccount]:
    provider_id = new_cuid()
    specialties = (provider.specialty,) if provider.specialty else ()
    workspace.execute(
        SaveProvider(provider_id=provider_id, name=provider.name, specialties=specialties,
                     telemed_enabled=provider.telemed, sort_order=order)
    )  # fmt: skip
    for hours in provider.hours:
        for day in sorted(hours.days):
            workspace.execute(
                AddAvailability(availability_id=new_cuid(), provider_id=provider_id, day_of_week=day,
                                start_time=hours.start, end_time=hours.end, visit_mode=hours.mode)
            )  # fmt: skip
    if not provider.email:
        return []
    account = NewAccount(name=provider.name, email=provider.email, roles=frozenset({Role.PROVIDER}))
    return [_account(workspace, account, provider_id)]


def _account(workspace: Workspace, person: NewAccount, provider_id: str | None) -> MadeAccount:
    password = person.password or make_password()
    roles = sorted(person.roles, key=list(Role).index)
    add_staff(workspace, email=person.email, name=person.name, roles=roles, password=password, provider_id=provider_id)
    shown = "" if person.password else password
    return MadeAccount(name=person.name, email=person.email, roles=person.roles, password=shown)
