"""Digests: what has not changed is not done again."""

from __future__ import annotations

import hashlib
import json


def fingerprint(parts: object) -> str:
    """A digest of plain data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
