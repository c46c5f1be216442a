"""The vault: the store's data key, sealed for each person who signed in here and for the recovery key.

A person's seal takes their password *and* the workstation secret from the operating system's keyring, and counts
for a lease (default 7 days) by the server's time. Times are aware; ``now`` is this workstation's clock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from app.kernel.clock import truncate_ms
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.private_file import destroy_private, private_folder, write_private
from app.security.identity import login_role
from app.security.recovery_key import make_recovery_key, recovery_secret
from app.security.vault_file import KeyFile, PersonEntry, damaged, read_key_file
from app.security.vault_wrap import (
    COST,
    KEY_BYTES,
    Wrapped,
    bound,
    derive,
    new_salt,
    person_key,
    same,
    unwrap,
    wrap,
)

LEASE: Final = timedelta(days=7)
"""How long somebody can sign in offline after having signed in online, unless the clinic says otherwise."""

CLOCK_TOLERANCE: Final = timedelta(minutes=2)
"""How far a clock may seem to go back: what time services correct and two machines differ by."""

KEYS: Final = "keys.json"
KEYS_COPY: Final = "keys-copy.json"
"""The same file once more: the journal's only way in must not hang on one file."""


class Vault:
    """The keys of one enrolled workstation. Holds no secret in memory; may be used from any thread."""

    def __init__(self, folder: Path, keys: KeyFile) -> None:
        self._folder = folder
        self._keys = keys
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Vault({self._keys.vault_id}, {len(self._keys.people)} people)"

    @classmethod
    def create(
        cls, folder: Path, workstation_secret: bytes, *, now: datetime, vault_id: str | None = None
    ) -> tuple[Vault, bytes, str]:
        """Make a new vault: itself, the data key, and the recovery key that is shown once and kept nowhere.

        A vault that nobody can open yet (an enrolment that broke off) is replaced; Refused "AlreadyEnrolled" otherwise.
        """
        found = read_key_file(folder / KEYS)
        if found is not None and found.people:
            raise Refused("AlreadyEnrolled", t("This workstation is enrolled already."), field="workstation")
        private_folder(folder)
        identity = vault_id or new_uuid()
        data_key, recovery_key = os.urandom(KEY_BYTES), make_recovery_key()
        keys = KeyFile(
            vault_id=identity,
            secret_check=_secret_check(workstation_secret, identity),
            data_check=_data_check(data_key, identity),
            recovery=_recovery_seal(recovery_key, data_key, identity),
            latest=truncate_ms(now),
            skew=timedelta(0),
            people={},
        )
        vault = cls(folder, keys)
        vault._change(lambda old: old)
        return vault, data_key, recovery_key

    @classmethod
    def load(cls, folder: Path) -> Vault:
        """Read the vault of an enrolled workstation. Raises Refused "NotEnrolled" or "KeysDamaged"."""
        try:
            keys = read_key_file(folder / KEYS)
        except Refused:
            keys = read_key_file(folder / KEYS_COPY)
            if keys is None:
                raise
        keys = keys or read_key_file(folder / KEYS_COPY)
        if keys is None:
            raise Refused("NotEnrolled", t("This workstation isn't set up for working offline."), field="workstation")
        vault = cls(folder, keys)
        vault._repair()
        return vault

    @property
    def id(self) -> str:
        """The workstation's id."""
        return self._keys.vault_id

    @property
    def latest(self) -> datetime:
        """The latest time ever seen here, by the server's clock."""
        return self._keys.latest

    @property
    def is_usable(self) -> bool:
        """Whether anybody can open it with a password."""
        return bool(self._keys.people)

    def lease_until(self, email: str) -> datetime | None:
        """Return until when a person can sign in offline (the server's time); None when they are not known here."""
        entry = self._keys.people.get(login_role(email))
        return entry.until if entry else None

    def server_time(self, now: datetime) -> datetime:
        """Return the server's time as this workstation's clock tells it."""
        return truncate_ms(now + self._keys.skew)

    def add_person(
        self,
        email: str,
        password: str,
        data_key: bytes,
        workstation_secret: bytes,
        *,
        server_now: datetime,
        now: datetime | None = None,
        lease: timedelta = LEASE,
    ) -> None:
        """Seal the data key for somebody who has just signed in online: a new seal, a new lease.

        The server's time counts from here on, also when this workstation's clock had been ahead of it.
        Raises Refused "NoWorkstationSecret".
        """
        self._require_secret(workstation_secret)
        self._require_data_key(data_key)
        granted = truncate_ms(server_now)
        skew = granted - truncate_ms(now) if now is not None else timedelta(0)
        salt = new_salt()
        made = person_key(password, workstation_secret, salt)
        name = login_role(email)
        draft = PersonEntry(salt, COST, made.check, granted, granted + lease, skew, Wrapped(b"", b""))
        sealed = wrap(made.wrapping, data_key, draft.bound_to(self.id, name))
        entry = replace(draft, wrapped=sealed)
        self._change(lambda keys: replace(keys.with_person(name, entry), latest=granted, skew=skew))

    def open(
        self, email: str, password: str, workstation_secret: bytes | None, *, now: datetime, vouched: bool = False
    ) -> bytes:
        """Return the data key.

        Raises Refused "NoWorkstationSecret", "NotKnownHere", "WrongPassword", "ClockSetBack", "LeaseEnded" or
        "KeysDamaged". A time that was seen once counts from then on, also if it ended the lease. ``vouched``: the
        server has just let this person in, so neither clock nor lease count; ``add_person`` comes next.
        """
        self._require_secret(workstation_secret)
        name = login_role(email)
        entry = self._keys.people.get(name)
        if entry is None or workstation_secret is None:
            raise Refused(
                "NotKnownHere",
                t("You haven't signed in on this workstation yet. That takes the server once."),
                field="email",
            )
        made = person_key(password, workstation_secret, entry.salt, entry.cost)
        if not same(made.check, entry.check):
            raise Refused("WrongPassword", t("The e-mail or the password is wrong."), field="password")
        data_key = unwrap(made.wrapping, entry.wrapped, entry.bound_to(self.id, name))
        if data_key is None:
            raise damaged()
        return data_key if vouched else self._on_lease(entry, data_key, truncate_ms(now + entry.skew))

    def _on_lease(self, entry: PersonEntry, data_key: bytes, seen: datetime) -> bytes:
        check_clock(seen, max(self._keys.latest, entry.granted))
        self._note(seen)
        if max(seen, self._keys.latest) >= entry.until:
            message = t("It is too long since you last signed in with the server. Sign in online once.")
            raise Refused("LeaseEnded", message, field="email", until=entry.until.isoformat())
        return data_key

    def open_with_recovery(self, recovery_key: str) -> bytes:
        """Return the data key, without password, keyring or lease. Raises Refused "WrongRecoveryKey"."""
        wrapping = derive(recovery_secret(recovery_key), b"MyHealthAlly recovery v1")
        data_key = unwrap(wrapping, self._keys.recovery, _recovery_bound(self.id))
        if data_key is None:
            message = t("This recovery key belongs to another workstation, or has been replaced.")
            raise Refused("WrongRecoveryKey", message, field="recoveryKey")
        return data_key

    def knows_secret(self, workstation_secret: bytes) -> bool:
        """Tell whether this is the workstation secret that the seals were made with."""
        return same(_secret_check(workstation_secret, self.id), self._keys.secret_check)

    def seal_for_server(self, data_key: bytes, workstation_secret: bytes) -> bytes:
        """Return the data key sealed with the workstation secret alone, for the server to keep.

        It is never kept here. Whoever the server lets in can open the store at this workstation with it: somebody new,
        or with another password, or after their lease; once the server has revoked the workstation, nobody.
        """
        self._require_secret(workstation_secret)
        self._require_data_key(data_key)
        sealed = wrap(derive(workstation_secret, b"MyHealthAlly server v1"), data_key, _server_bound(self.id))
        return sealed.nonce + sealed.sealed

    def open_from_server(self, kept: bytes, workstation_secret: bytes | None) -> bytes:
        """Return the data key from what the server kept. Raises Refused "NoWorkstationSecret" or "KeysDamaged"."""
        self._require_secret(workstation_secret)
        wrapping = derive(workstation_secret or b"", b"MyHealthAlly server v1")
        data_key = unwrap(wrapping, Wrapped(kept[:12], kept[12:]), _server_bound(self.id)) if len(kept) > 12 else None
        if data_key is None:
            raise damaged()
        return data_key

    def new_recovery_key(self, data_key: bytes) -> str:
        """Make another recovery key; the former opens nothing from then on."""
        self._require_data_key(data_key)
        recovery_key = make_recovery_key()
        seal = _recovery_seal(recovery_key, data_key, self.id)
        self._change(lambda keys: replace(keys, recovery=seal))
        return recovery_key

    def new_workstation_secret(self, data_key: bytes, workstation_secret: bytes) -> None:
        """Take another workstation secret (the former was lost): every person's seal ends with the former."""
        self._require_data_key(data_key)
        check = _secret_check(workstation_secret, self.id)
        self._change(lambda keys: replace(keys, secret_check=check, people={}))

    def note_time(self, now: datetime) -> None:
        """Remember that it has been this time (this workstation's clock)."""
        self._note(self.server_time(now))

    def remove_person(self, email: str) -> None:
        """Take somebody's way in away."""
        name = login_role(email)
        self._change(lambda keys: keys.without_person(name))

    def destroy(self) -> None:
        """Destroy every seal: nothing here opens the store from then on, the recovery key neither."""
        destroy_keys(self._folder)

    def _note(self, seen: datetime) -> None:
        if seen > self._keys.latest:
            self._change(lambda keys: replace(keys, latest=max(keys.latest, seen)))

    def _change(self, step: Callable[[KeyFile], KeyFile]) -> None:
        with self._lock:
            keys = step(self._keys)
            content = keys.to_bytes()
            write_private(self._folder / KEYS, content)
            self._keys = keys
            write_private(self._folder / KEYS_COPY, content)

    def _repair(self) -> None:
        """Make both files the same again, after a kill between them or damage to one."""
        content = self._keys.to_bytes()
        for name in (KEYS, KEYS_COPY):
            path = self._folder / name
            if not path.exists() or path.read_bytes() != content:
                write_private(path, content)

    def _require_secret(self, workstation_secret: bytes | None) -> None:
        if workstation_secret is None or not self.knows_secret(workstation_secret):
            message = t("The keyring of this computer doesn't hold the key of its offline data. With the server there, "
                        "an administrator opens them with the recovery key.")  # fmt: skip
            raise Refused("NoWorkstationSecret", message, field="keyring")

    def _require_data_key(self, data_key: bytes) -> None:
        if not same(_data_check(data_key, self.id), self._keys.data_check):
            raise ValueError("this data key is another workstation's")


