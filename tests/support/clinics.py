"""Two clinics with staff of each role: what almost every database test starts from."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from psycopg import sql

from tests.support.postgres import Server

PASSWORD = "correct horse battery"
ROLES = ("MEDICAL_ASSISTANT", "PROVIDER", "ADMIN")


@dataclass(frozen=True, slots=True)
class Staff:
    """One member of staff of the template."""

    email: str
    role: str
    clinic_id: str

    @property
    def user_id(self) -> str:
        """The id of their user."""
        return f"user-{self.role.lower()}-{self.clinic_id}"

    @property
    def login(self) -> str:
        """The opaque name of their login role."""
        return f"mha_u_{sha256(self.email.encode()).hexdigest()[:40]}"


def clinic_id(number: int) -> str:
    """Return the id of clinic 1 or 2."""
    return f"clinic-{number}"


def staff(role: str, clinic: int = 1) -> Staff:
    """Return the template's member of staff with ``role`` at clinic 1 or 2."""
    return Staff(f"{role.lower().replace('_', '.')}@clinic{clinic}.example", role, clinic_id(clinic))


def staff_url(server: Server, database: str, role: str, clinic: int = 1) -> str:
    """Return the URL with which that person signs in, password included."""
    return server.url(database, staff(role, clinic).login, PASSWORD)


def make_template(server: Server) -> str:
    """Migrate a new database and put two clinics with their staff in it; returns its name."""
    from app.domain.enums import Role
    from app.security.provision import as_owner, make_account, make_clinic
    from app.setup.migrate import upgrade

    name = server.create("template")
    url = server.owner_url(name)
    upgrade(url)
    with as_owner(url) as connection:
        for number, zone in ((1, "America/New_York"), (2, "Europe/Madrid")):
            make_clinic(connection, clinic_id(number), f"Clinic {number}", zone)
            for role in ROLES:
                person = staff(role, number)
                make_account(
                    connection,
                    clinic_id=person.clinic_id,
                    user_id=person.user_id,
                    email=person.email,
                    name=f"{role.title()} {number}",
                    password=PASSWORD,
                    roles=[Role(role)],
                )
    _sign_in_sooner(server)
    return name


def _sign_in_sooner(server: Server) -> None:
    """Let the server make the people's verifiers anew, with the few rounds of tests."""
    with server.admin() as admin:
        for person in (staff(role, number) for number in (1, 2) for role in ROLES):
            wanted = sql.SQL("ALTER ROLE {} PASSWORD {}")
            admin.execute(wanted.format(sql.Identifier(person.login), sql.Literal(PASSWORD)))
