"""Every table, every verb, every kind of person: the database allows what the catalog says, and nothing else."""

from __future__ import annotations

import pytest

from tests.database.conftest import Secured
from tests.support.secured import walking
from tests.support.walk import Walk


def test_the_database_does_what_the_catalog_says(walk: Walk) -> None:
    assert walk.all() == []


FAULTS = {
    "a policy is dropped": ("public.lab_orders", "DROP POLICY staff_select ON public.lab_orders"),
    "a policy lets all clinics in": (
        "public.visits",
        "ALTER POLICY staff_select ON public.visits USING (true)",
    ),
    "a foreign key isn't checked": (
        "public.visits",
        "ALTER POLICY staff_insert ON public.visits WITH CHECK (true)",
    ),
    "row-level security is off": ("public.messages", "ALTER TABLE public.messages DISABLE ROW LEVEL SECURITY"),
    "a role can be changed": ("public.users", "GRANT UPDATE (role) ON public.users TO mha_staff"),
    "a secret can be read": ("public.users", "GRANT SELECT (password_hash) ON public.users TO mha_admin"),
    "rows can be deleted": ("public.visit_slots", "GRANT DELETE ON public.visit_slots TO mha_assistant"),
    "a stranger reads": (
        "desktop.installation",
        "ALTER POLICY staff_select ON desktop.installation USING (true)",
    ),
    "a new table has no entry": ("desktop.forgotten", "CREATE TABLE desktop.forgotten (id text PRIMARY KEY)"),
    "a new table is open": (
        "public.forgotten",
        "CREATE TABLE public.forgotten (id text PRIMARY KEY); GRANT SELECT ON public.forgotten TO mha_staff",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_walk_catches(secured: Secured, fault: str) -> None:
    server, original, seeded = secured
    table, change = FAULTS[fault]
    copy = server.create("fault", template=original)
    try:
        with server.admin(copy) as admin:
            admin.execute(change.encode())
        with walking(server, copy, seeded) as walk:
            findings = walk.all([table])
        assert findings, f"the walk doesn't see that {fault}"
        assert all(finding.startswith(table) for finding in findings)
    finally:
        server.drop(copy)
