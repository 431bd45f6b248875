"""Zip archives that we hand out: the same files, the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable
from pathlib import Path

EPOCH = (2021, 1, 1, 0, 0, 0)


def write_zip(path: Path, files: Iterable[tuple[str, bytes]], executable: Collection[str] = ()) -> None:
    """Writes files by their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if name in executable else 0o644) << 16
            archive.writestr(entry, data)
