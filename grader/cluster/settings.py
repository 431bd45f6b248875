"""Dask's settings for our schedulers, workers and clients: those of `dask.yaml`, which others may use as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

YAML = Path(__file__).with_name("dask.yaml")
ENCRYPTION = "distributed.comm.require-encryption"
OF_THE_SCHEDULER = ("distributed.admin.low-level-log-length", "distributed.scheduler.http.routes")
"""What a scheduler of somebody else should have: for flat memory, and so that nobody reads along."""


def settings(encrypted: bool = True) -> dict[str, Any]:
    """Dask's names of settings -> our values, for `dask.config.set`."""
    return dict(_flat(yaml.safe_load(YAML.read_text(encoding="utf-8")))) | {ENCRYPTION: encrypted}


def _flat(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield above + name, value
