"""What is a person's own (begun forms, saved views), sent by an ADMIN after their account was disabled."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text

from app.commands.core import Command
from app.commands.drafts import DiscardDraft, SaveDraft
from app.commands.saved_views import RemoveView, SaveView
from app.kernel.ids import new_uuid
from app.queries.drafts import my_drafts
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
from tests.support.postgres import Server
from tests.support.station import Station
from tests.sync.test_adopted_message import as_admin

Enter = Callable[..., Station]

OFFLINE: tuple[Command, ...] = (
    SaveDraft(draft_id="d-known", kind="booking", subject="pat-lis", body={"reason": "again"}),
    SaveDraft(draft_id="d-new", kind="booking", subject="pat-roux", body={"reason": "first"}),
    SaveDraft(draft_id="d-new", kind="booking", subject="pat-roux", body={"reason": "more"}),
    DiscardDraft(draft_id="d-over"),
    SaveView(view_id="v-known", name="Mine, longer", kind="schedule", body={"days": 3}),
    SaveView(view_id="v-new", name="New", kind="schedule", body={"days": 1}),
    RemoveView(view_id="v-over"),
)


@pytest.fixture
def left(server: Server, clinic_name: str, station: Enter) -> Station:
    """The administrator at a workstation at which a colleague worked offline before their account was disabled."""
    here = station()
    for known in ("d-known", "d-over"):
        here.run(SaveDraft(draft_id=known, kind="booking", subject=known, body={"reason": "old"}))
    for known in ("v-known", "v-over"):
        here.run(SaveView(view_id=known, name=known, kind="schedule", body={}))
    here.engine.sync_now()
    here.cut()
    for command in OFFLINE:
        here.run(command)
    as_admin(server, clinic_name, "SELECT desktop.disable_staff('u-desk')")
    here.sit_down("admin")
    here.remote.cut(False)
    here.engine.sync_now()
    return here


def test_an_admin_adopts_begun_forms_and_saved_views(
    server: Server, clinic: Desk, clinic_name: str, left: Station
) -> None:
    """They stay the author's, who finds them when the account is enabled again."""
    items = left.sync.attention()
    assert [item.adoptable for item in items] == [True] * len(OFFLINE)
    for item in items:
        left.sync.adopt(item.id)
    assert left.engine.sync_now().applied == len(OFFLINE)
    assert left.sync.attention() == ()
    drafts = clinic.rows(text("SELECT id, user_id, body #>> '{fields,reason}' FROM desktop.draft ORDER BY id"))
    assert [tuple(row) for row in drafts] == [("d-known", "u-desk", "again"), ("d-new", "u-desk", "more")]
    views = clinic.rows(text("SELECT id, user_id, name FROM desktop.saved_view ORDER BY id"))
    assert [tuple(row) for row in views] == [("v-known", "u-desk", "Mine, longer"), ("v-new", "u-desk", "New")]
    as_admin(server, clinic_name, "SELECT desktop.enable_staff('u-desk')")
    left.sit_down("desk")
    left.engine.sync_now()
    assert {draft.subject for draft in left.ask(my_drafts)} == {"d-known", "pat-roux"}


def test_only_the_adopted_command_reaches_what_is_a_colleagues_own(
    server: Server, clinic: Desk, clinic_name: str, left: Station
) -> None:
    """An ADMIN reads and changes no draft or view of somebody else, whatever the session says of itself."""
    url = server.url(clinic_name, login_of("admin").login, PASSWORD)
    with psycopg.connect(url) as raw:
        raw.execute("SELECT set_config('mha.on_behalf_of', 'u-desk', true), set_config('mha.command', %s, true)",
                    (left.sync.attention()[0].id,))  # fmt: skip
        for table in ("draft", "saved_view"):
            assert raw.execute(f"SELECT id FROM desktop.{table}".encode()).fetchall() == []
            assert raw.execute(f"DELETE FROM desktop.{table}".encode()).rowcount == 0
        begun = "SELECT fresh FROM desktop.begin_command(%s, 'SaveDraft', '', now()::timestamp, 'u-okafor')"
        with pytest.raises(psycopg.Error, match="AuthorActive"):
            raw.execute(begun, (new_uuid(),))
    assert len(clinic.rows(text("SELECT 1 FROM desktop.draft"))) == 2
