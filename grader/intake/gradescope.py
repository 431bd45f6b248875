"""A download of Gradescope's: folders by the number of the submission, and a file that says whose they are.

submission_metadata.yml       submission_123: {:submitters: [{:name: …, :sid: …, :email: …}], :created_at: …}
submission_123/softmax.py     a group's work has several submitters: each of them gets its mark
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import yaml

from grader.intake.download import Download
from grader.intake.files import Unreadable
from grader.intake.handed_in import HandedIn
from grader.intake.moments import moment
from grader.intake.names import folded
from grader.marks.lateness import UNKNOWN, HandInTime
from grader.model.errors import UsageError
from grader.model.student import Student

METADATA = "submission_metadata.yml"
MAX_BYTES = 512 << 20  # it repeats every result of every attempt
SUBMISSION = 3  # how deep the facts of a submission lie: below the document, and below all submissions
DEPTH = 100
COUNTS = ("submitters", "created_at")
OLDER = "an older submission was left aside"
NOBODY = "Gradescope does not say whose it is"
TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[T ]+(?P<hour>\d\d:\d\d)(?::(?P<seconds>\d\d(?:\.\d+)?))?"
    r"\s*(?:(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d)?|Z|UTC|GMT)?",
    re.IGNORECASE,
)


def recognised(here: Download) -> bool:
    return METADATA in here.files


def students(here: Download) -> Iterator[HandedIn]:
    """One for each submitter, with the last submission; what nobody is said to own stands for itself."""
    facts = _metadata(here)
    latest: dict[str, HandedIn] = {}
    for folder in sorted(facts, key=lambda name: (_moment(_text(facts[name], "created_at")), _number(name), name)):
        parts = (here.folder(folder),) if folder in here.folders else ()
        submitters = tuple(_submitters(folder, facts[folder]))
        for student in submitters:
            key = folded(student.student)
            notes = (OLDER,) if key in latest else ()
            latest[key] = HandedIn(student.student, parts, student, notes, time=_time(facts[folder]))
        if not submitters:
            latest[folder] = HandedIn(folder, parts, Student(folder), (NOBODY,), time=_time(facts[folder]))
    yield from latest.values()
    for folder in here.folders:
        if folder not in facts:
            yield HandedIn(folder, (here.folder(folder),), Student(folder))


def _metadata(here: Download) -> Mapping[str, Mapping[str, Any]]:
    """Folder -> what counts of what is said of it; all as text, for student numbers begin with zeros."""
    try:
        read = _plain(here.read(METADATA, MAX_BYTES))
    except Unreadable as error:
        raise UsageError(f"{here.path}: {METADATA} {error}.") from None
    except (yaml.YAMLError, ValueError):
        read = None
    if not isinstance(read, dict):
        raise UsageError(f"{here.path}: {METADATA} is not what Gradescope writes. Download it again.")
    return {name: facts for name, facts in read.items() if isinstance(facts, dict)}


def _plain(data: bytes) -> object:
    """YAML as dicts, lists and text. A loader of PyYAML's recurses, which deep nesting makes a crash; and it would
    hold every result of every attempt, where a few facts of each submission are kept here."""
    loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    root: list[Any] = []
    stack: list[Any] = [root]
    keys: list[str | None] = [None]

    def put(value: object) -> None:
        if isinstance(stack[-1], list):
            stack[-1].append(value)
        elif keys[-1] is None:
            keys[-1] = value if isinstance(value, str) else ""
        else:
            if len(stack) != SUBMISSION or keys[-1].removeprefix(":") in COUNTS:
                stack[-1][keys[-1]] = value
            keys[-1] = None

    for event in yaml.parse(data, loader):
        if len(stack) > DEPTH:
            raise ValueError("no metadata are that deep")
        if isinstance(event, yaml.CollectionStartEvent):
            stack.append({} if isinstance(event, yaml.MappingStartEvent) else [])
            keys.append(None)
        elif isinstance(event, yaml.CollectionEndEvent):
            keys.pop()
            put(stack.pop())
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            put(getattr(event, "value", ""))
    return root[0] if root else None


def _submitters(folder: str, facts: Mapping[str, Any]) -> Iterator[Student]:
    people = facts.get(":submitters", facts.get("submitters"))
    for person in people if isinstance(people, list) else []:
        if isinstance(person, dict):
            name, email, sid = (_text(person, key) for key in ("name", "email", "sid"))
            yield Student(email or sid or name or folder, name, email, sis_id=sid)


def _time(facts: Mapping[str, Any]) -> HandInTime:
    """When it was handed in; a time without a zone is none."""
    told = moment(_text(facts, "created_at"))
    return HandInTime(told, None, "gradescope") if told else UNKNOWN


def _moment(said: str) -> Decimal:
    """A time as seconds of UTC, whatever zone it is said in; earlier than all others where it cannot be read."""
    found = TIME.fullmatch(said)
    try:
        start = datetime.fromisoformat(f"{found['day']}T{found['hour']}:00+00:00") if found else None
    except ValueError:
        start = None
    if found is None or start is None:
        return Decimal(0)
    offset = 60 * int(found["hours"] or 0) + int(found["minutes"] or 0)
    ahead = -offset if found["sign"] == "-" else offset
    return int(start.timestamp()) - 60 * ahead + Decimal(found["seconds"] or 0)


def _number(folder: str) -> int:
    """Gradescope counts submissions: of two at one time the larger number came later."""
    digits = re.search(r"\d{1,18}$", folder)
    return int(digits[0]) if digits else 0


def _text(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(f":{key}", facts.get(key))
    return value.strip() if isinstance(value, str) else ""
