"""What a dump leaves out because it belongs to the server: people's login roles, and the database's own rights."""

from __future__ import annotations

from typing import Any

from psycopg import Connection, errors, sql

from app.cluster.initialise import OWNER, SUPERUSER

_MINE = sql.SQL("a.rolname NOT LIKE 'pg\\_%' AND a.rolname NOT IN ({}, {})").format(
    sql.Literal(SUPERUSER), sql.Literal(OWNER)
)
_ROLES = sql.SQL(
    """
    SELECT a.rolname, a.rolinherit, a.rolcreaterole, a.rolcanlogin, a.rolconnlimit, a.rolpassword,
           shobj_description(a.oid, 'pg_authid'),
           coalesce((SELECT setconfig FROM pg_db_role_setting WHERE setrole = a.oid AND setdatabase = 0), '{{}}')
    FROM pg_authid a WHERE {} ORDER BY a.oid
    """
).format(_MINE)
_MEMBERSHIPS = """
SELECT g.rolname, m.rolname, b.rolname, x.admin_option, x.inherit_option, x.set_option
FROM pg_auth_members x JOIN pg_roles g ON g.oid = x.roleid JOIN pg_roles m ON m.oid = x.member
JOIN pg_roles b ON b.oid = x.grantor WHERE x.roleid >= 16384 OR x.member >= 16384 ORDER BY x.oid
"""
_RIGHTS = """
SELECT coalesce(g.rolname, ''), x.privilege_type, x.is_grantable FROM pg_database d
CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x LEFT JOIN pg_roles g ON g.oid = x.grantee
WHERE d.datname = current_database()
"""
_DATABASE_SETTINGS = """
SELECT coalesce(r.rolname, ''), unnest(s.setconfig) FROM pg_db_role_setting s
JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole
WHERE d.datname = current_database()
"""


def read_roles(connection: Connection[Any]) -> dict[str, Any]:
    """Return the roles, their memberships and the database's rights and settings; passwords as SCRAM verifiers."""
    return {
        "roles": [list(row) for row in connection.execute(_ROLES).fetchall()],
        "memberships": [list(row) for row in connection.execute(_MEMBERSHIPS).fetchall()],
        "rights": [list(row) for row in connection.execute(_RIGHTS).fetchall()],
        "settings": [list(row) for row in connection.execute(_DATABASE_SETTINGS).fetchall()],
    }


def ensure_roles(connection: Connection[Any], saved: dict[str, Any]) -> None:
    """Make the roles that are missing, without a right to sign in, so that a dump can name them."""
    there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    for name, *_ in saved["roles"]:
        if name not in there:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))


def lock_strangers(connection: Connection[Any], saved: dict[str, Any]) -> None:
    """Close the logins of people that the backup doesn't know; their accounts can be made again."""
    known = [name for name, *_ in saved["roles"]]
    rows = connection.execute(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'mha\\_u\\_%%' AND rolname <> ALL (%s)", [known]
    )
    for (name,) in rows.fetchall():
        role = sql.Identifier(name)
        connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(role))
        connection.execute(sql.SQL("COMMENT ON ROLE {} IS 'MyHealthAlly login of database 0'").format(role))


def write_roles(connection: Connection[Any], saved: dict[str, Any], database: str) -> None:
    """Make or correct the roles, as superuser; roles that the backup doesn't know stay as they are.

    Marks that name a database (people's logins belong to one) are made to name ``database``.
    """
    oid = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [database]).fetchall()[0][0]
    there = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles").fetchall()}
    for name, inherit, creates, logs_in, limit, password, mark, settings in saved["roles"]:
        role = sql.Identifier(name)
        options = sql.SQL(" ").join(
            sql.SQL(word if on else f"NO{word}")
            for word, on in (("INHERIT", inherit), ("CREATEROLE", creates), ("LOGIN", logs_in))
        )
        verb = sql.SQL("ALTER" if name in there else "CREATE")
        statement = sql.SQL("{} ROLE {} {} CONNECTION LIMIT {} PASSWORD {}")
        connection.execute(statement.format(verb, role, options, sql.Literal(limit), sql.Literal(password)))
        connection.execute(sql.SQL("ALTER ROLE {} RESET ALL").format(role))
        for setting in settings:
            connection.execute(sql.SQL("ALTER ROLE {} SET {}").format(role, _assignment(setting)))
        if mark is not None:
            text = " ".join(str(oid) if word.isdigit() else word for word in mark.split(" "))
            connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(role, sql.Literal(text)))
    _grant_memberships(connection, saved["memberships"])


def write_rights(connection: Connection[Any], saved: dict[str, Any], database: str) -> None:
    """Give a new database the rights and settings of the one that was saved."""
    name = sql.Identifier(database)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    for grantee, right, grantable in saved["rights"]:
        who = sql.Identifier(grantee) if grantee else sql.SQL("PUBLIC")
        option = sql.SQL(" WITH GRANT OPTION" if grantable and grantee else "")
        statement = sql.SQL("GRANT {} ON DATABASE {} TO {}{}").format(sql.SQL(right), name, who, option)
        connection.execute(statement)
    for role, setting in saved["settings"]:
        target = sql.SQL("ALTER DATABASE {}").format(name)
        if role:
            target = sql.SQL("ALTER ROLE {} IN DATABASE {}").format(sql.Identifier(role), name)
        connection.execute(sql.SQL("{} SET {}").format(target, _assignment(setting)))


def _assignment(setting: str) -> sql.Composed:
    name, _, value = setting.partition("=")
    return sql.SQL("{} TO {}").format(sql.Identifier(name), sql.Literal(value))


def _grant_memberships(connection: Connection[Any], memberships: list[list[Any]]) -> None:
    """Grant in rounds: a grant may need the admin option that another one gives its grantor."""
    waiting = memberships
    while waiting:
        left = [entry for entry in waiting if not _granted(connection, entry)]
        if len(left) == len(waiting):
            for entry in left:
                _granted(connection, [*entry[:2], SUPERUSER, *entry[3:]])
            return
        waiting = left


def _granted(connection: Connection[Any], entry: list[Any]) -> bool:
    group, member, grantor, admin, inherit, may_set = entry
    statement = sql.SQL("GRANT {} TO {} WITH ADMIN {}, INHERIT {}, SET {} GRANTED BY {}").format(
        sql.Identifier(group),
        sql.Identifier(member),
        *(sql.SQL("TRUE" if option else "FALSE") for option in (admin, inherit, may_set)),
        sql.Identifier(grantor),
    )
    try:
        with connection.transaction():
            connection.execute(statement)
    except (errors.InsufficientPrivilege, errors.UndefinedObject, errors.InvalidGrantOperation):
        return False
    return True
