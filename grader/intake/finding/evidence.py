"""What is there in place of a topic's file: whatever tells that a mark of zero would rest on something unread."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from grader.intake.files import MAX_BYTES, MAX_NOTEBOOK_BYTES, Unreadable
from grader.intake.finding.choice import FileReader, Functions
from grader.intake.finding.definitions import definitions_in
from grader.intake.finding.names import (
    Likeness,
    is_code,
    likeness,
    may_be_a_document,
    may_be_packed_code,
    parts_of,
    resembles,
    topics_in,
)
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
_BINDS_UNSEEN = re.compile(r"\b(?:exec|globals?|setattr|vars|__dict__)\b")
"""What may define a function without a statement that does."""
_ADDRESS = re.compile(r"\s*https?://\S+\s*")
_OUT_OF_REACH = "in a comment, in a text, or inside something else, where no check finds it"
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


def out_of_reach(functions: Collection[str], file: SourceFile) -> str:
    """What a person has to look at where a topic's file defines none of its functions, but a comment, a text or
    something else in it does; "" otherwise. A module that does not even parse is a syntax error, and no case of this.
    """
    cells = {cell: definitions_in(cell) for cell in file.notebook.cells} if file.notebook else {}
    for cell, defined in (cells or {file.text: file.definitions}).items():
        if defined.star or _BINDS_UNSEEN.search(cell) or not {*defined.bound, *defined.in_text}.isdisjoint(functions):
            return ""
    seen = _defined_in_text(_text_of(file.member, MAX_NOTEBOOK_BYTES if file.notebook else MAX_BYTES), functions)
    return f"{file.member.said} has {_listed(seen)} only {_OUT_OF_REACH}" if seen else ""


def _sentences(
    topic: str, wanted: Functions, members: Iterable[Member], read: FileReader, file: SourceFile | None
) -> Iterator[str]:
    looked_through = size = 0
    for member in sorted(members, key=lambda each: (len(each.path.parts), str(each.path))):
        if file and member is file.member:
            continue
        if member.refused or not is_code(member.path.name):
            found = list(_by_name(topic, wanted, member, beside=file is not None))
            yield from found
            if found or member.refused or may_be_a_document(member.path.name):
                continue
        if looked_through == MAX_LOOKED_THROUGH or size > MAX_SIZE:
            yield UNSEEN
            return
        source = read(member)
        looked_through, size = looked_through + 1, size + source.size
        yield from _by_content(topic, wanted, source, beside=file is not None)


def _by_name(topic: str, wanted: Functions, member: Member, beside: bool) -> Iterator[str]:
    name = member.path.name.lower()
    if member.refused:
        if is_archive(name) or is_code(name) or resembles(name, topic) or _may_be_work(topic, wanted, member, beside):
            yield f"{member.said} {member.refused}"  # one without an ending may be a folder
    elif not name.endswith(BESIDE_A_STUB if beside else OF_A_KIT) and (
        resembles(name, topic) or _may_be_work(topic, wanted, member, beside)
    ):
        yield f"{member.said} is there, which is not read"


def _may_be_work(topic: str, wanted: Functions, member: Member, beside: bool) -> bool:
    """Whether a file that cannot be read may hold the topic's work: archives and code by any of their endings, and
    documents where the topic has no file. Not what a program has left, and not what is named after another topic."""
    name = member.path.name
    if topics_in(parts_of(name).stem, wanted) not in ([], [topic]):
        return False
    if may_be_packed_code(name):
        return "__pycache__" not in member.path.parts
    return may_be_a_document(name) and not beside and not member.hidden and not name.startswith("~$")


def _by_content(topic: str, wanted: Functions, source: SourceFile, beside: bool) -> Iterator[str]:
    name, said = source.name, source.member.said
    functions = [each for each in wanted[topic] if each not in _of_its_own_topic(name, topic, wanted)]
    if source.problem:
        if parts_of(name).endings or (is_code(name) and resembles(name, topic)):
            yield f"{said} {source.problem}"
        elif defined := _defined_in_text(_text_of(source.member), functions):
            yield f"{said} is there, which defines {_listed(defined)}"
    elif _ADDRESS.fullmatch(source.text):
        yield f"{said} is there, which holds only an address"
    elif any(each in source.text for each in functions) and (written := _written(source, functions, beside)):
        yield f"{said} is there, which defines {_listed(written)}"
    elif is_code(name) and resembles(name, topic) and not beside and not _is_handed_out(source, functions):
        yield f"{said} is there"


def _written(source: SourceFile, functions: Collection[str], beside: bool) -> Collection[str]:
    """The functions that a file defines; in a text that is no module, those that it seems to define anywhere."""
    written = source.definitions.written(functions)
    if written or beside or parts_of(source.name).is_source or _is_handed_out(source, functions):
        return written
    return _defined_in_text(source.text, functions)


def _defined_in_text(text: str, functions: Collection[str]) -> list[str]:
    """The functions that are defined somewhere in a text; a line that begins may be spelt as in JSON."""
    return [each for each in functions if re.search(rf"(?:\b|\\n\s*)(?:def|class)\s+{re.escape(each)}\b", text)]


def _text_of(member: Member, most: int = MAX_BYTES) -> str:
    """What is in a file, whatever it is; "" where it is too large or gone."""
    try:
        return member.read(most).decode("utf-8", "replace")
    except Unreadable:
        return ""


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