def check_clock(seen: datetime, latest: datetime) -> None:
    """Refuse "ClockSetBack" when it is earlier than it has been already: leases would never end."""
    if seen < latest - CLOCK_TOLERANCE:
        message = t("This computer's clock has been set back. Put it right, or sign in online.")
        raise Refused("ClockSetBack", message, field="clock", latest=latest.isoformat())


def destroy_keys(folder: Path) -> None:
    """Destroy a vault's files, damaged ones too."""
    destroy_private(folder / KEYS_COPY)
    destroy_private(folder / KEYS)


def _secret_check(workstation_secret: bytes, vault_id: str) -> bytes:
    return derive(workstation_secret, bound("MyHealthAlly workstation check v1", vault_id))


def _data_check(data_key: bytes, vault_id: str) -> bytes:
    return derive(data_key, bound("MyHealthAlly data check v1", vault_id))


def _recovery_bound(vault_id: str) -> bytes:
    return bound("MyHealthAlly recovery v1", vault_id)


def _server_bound(vault_id: str) -> bytes:
    return bound("MyHealthAlly server v1", vault_id)


def _recovery_seal(recovery_key: str, data_key: bytes, vault_id: str) -> Wrapped:
    wrapping = derive(recovery_secret(recovery_key), b"MyHealthAlly recovery v1")
    return wrap(wrapping, data_key, _recovery_bound(vault_id))
