"""What patients wrote and nobody has read is known beside the messages, whoever writes them and in whatever way."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg import Connection

from app.setup.migrate import upgrade
from tests.database.triggers.base import Base

_THREADS = """
INSERT INTO public.message_threads (id, patient_id, participants, created_at, updated_at)
    VALUES ('t-1', 'pat-1', '[]', now(), now()), ('t-2', 'pat-2', '[]', now(), now()),
           ('t-9', 'pat-9', '[]', now(), now())"""
_MESSAGE = (
    "INSERT INTO public.messages (id, thread_id, sender_id, content, read, created_at)"
    " VALUES (%s, %s, %s, 'Hello', %s, now())"
)
_PLAINLY = (
    "SELECT m.id, m.thread_id, m.sender_id FROM public.messages m WHERE NOT m.read"
    " AND m.sender_id IN (SELECT user_id FROM public.patients) ORDER BY 1"
)


def unread(owner: Connection[Any]) -> list[str]:
    """Return the ids that are kept, which are those that a look at every message finds."""
    kept = owner.execute("SELECT message_id, thread_id, sender_id FROM desktop.unread_message ORDER BY 1").fetchall()
    assert kept == owner.execute(_PLAINLY).fetchall()
    return [row[0] for row in kept]


@pytest.fixture
def backend(base: Base) -> Connection[Any]:
    """The backend's own connection, with conversations: it has no rights on our tables."""
    writer = base.backend()
    writer.execute(_THREADS)
    return writer


def test_what_the_backend_writes_and_reads_is_followed(base: Base, backend: Connection[Any]) -> None:
    owner = base.owner()
    backend.execute(_MESSAGE, ["a", "t-1", "user-pat-1", False])
    backend.execute(_MESSAGE, ["b", "t-1", "user-pat-1", True])
    backend.execute(_MESSAGE, ["c", "t-9", "user-pat-9", False])
    backend.execute(_MESSAGE, ["d", "t-1", "user-provider-clinic-1", False])
    assert unread(owner) == ["a", "c"], "what staff wrote waits for the patient, not for us"
    backend.execute("UPDATE public.messages SET read = NOT read")
    assert unread(owner) == ["b"]
    backend.execute("UPDATE public.messages SET content = 'Changed'")
    assert unread(owner) == ["b"]
    backend.execute("UPDATE public.messages SET read = false")
    assert unread(owner) == ["a", "b", "c"]
    backend.execute("UPDATE public.messages SET thread_id = 't-2', id = 'z' WHERE id = 'a'")
    backend.execute("UPDATE public.messages SET sender_id = 'user-provider-clinic-1' WHERE id = 'b'")
    assert unread(owner) == ["c", "z"]
    backend.execute("DELETE FROM public.messages WHERE id = 'c'")
    backend.execute("DELETE FROM public.patients WHERE id = 'pat-2'")
    assert unread(owner) == []


def test_many_at_once_and_what_is_rolled_back(base: Base, backend: Connection[Any]) -> None:
    owner = base.owner()
    with backend.transaction(force_rollback=True):
        backend.execute(_MESSAGE, ["a", "t-1", "user-pat-1", False])
    assert unread(owner) == []
    backend.execute(
        "INSERT INTO public.messages (id, thread_id, sender_id, content, read, created_at)"
        " SELECT 'm-' || n, 't-1', 'user-pat-1', 'Hello', n % 2 = 0, now() FROM generate_series(1, 100) n"
    )
    assert len(unread(owner)) == 50
    owner.execute("TRUNCATE public.message_threads CASCADE")
    assert unread(owner) == []


def test_nobody_of_the_clinic_reads_or_writes_it(base: Base, backend: Connection[Any]) -> None:
    backend.execute(_MESSAGE, ["a", "t-1", "user-pat-1", False])
    for statement in ("SELECT * FROM desktop.unread_message", "DELETE FROM desktop.unread_message",
                      "SELECT desktop.keep_unread()"):  # fmt: skip
        for writer in (base.staff(), base.staff("ADMIN"), backend):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                writer.execute(statement.encode())
    assert unread(base.owner()) == ["a"]


def test_an_upgrade_brings_what_waits_already(base: Base, backend: Connection[Any]) -> None:
    owner = base.owner()
    owner.execute("DROP TRIGGER mha_unread_i ON public.messages")
    owner.execute("DROP TRIGGER mha_unread_u ON public.messages")
    owner.execute("DROP TABLE desktop.unread_message")
    owner.execute("ALTER TABLE desktop.slot_detail DROP COLUMN freed_at")
    owner.execute("ALTER TABLE desktop.clinic_settings DROP COLUMN proposal_hours")
    owner.execute("UPDATE desktop.alembic_version SET version_num = '0007'")
    for number, read in enumerate((False, True, False)):
        backend.execute(_MESSAGE, [f"m-{number}", "t-1", "user-pat-1", read])
    backend.execute(_MESSAGE, ["staff", "t-1", "user-provider-clinic-1", False])
    upgrade(base.server.owner_url(base.name))
    assert unread(owner) == ["m-0", "m-2"]
    backend.execute("UPDATE public.messages SET read = true WHERE id = 'm-0'")
    assert unread(owner) == ["m-2"]


@pytest.mark.parametrize("damage", ["DROP TRIGGER mha_unread_{} ON public.messages",
                                    "ALTER TABLE public.messages DISABLE TRIGGER mha_unread_{}"])  # fmt: skip
def test_what_came_while_the_triggers_were_gone_is_known_after_the_repair(
    base: Base, backend: Connection[Any], damage: str
) -> None:
    owner = base.owner()
    backend.execute(_MESSAGE, ["a", "t-1", "user-pat-1", False])
    for letter in "iu":
        owner.execute(damage.format(letter).encode())
    backend.execute(_MESSAGE, ["b", "t-1", "user-pat-1", False])
    backend.execute("UPDATE public.messages SET read = true WHERE id = 'a'")
    upgrade(base.server.owner_url(base.name))
    assert unread(owner) == ["b"]
    backend.execute(_MESSAGE, ["c", "t-1", "user-pat-1", False])
    assert unread(owner) == ["b", "c"]
