"""What d2l-check receipt does: says whether a student's files are those that were graded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from grader.intake.handed_in import HandedIn, Part
from grader.intake.read import read_handed_in
from grader.model.errors import UsageError
from grader.model.printable import clean

SAME, OTHER = 0, 1
MAX_BYTES = 8 << 20
ROW = re.compile(r"^(?:\s|<pre>)*([^\W\d]\w*)  ([0-9a-f]{64})\s*$", re.MULTILINE)


def print_receipt(page: Path | None, files: Sequence[Path], folder: Path) -> int:
    """Compares the digests on a page of feedback with those of the files; without a page, prints the files' own."""
    recorded = _recorded(page) if page else {}
    topics = list(recorded) or [path.stem for path in files] or _topics_in(folder)
    digests = _digests([*files] or [folder], topics)
    if page is None:
        for topic, digest in digests.items():
            click.echo(f"{clean(topic)}  {digest}")
        return SAME
    for topic, digest in recorded.items():
        click.echo(f"{topic}: {_said(digest, digests.get(topic))}")
    return SAME if all(digests.get(topic) == digest for topic, digest in recorded.items()) else OTHER


def _said(recorded: str, here: str | None) -> str:
    if here is None:
        return "there is no such file here, so nobody can say"
    if here == recorded:
        return "this is the file that was graded"
    return f"this is NOT what was graded: {here[:12]}… here, {recorded[:12]}… graded"


def _recorded(page: Path) -> Mapping[str, str]:
    """Topic -> digest, as the feedback says. Raises `UsageError` where it says none."""
    try:
        with page.open(encoding="utf-8") as file:
            text = file.read(MAX_BYTES)
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{page} cannot be read. Name the page of feedback that you were given.") from None
    found = dict(ROW.findall(text))
    if not found:
        raise UsageError(f"{page} names no digest of what was graded. Ask your instructor for a newer one.")
    return found


def _topics_in(folder: Path) -> list[str]:
    return sorted({path.stem for path in folder.iterdir() if path.suffix in (".py", ".ipynb")})


def _digests(places: Sequence[Path], topics: Sequence[str]) -> dict[str, str]:
    """Topic -> digest, of files that are read as they are when they are graded."""
    for place in places:
        if not place.exists():
            raise UsageError(f"There is no file {place}.")
    work = HandedIn("you", tuple(Part(place) for place in places))
    return read_handed_in(work, dict.fromkeys(topics, ())).tried
