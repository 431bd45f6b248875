"""The seeds of keys: the public one of every kit, and secret ones."""

from __future__ import annotations

import secrets

PUBLIC_SEED = 1

SECRET_BITS = 48


def secret_seed() -> int:
    """A seed that no student knows, for hidden cases and fresh numbers."""
    return secrets.randbits(SECRET_BITS)
