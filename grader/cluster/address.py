"""Where a class is graded, as `--scheduler` says it, and with which certificates one gets in."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.model.errors import UsageError

EXAMPLES = "tls://HOST:8786, tcp://127.0.0.1:8786 or local:4"
AUTHORITY, CERTIFICATE, PRIVATE_KEY = "ca.pem", "cert.pem", "key.pem"
MAKE_THEM = "d2l-grade cluster certificates FOLDER"
_LOCAL = re.compile(r"local:([1-9]\d{0,3})")
_REMOTE = re.compile(r"(tcp|tls)://(\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})")


@dataclass(frozen=True)
class Address:
    """Workers of our own on this machine (`local` of them), or a scheduler at `url`."""

    local: int = 0
    url: str = ""

    @property
    def encrypted(self) -> bool:
        """Whether nothing crosses in the clear. Workers of our own use a certificate that nobody else ever sees."""
        return bool(self.local) or self.url.startswith("tls://")


def address_of(text: str) -> Address:
    """Raises `UsageError` where it is none, or where it would send submissions and the key in the clear."""
    if local := _LOCAL.fullmatch(text):
        return Address(local=int(local[1]))
    remote = _REMOTE.fullmatch(text)
    if not remote:
        raise UsageError(f"{text!r} is no scheduler. Say {EXAMPLES}.")
    protocol, host, _ = remote.groups()
    if protocol == "tcp" and not _is_this_machine(host.strip("[]")):
        say = f"Start scheduler and workers with certificates ({MAKE_THEM}) and say tls://"
        raise UsageError(f"{text} would carry submissions and hidden answers in the clear. {say}{text[6:]}.")
    return Address(url=text)


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Certificates:
    """The folder with a machine's certificate, its key, and the authority that both sides must show."""

    folder: Path

    @property
    def authority(self) -> Path:
        return self.folder / AUTHORITY

    @property
    def certificate(self) -> Path:
        return self.folder / CERTIFICATE

    @property
    def private_key(self) -> Path:
        return self.folder / PRIVATE_KEY

    @property
    def options(self) -> tuple[str, ...]:
        """Those of Dask's commands."""
        return (
            "--tls-ca-file", str(self.authority), "--tls-cert", str(self.certificate), "--tls-key",
            str(self.private_key),
        )  # fmt: skip


def certificates_for(address: Address, folder: Path | None) -> Certificates | None:
    """Those that an address needs. Raises `UsageError` where there are none."""
    if not address.url.startswith("tls://"):
        return None
    if folder is None:
        raise UsageError(f"{address.url} asks for a certificate. Say --certificates FOLDER ({MAKE_THEM} makes it).")
    found = Certificates(folder)
    for path in (found.authority, found.certificate, found.private_key):
        if not path.is_file():
            raise UsageError(f"{path} is missing. Copy the folder that {MAKE_THEM} has made.")
    return found


def security_of(certificates: Certificates | None) -> Any:
    """Dask's `Security`. Raises `UsageError` where the files are not what they should be."""
    from distributed.security import Security

    if certificates is None:
        return Security(require_encryption=False)
    files = {f"tls_{role}_cert": str(certificates.certificate) for role in ("client", "worker", "scheduler")}
    files |= {f"tls_{role}_key": str(certificates.private_key) for role in ("client", "worker", "scheduler")}
    security = Security(require_encryption=True, tls_ca_file=str(certificates.authority), **files)
    try:
        security.get_connection_args("client")["ssl_context"]  # reads them
    except (OSError, ValueError) as error:
        raise UsageError(f"The certificates in {certificates.folder} cannot be used: {error}.") from None
    return security
