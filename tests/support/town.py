"""Two clinics in one database, each with its first ADMIN, for tests of accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg
import pytest

from app.db.server import ServerDatabase
from app.domain.enums import Role
from app.kernel.errors import Refused
from app.kernel.ids import new_uuid
from app.security.connection import connection_parameters, parse_address
from app.security.provision import as_owner, make_account, make_clinic
from app.setup.migrate import upgrade
from tests.support.accounts import Accounts, NewStaff
from tests.support.postgres import Server

WORDS = "granite umbrella nine"
OTHER = "seven velvet trombones"


@dataclass
class Town:
    """A server with one database of two clinics, each with its first ADMIN."""

    server: Server
    database: str
    opened: list[ServerDatabase] = field(default_factory=list)

    def parameters(self, email: str, password: str = WORDS) -> dict[str, object]:
        """Return how a person connects."""
        return connection_parameters(parse_address(self.server.url(self.database)), email=email, password=password)

    def connect(self, email: str, password: str = WORDS) -> psycopg.Connection:
        """Sign in."""
        return psycopg.connect(**self.parameters(email, password), autocommit=True)  # type: ignore[arg-type]

    def accounts(self, email: str = "boss@one.example", password: str = WORDS) -> Accounts:
        """Return the accounts as this person works with them."""
        database = ServerDatabase(self.parameters(email, password))
        self.opened.append(database)
        return Accounts(database)

    def hire(self, email: str, *roles: Role, by: str = "boss@one.example", provider_id: str | None = None) -> str:
        """Make an account with the usual password."""
        person = NewStaff(
            user_id=new_uuid(),
            email=email,
            name="Robin Doe",
            roles=roles or (Role.MEDICAL_ASSISTANT,),
            password=WORDS,
            provider_id=provider_id,
        )
        return self.accounts(by).create(person)

    def owner(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """Run a statement as the owner."""
        with as_owner(self.server.owner_url(self.database)) as connection:
            cursor = connection.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []


def settle(server: Server, database: str) -> None:
    """Migrate a database and make the two clinics with their first ADMIN."""
    upgrade(server.owner_url(database))
    with as_owner(server.owner_url(database)) as connection:
        for number in ("one", "two"):
            make_clinic(connection, number, f"Clinic {number}", "Europe/Madrid")
            make_account(
                connection,
                clinic_id=number,
                user_id=f"boss-{number}",
                email=f"boss@{number}.example",
                name="The Boss",
                password=WORDS,
            )


def refusal(action: Callable[[], object]) -> Refused:
    """Return what an action is refused with."""
    with pytest.raises(Refused) as caught:
        action()
    return caught.value
