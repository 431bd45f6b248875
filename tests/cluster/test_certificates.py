"""Without a certificate of the cluster nobody gets anything out of it, whatever they speak."""

from __future__ import annotations

import asyncio
import socket
import ssl
import stat
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import dask
import pytest
from distributed import Client, Scheduler, Worker
from distributed.security import Security

from grader.cluster.address import Certificates, security_of
from grader.cluster.certificates import make_certificates
from grader.cluster.settings import settings
from grader.model.errors import UsageError

PATIENCE = 120.0  # for those that get in: a machine may be busy


def test_they_are_for_their_owner_alone_and_never_replaced(tmp_path: Path) -> None:
    """Whoever reads the private key is in; and whoever makes new ones beside old ones would lock machines out."""
    made = make_certificates(tmp_path / "certificates")
    files = sorted(path for path in made.folder.iterdir())
    assert [path.name for path in files] == ["ca.pem", "cert.pem", "key.pem"], "the authority's key is not kept"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700
    with pytest.raises(UsageError, match=r"ca\.pem, cert\.pem, key\.pem already"):
        make_certificates(made.folder)


async def tried(url: str, security: Security, seconds: float = 2.0) -> str:
    """What a client sees that speaks to a scheduler for so long: "in", or its error."""
    try:
        async with Client(url, security=security, asynchronous=True, timeout=seconds, set_as_default=False):
            return "in"
    except (OSError, TimeoutError) as error:
        return f"{error} {error.__cause__}"


def spoken(port: int, context: ssl.SSLContext | None) -> str:
    """What comes back on the raw port, in the clear or within TLS."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as plain:
        try:
            with context.wrap_socket(plain) if context else plain as line:
                if context is None:  # within TLS the alert is there to be read, unless what we send meets a closed line
                    line.sendall(b"hello" * 10)
                return repr(line.recv(100))
        except (OSError, TimeoutError) as error:
            return str(error)


def browsed(port: int, path: str) -> int:
    """The status of a page of the port for browsers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=PATIENCE) as page:
            return int(page.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def without_certificate() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def test_nobody_gets_in_without_one(tmp_path: Path) -> None:
    """A client with the folder is in. One that speaks in the clear, one with a certificate of another authority, and
    one with none get nothing, and neither does a worker with another certificate; what they see is named."""
    ours = security_of(make_certificates(tmp_path / "ours"))
    others = make_certificates(tmp_path / "others")
    mixed = make_certificates(tmp_path / "mixed")
    mixed.authority.write_bytes((tmp_path / "ours" / "ca.pem").read_bytes())

    async def all_of_them() -> dict[str, Any]:
        with dask.config.set(settings()):
            async with Scheduler(
                host="127.0.0.1",
                port=0,
                protocol="tls",
                security=ours,
                dashboard_address="127.0.0.1:0",
                dashboard=False,
            ) as scheduler:
                port = int(scheduler.address.rpartition(":")[2])
                http = scheduler.http_server.port
                seen: dict[str, Any] = {
                    "ours": await tried(scheduler.address, ours, PATIENCE),
                    "in the clear": await tried(f"tcp://127.0.0.1:{port}", Security(require_encryption=False)),
                    "another authority": await tried(scheduler.address, security_of(others)),
                    "its authority, another certificate": await tried(scheduler.address, security_of(mixed)),
                    "no TLS": await asyncio.to_thread(spoken, port, None),
                    "no certificate": await asyncio.to_thread(spoken, port, without_certificate()),
                    "pages": [
                        await asyncio.to_thread(browsed, http, path)
                        for path in ("/", "/status", "/health", "/info/main/workers.html", "/json/identity.json")
                    ],
                    "a worker": await _worker(scheduler.address, mixed, tmp_path),
                    "a worker of ours": await _worker(
                        scheduler.address, Certificates(tmp_path / "ours"), tmp_path, PATIENCE
                    ),
                    "workers": len(scheduler.workers),
                }
                return seen

    seen = asyncio.run(all_of_them())
    assert seen.pop("ours") == seen.pop("a worker of ours") == "in"
    assert seen.pop("pages") == [404] * 5, "beside the encrypted port there is one for browsers"
    assert seen.pop("workers") == 0
    assert seen.pop("no TLS") in ("b''", "[Errno 104] Connection reset by peer")
    assert "CERTIFICATE_REQUIRED" in seen.pop("no certificate").upper().replace(" ", "_")
    for who, error in seen.items():
        assert error != "in", who


async def _worker(url: str, certificates: Certificates, folder: Path, seconds: float = 2.0) -> str:
    """What a worker sees: "in", or its error."""
    worker = Worker(
        url, nthreads=1, security=security_of(certificates), local_directory=str(folder), dashboard=False,
        death_timeout=seconds,
    )  # fmt: skip
    try:
        async with worker:
            return "in"
    except (OSError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}"
