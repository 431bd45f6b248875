"""Which file of a submission is a topic's: one, none, or nobody knows which.

The obvious is read: the topic's name in other capitals, copies, an ending too many, a prefix or a suffix. Files that
say the same are one file, and a stub in which nobody has written is no rival of a file in which somebody has. What is
left ambiguous or cannot be read is named, and the topic has no mark until somebody has looked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.intake.finding.definitions import same_code
from grader.intake.finding.names import Likeness, folded, likeness, parts_of
from grader.intake.finding.source_file import SourceFile
from grader.intake.member import Member

Functions = Mapping[str, Collection[str]]
"""Topic -> the names of its exercises' functions."""
FileReader = Callable[[Member], SourceFile]
NAMES = 3


@dataclass(frozen=True)
class Choice:
    """What was found of a topic: its file, or why there is none that can be read; neither where there is nothing.

    notes: what else there is to say. by_hand: a person has named the file.
    """

    file: SourceFile | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()
    by_hand: bool = False


@dataclass(frozen=True)
class _Candidate:
    likeness: Likeness
    file: SourceFile

    @property
    def order(self) -> tuple[object, ...]:
        """The nearest name first, then what lies at the top, modules, and what lies less deep."""
        path = self.file.member.path
        return self.likeness, not self.file.member.top, self.file.notebook is not None, len(path.parts), str(path)


def choose(topic: str, wanted: Functions, members: Iterable[Member], read: FileReader) -> Choice:
    """The file of a topic among these."""
    functions = wanted[topic]
    found = [(near, each) for each in members if (near := _likeness(each, topic, wanted)) is not None]
    if len(found) == 1 and found[0][0] is Likeness.SAME:
        return _chosen(topic, read(found[0][1]))
    candidates = sorted((_Candidate(near, read(each)) for near, each in found), key=lambda each: each.order)
    readable = [each for each in candidates if _counts(each, functions)]
    failed = [each.file for each in candidates if each.file.problem and each.likeness <= Likeness.VARIANT]
    if not readable:
        return _chosen(topic, failed[0]) if failed else Choice()
    rivals, aside = _rivals(readable, functions)
    distinct = _distinct(rivals, functions)
    if len(distinct) > 1:
        return Choice(problem=f"{_listed(distinct)} differ, and nobody knows which is meant; keep one")
    first = distinct[0]
    unread = _unread_beside(first, failed)
    if unread and not is_untouched(first, functions):
        return Choice(problem=f"{first.member.said} is there, and {unread.member.said} {unread.problem}; keep one")
    if unread:
        return _chosen(topic, unread)
    differing = [each for each in aside if not _same(first, each, functions) and not is_untouched(each, functions)]
    return _chosen(topic, first, differing)


def is_untouched(file: SourceFile, functions: Collection[str]) -> bool:
    """Whether nobody has written any of the functions there, as in a stub or an empty file."""
    return bool(functions) and not file.definitions.star and not file.definitions.written(functions)


def mapped(topic: str, name: str, members: Iterable[Member], read: FileReader) -> Choice | None:
    """The file that a person has named for a topic, by its path in the submission; None where it is not there."""
    wanted = [name, name.replace("\\", "/")]
    for same in (lambda path, text: path == text, lambda path, text: folded(path) == folded(text)):
        for each in members:
            if any(same(str(each.path), text) for text in wanted):
                file = read(each)
                if file.problem:
                    return Choice(problem=f"{each.said} {file.problem}", by_hand=True)
                return Choice(file, notes=(f"{each.said} is read as {topic}.py, as --map says",), by_hand=True)
    return None


def _likeness(member: Member, topic: str, wanted: Functions) -> Likeness | None:
    return None if member.hidden else likeness(member.path.name, topic, wanted)


def _counts(candidate: _Candidate, functions: Collection[str]) -> bool:
    """Whether it can be the topic's: a name that is not just the topic's is borne out by what is in the file."""
    if candidate.file.problem:
        return False
    return candidate.likeness <= Likeness.VARIANT or bool(candidate.file.definitions.written(functions))


def _rivals(candidates: Sequence[_Candidate], functions: Collection[str]) -> tuple[list[SourceFile], list[SourceFile]]:
    """Those of which one can be meant, and those that are left aside: stubs, older ones, what another one imports, and
    what lies deeper than the topic's own name at the top."""
    written = [each for each in candidates if not is_untouched(each.file, functions)] or list(candidates)
    written = [each for each in written if each.likeness < Likeness.OLD] or written
    first = written[0]
    if first.likeness is Likeness.SAME and first.file.member.top:
        written = [each for each in written if each.file.member.top]
    kept: list[SourceFile] = []
    for each in (candidate.file for candidate in written):
        if not any(parts_of(each.name).stem in map(folded, other.definitions.imports) for other in kept):
            kept.append(each)
    return kept, [each.file for each in candidates if each.file not in kept]


def _distinct(files: Sequence[SourceFile], functions: Collection[str]) -> list[SourceFile]:
    """One of each that say the same."""
    kept: list[SourceFile] = []
    for each in files:
        if not any(_same(each, other, functions) for other in kept):
            kept.append(each)
    return kept


def _same(one: SourceFile, other: SourceFile, functions: Collection[str]) -> bool:
    return one.text == other.text or same_code(one.definitions, other.definitions, functions)


def _unread_beside(chosen: SourceFile, failed: Iterable[SourceFile]) -> SourceFile | None:
    """A file of another name that may be meant as well, and cannot be read."""
    others = (each for each in failed if folded(each.name) != folded(chosen.name))
    return next((each for each in others if each.member.top or not chosen.member.top), None)


def _chosen(topic: str, file: SourceFile, aside: Sequence[SourceFile] = ()) -> Choice:
    member, notes = file.member, list[str]()
    if file.problem:
        return Choice(problem=f"{file.name} {file.problem}")
    if file.name not in (f"{topic}.py", f"{topic}.ipynb"):
        notes.append(f"{member.said} is read as {topic}.py")
    if aside:
        notes.append(f"{member.said} is read, {_listed(aside)} {'is' if len(aside) == 1 else 'are'} not")
    return Choice(file, notes=tuple(notes))


def _listed(files: Sequence[SourceFile]) -> str:
    said = [each.member.said for each in files]
    if len(said) > NAMES:
        said = [*said[: NAMES - 1], f"{len(said) - NAMES + 1:,} more"]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
