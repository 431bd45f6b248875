"""Certificates of a cluster: an authority whose key is thrown away, and one certificate for all of its machines.

Dask knows no roles: whoever holds a certificate of the authority may be scheduler, worker and client. Several would
look as if they told machines apart, so there is one. Nobody is taken off a list, either: make new ones, and hand them
out.
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from grader.cluster.address import Certificates
from grader.model.errors import UsageError

DAYS = 400
SKEW = datetime.timedelta(hours=1)  # the clocks of a room differ


def make_certificates(folder: Path, days: int = DAYS) -> Certificates:
    """Writes the three files, for their owner alone. Raises `UsageError` where some are there, or none can be."""
    made = Certificates(folder)
    files = (made.authority, made.certificate, made.private_key)
    if there := [path.name for path in files if path.exists()]:
        raise UsageError(f"{folder} has {', '.join(there)} already. Choose a new folder, and replace the old one.")
    authority_key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    authority = _certificate("d2l-grader authority", authority_key, "d2l-grader authority", authority_key, days)
    own = _certificate("d2l-grader cluster", own_key, "d2l-grader authority", authority_key, days)
    pem, none = serialization.Encoding.PEM, serialization.NoEncryption()
    contents = (
        authority.public_bytes(pem),
        own.public_bytes(pem),
        own_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, none),
    )
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, content in zip(files, contents, strict=True):
            _write_privately(path, content)
    except OSError as error:
        raise UsageError(f"{folder} cannot be written: {error.strerror}. Choose another folder.") from None
    return made


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, days: int
) -> x509.Certificate:
    now, is_authority = datetime.datetime.now(datetime.UTC), key is issuer_key
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(is_authority), critical=True)
    )
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(issuer_id, critical=False).sign(issuer_key, hashes.SHA256())


def _usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=is_authority, crl_sign=is_authority, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def _write_privately(path: Path, content: bytes) -> None:
    """Nobody else can read it, not even while it is written."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
