"""Servers that may not be the clinic's, with a real TLS line: refused, the cause named, and they see no password."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.db.errors import translate
from app.kernel.errors import Refused
from app.security.connection import connection_parameters, parse_address

HOST = "db.clinic.example"
PASSWORD = "granite umbrella nine"
CLEARTEXT = b"R\x00\x00\x00\x08\x00\x00\x00\x03"
"""A server's wish to be told the password as it is."""

Key = ec.EllipticCurvePrivateKey


class Authority:
    """Signs certificates of servers; its own lies in ``file``."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._key = folder, ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.file = folder / f"{name}.pem"
        now = datetime.now(UTC)
        made = self._begun(self._name, self._key, now - timedelta(days=90), now + timedelta(days=900))
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _begun(self, subject: x509.Name, key: Key, begin: datetime, end: datetime) -> x509.CertificateBuilder:
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        return made.serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(end)

    def server(self, host: str, days: int) -> Path:
        """Return a file with key and certificate of a server; ``days``: how long it is still valid."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        made = self._begun(subject, key, now - timedelta(days=80), now + timedelta(days=days))
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        file = self._folder / f"{host}.server.pem"
        file.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption())
            + made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        )  # fmt: skip
        return file


Impostor = Callable[[Path | None], tuple[int, bytearray]]


@pytest.fixture
def impostor() -> Iterator[Impostor]:
    """Begin to listen with a certificate (None: without TLS); returns the port, and what is heard in clear."""
    threads: list[Thread] = []

    def begin(certificate: Path | None) -> tuple[int, bytearray]:
        listening, heard = socket.create_server(("127.0.0.1", 0)), bytearray()

        def serve() -> None:
            with listening, suppress(OSError):
                line, _ = listening.accept()
                line.recv(8)  # may we encrypt?
                line.sendall(b"S" if certificate else b"N")
                if certificate:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate)
                    line = context.wrap_socket(line, server_side=True)
                with line:
                    heard.extend(line.recv(4096))
                    line.sendall(CLEARTEXT)
                    heard.extend(line.recv(4096))

        threads.append(Thread(target=serve))
        threads[-1].start()
        return int(listening.getsockname()[1]), heard

    yield begin
    for thread in threads:
        thread.join(10)


def refusal(port: int, authority: Path) -> Refused:
    """What somebody reads who signs in there."""
    address = parse_address(f"postgresql://{HOST}:{port}/clinic?sslrootcert={authority}")
    made = connection_parameters(address, email="robin@x.example", password=PASSWORD)
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(**{**made, "hostaddr": "127.0.0.1"})
    found = translate(caught.value)
    assert isinstance(found, Refused), caught.value
    return found


@pytest.mark.parametrize(
    ("host", "days", "known", "code", "said"),
    [
        (HOST, 30, False, "BadCertificate", "authority isn't known here"),
        (HOST, -1, True, "BadCertificate", "it has run out"),
        ("db.other.example", 30, True, "WrongHost", "for another name"),
    ],
    ids=["an authority of its own", "run out", "another name"],
)
def test_a_certificate_that_proves_nothing_is_refused_with_the_cause(
    tmp_path: Path, impostor: Impostor, host: str, days: int, known: bool, code: str, said: str
) -> None:
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    port, heard = impostor((ours if known else other).server(host, days))
    found = refusal(port, ours.file)
    assert (found.code, said in found.message) == (code, True), found.message
    assert not heard, "it was told who signs in"


def test_a_server_without_tls_is_refused_before_anybody_is_named(tmp_path: Path, impostor: Impostor) -> None:
    port, heard = impostor(None)
    assert refusal(port, Authority(tmp_path, "ours").file).code == "NoTls"
    assert not heard


def test_even_a_server_with_the_right_name_is_never_told_the_password(tmp_path: Path, impostor: Impostor) -> None:
    ours = Authority(tmp_path, "ours")
    port, heard = impostor(ours.server(HOST, 30))
    assert refusal(port, ours.file).code == "WeakSignIn"
    assert b"clinic" in heard
    assert PASSWORD.encode() not in heard
