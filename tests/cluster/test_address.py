"""What `--scheduler` may say: nothing that would carry submissions and hidden answers in the clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.cluster.address import Address, address_of, certificates_for, security_of
from grader.cluster.certificates import make_certificates
from grader.model.errors import UsageError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("local:4", Address(local=4)),
        ("tls://10.0.0.3:8786", Address(url="tls://10.0.0.3:8786")),
        ("tls://lab-1.example.org:1", Address(url="tls://lab-1.example.org:1")),
        ("tls://[fe80::1]:8786", Address(url="tls://[fe80::1]:8786")),
        ("tcp://127.0.0.1:8786", Address(url="tcp://127.0.0.1:8786")),
        ("tcp://localhost:8786", Address(url="tcp://localhost:8786")),
        ("tcp://[::1]:8786", Address(url="tcp://[::1]:8786")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    """Workers of this machine, a scheduler behind certificates, or one that nobody else can reach."""
    assert address_of(text) == address
    assert address.encrypted == (not text.startswith("tcp"))


@pytest.mark.parametrize(
    "text", ["tcp://10.0.0.3:8786", "tcp://lab-1:8786", "tcp://[fe80::1]:8786", "tcp://127.0.0.1.example.org:1"]
)
def test_nothing_crosses_a_network_in_the_clear(text: str) -> None:
    """It says what to do instead."""
    with pytest.raises(UsageError, match="in the clear") as caught:
        address_of(text)
    assert "d2l-grade cluster certificates" in str(caught.value)
    assert text.replace("tcp", "tls") in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "local", "local:0", "local:-1", "8786", "http://x:1", "tls://x", "ucx://x:1", "tls://a b:1"]
)
def test_what_is_no_address_is_a_line(text: str) -> None:
    """With all that may be said."""
    with pytest.raises(UsageError, match="is no scheduler") as caught:
        address_of(text)
    assert "local:4" in str(caught.value)


def test_certificates_are_asked_for_where_they_are_needed(tmp_path: Path) -> None:
    """None for a scheduler of this machine; of a folder it is said what is missing in it, or that it is none."""
    assert certificates_for(address_of("tcp://127.0.0.1:1"), tmp_path) is None
    tls = address_of("tls://10.0.0.3:8786")
    with pytest.raises(UsageError, match="Say --certificates FOLDER"):
        certificates_for(tls, None)
    made = make_certificates(tmp_path / "made")
    assert certificates_for(tls, tmp_path / "made") == made
    assert security_of(made).require_encryption
    made.private_key.write_text("-----BEGIN PRIVATE KEY-----\nnothing\n")
    with pytest.raises(UsageError, match="cannot be used"):
        security_of(made)
    made.certificate.unlink()
    with pytest.raises(UsageError, match=r"cert\.pem is missing"):
        certificates_for(tls, tmp_path / "made")
