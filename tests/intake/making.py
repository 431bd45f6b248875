"""Downloads and archives as learning systems, students and attackers make them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from grader.intake.layout import intake
from grader.intake.read import read_handed_in
from grader.intake.roster import Roster
from grader.intake.submission import Submission

Files = Mapping[str, str | bytes]


def bytes_of(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


def folder_of(path: Path, files: Files) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(bytes_of(content))
    return path


def zip_of(files: Files, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> bytes:
    """A zip; `change` may alter each entry before it is written."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            change(info)
            archive.writestr(info, bytes_of(content))
    return made.getvalue()


def zip_named_in(encoding: str, files: Files) -> bytes:
    """A zip whose names are in the encoding of some Windows, with nothing that says so."""
    codes = {name: str(place).ljust(len(name.encode(encoding)), "x") for place, name in enumerate(files)}
    made = zip_of({codes[name]: content for name, content in files.items()})
    for name, code in codes.items():
        made = made.replace(code.encode(), name.encode(encoding))
    return made


def tar_of(
    files: Files, packed: str = "", change: Callable[[tarfile.TarInfo], None] = lambda info: None, format: int = 2
) -> bytes:
    """A tar, packed with "gz", "xz", "bz2" or not at all; the same bytes whenever it is made."""
    made, inside = io.BytesIO(), "" if packed == "gz" else packed
    with tarfile.open(fileobj=made, mode=f"w:{inside}", format=format) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(bytes_of(content))
            change(info)
            archive.addfile(info, io.BytesIO(bytes_of(content)))
    # tarfile would write the time of day into a gzip's header.
    return gzip.compress(made.getvalue(), mtime=0) if packed == "gz" else made.getvalue()


def read(path: Path, *topics: str, layout: str | None = None, roster: Roster | None = None) -> dict[str, Submission]:
    """Everyone's submission."""
    found = intake(path, layout, roster).handed_in
    return {each.student: read_handed_in(each, topics or ("softmax",)) for each in found}
