"""The same command gives the same rows on both databases (I7): every command that there is, and what takes it back."""

from __future__ import annotations

import importlib
import pkgutil

import pytest
from sqlalchemy import func, select

import app.commands
from app.commands.audit import NoteAuditExport
from app.commands.core import HANDLERS, Command, works_offline
from app.commands.cover import ReassignOpenItems
from app.commands.device_files import RestoreDeviceFiles, TakeBackDeviceFiles
from app.commands.leases import ReleaseLeases
from app.commands.merging import MergePatients, UnmergePatients
from app.commands.staff import AddStaff, DisableStaff, EditStaff, EnableStaff, EndSessions, SetPassword, SetRoles
from app.commands.workstations import RenameWorkstation, RevokeWorkstation
from app.db.models import AppliedCommand
from app.domain.enums import Role
from app.kernel.errors import Unavailable
from tests.database.parity.pages import walk_pages
from tests.database.parity.questions import ask_everything
from tests.database.parity.scenarios import SCENARIOS, Scenario
from tests.database.parity.scenarios_hl7 import HL7_SERVER_ONLY
from tests.database.parity.scenarios_messages import MESSAGE_SERVER_ONLY
from tests.database.parity.scenarios_rules import RULES_SERVER_ONLY
from tests.support.desk import local_desk
from tests.support.twins import Twins, rows_of

for _module in pkgutil.iter_modules(app.commands.__path__):
    importlib.import_module(f"app.commands.{_module.name}")

SERVER_ONLY: tuple[Command, ...] = (
    NoteAuditExport(what="everything"),
    ReleaseLeases(workstation_id="ws-desk"),
    MergePatients(keep_id="pat-lis", drop_id="pat-roux"),
    UnmergePatients(drop_id="pat-roux"),
    AddStaff(user_id="u-new", email="new@quay.example", name="New", roles=(Role.ADMIN,), verifier="v", bcrypt="b"),
    SetPassword(user_id="u-desk", verifier="v", bcrypt="b"),
    SetRoles(user_id="u-desk", roles=(Role.ADMIN,)),
    EditStaff(user_id="u-desk", name="Alicia"),
    DisableStaff(user_id="u-desk"),
    EnableStaff(user_id="u-desk"),
    EndSessions(user_id="u-desk"),
    *HL7_SERVER_ONLY,
    *MESSAGE_SERVER_ONLY,
    *RULES_SERVER_ONLY,
    ReassignOpenItems(from_user="u-desk", to_user="u-desk2"),
    RenameWorkstation(workstation_id="ws-desk", name="Desk"),
    RevokeWorkstation(workstation_id="ws-desk"),
    TakeBackDeviceFiles(run_id="run", reason="Wrong chart"),
    RestoreDeviceFiles(run_id="run", reason="Wrong chart"),
)


def ours() -> set[type[Command]]:
    """The program's commands, without those that tests have made."""
    return {kind for kind in HANDLERS if kind.__module__.startswith("app.")}


def test_every_command_has_an_example() -> None:
    shown = {kind for kinds in SCENARIOS.values() for kind in kinds}
    refused = {type(command) for command in SERVER_ONLY}
    assert {kind for kind in ours() if works_offline(kind)} - shown == set(), "add them to a scenario"
    assert refused == {kind for kind in ours() if not works_offline(kind)}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_both_databases_hold_the_same(twins: Twins, scenario: Scenario) -> None:
    twins.compare("the beginning")
    scenario(twins)
    assert SCENARIOS[scenario] - twins.run_kinds == set()
    ask_everything(twins)
    walk_pages(twins)


def test_what_needs_the_server_says_so_and_leaves_nothing() -> None:
    desk = local_desk()
    before = rows_of(desk)
    for command in SERVER_ONLY:
        with pytest.raises(Unavailable) as found:
            desk.admin.run(command)
        assert found.value.code == "NeedsServer"
    assert rows_of(desk) == before
    assert desk.rows(select(func.count()).select_from(AppliedCommand)) == [(0,)]
    desk.close()
