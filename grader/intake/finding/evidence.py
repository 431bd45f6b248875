"""What is there in place of a topic's file: whatever tells that a mark of zero would rest on something unread."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from grader.intake.finding.choice import FileReader, Functions
from grader.intake.finding.names import Likeness, is_code, likeness, parts_of, resembles
from grader.intake.finding.source_file import SourceFile
from grader.intake.member import Member, is_archive

MAX_LOOKED_THROUGH = 1000
MAX_SIZE = 32 << 20
MOST_SAID = 3
OF_A_KIT = (".key",)
BESIDE_A_STUB = (
    *OF_A_KIT,
    ".pyc",
    ".pyo",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".svg",
    ".csv",
    ".log",
)  # where there is a file
UNSEEN = "there are more files than are looked through"


def instead_of(
    topic: str, wanted: Functions, members: Iterable[Member], read: FileReader, file: SourceFile | None
) -> str:
    """What a person has to look at, in a sentence; "" where nothing is like the topic.

    file: the topic's, in which nobody has written; None where there is none.
    """
    said = list(dict.fromkeys(_sentences(topic, wanted, members, read, file)))
    if not said:
        return ""
    head = f"no function of {topic} is written in {file.member.said}" if file else f"there is no {topic}.py"
    more = [f"{len(said) - MOST_SAID:,} more are like these"] if len(said) > MOST_SAID else []
    return "; ".join([head, *said[:MOST_SAID], *more])


def _sentences(
    topic: str, wanted: Functions, members: Iterable[Member], read: FileReader, file: SourceFile | None
) -> Iterator[str]:
    looked_through = size = 0
    for member in sorted(members, key=lambda each: (len(each.path.parts), str(each.path))):
        if file and member is file.member:
            continue
        if member.refused or not is_code(member.path.name):
            yield from _by_name(topic, member, beside=file is not None)
            continue
        if looked_through == MAX_LOOKED_THROUGH or size > MAX_SIZE:
            yield UNSEEN
            return
        source = read(member)
        looked_through, size = looked_through + 1, size + source.size
        yield from _by_content(topic, wanted, source, beside=file is not None)


def _by_name(topic: str, member: Member, beside: bool) -> Iterator[str]:
    name = member.path.name.lower()
    if member.refused:
        if is_archive(name) or is_code(name) or resembles(name, topic):  # one without an ending may be a folder
            yield f"{member.said} {member.refused}"
    elif resembles(name, topic) and not is_archive(name) and not name.endswith(BESIDE_A_STUB if beside else OF_A_KIT):
        yield f"{member.said} is there, which is not read"


def _by_content(topic: str, wanted: Functions, source: SourceFile, beside: bool) -> Iterator[str]:
    name, said = source.name, source.member.said
    functions = [each for each in wanted[topic] if each not in _of_its_own_topic(name, topic, wanted)]
    if source.problem:
        if parts_of(name).is_source or resembles(name, topic):
            yield f"{said} {source.problem}"
    elif any(each in source.text for each in functions) and (written := source.definitions.written(functions)):
        yield f"{said} is there, which defines {_listed(written)}"
    elif resembles(name, topic) and not beside and not _is_handed_out(source, functions):
        yield f"{said} is there"


def _is_handed_out(source: SourceFile, functions: Collection[str]) -> bool:
    """Whether it holds functions of the topic, in which nobody has written."""
    return any(each in source.definitions.bound for each in functions)


def _of_its_own_topic(name: str, topic: str, wanted: Functions) -> Collection[str]:
    """The functions that another topic asks for in a file of this name."""
    others = (each for each in wanted if each != topic)
    mine = [each for each in others if likeness(name, each, wanted) in (Likeness.SAME, Likeness.VARIANT)]
    return frozenset(function for each in mine for function in wanted[each])


def _listed(names: Collection[str]) -> str:
    said = list(names)
    if len(said) > MOST_SAID:
        said = [*said[: MOST_SAID - 1], f"{len(said) - MOST_SAID + 1} more"]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
