"""What a student has handed in -> Submission: the topics' files, wherever they lie and whatever they are called."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from grader.intake.files import Unreadable
from grader.intake.finding.beside import modules_beside
from grader.intake.finding.choice import Choice, FileReader, Functions, choose, is_untouched, mapped
from grader.intake.finding.evidence import instead_of, out_of_reach
from grader.intake.finding.source_file import read_source_file
from grader.intake.handed_in import HandedIn, Part
from grader.intake.listing import members_of, opened, split
from grader.intake.member import Member
from grader.intake.submission import Submission
from grader.model.printable import one_line

NOTES = 3


def read_handed_in(one: HandedIn, wanted: Functions) -> Submission:
    """The submission of a student; one that cannot be read at all says why.

    wanted: topic -> the functions of its exercises, by which a file of another name is recognised.
    """
    try:
        found = members_of(one.parts)
    except Unreadable as error:
        return unreadable(one.student, error)
    return read_members(one, found, wanted)


def unreadable(student: str, error: Unreadable) -> Submission:
    """The submission of a student whose files cannot even be listed."""
    return Submission(student, {}, problem=f"the folder {error}")


def read_members(one: HandedIn, found: Sequence[Member], wanted: Functions) -> Submission:
    """The same, from its files, wherever they lie by now."""
    files, archives = split(found)
    read: FileReader = cache(read_source_file)
    choices, listed = _choices(one, wanted, files, archives, read)
    if not one.notes and all(each.hidden for each in found) and all(each == Choice() for each in choices.values()):
        return Submission(one.student, {}, problem="nothing was handed in", absent=True)
    return _submission(one, choices, listed)


def read_submission(folder: Path, wanted: Functions) -> Submission:
    """The topics' files in one student's folder."""
    return read_handed_in(HandedIn(folder.name, (Part(folder),)), wanted)


def _choices(
    one: HandedIn, wanted: Functions, files: Sequence[Member], archives: Sequence[Member], read: FileReader
) -> tuple[dict[str, Choice], Sequence[Member]]:
    """Topic -> what was found of it, and all that was looked at: archives are opened where a topic is not beside
    them."""
    by_hand, several = dict(one.mapped), len(files) + len(archives) > 1
    choices = {topic: _choice(topic, wanted, files, read, by_hand.get(topic)) for topic in wanted}
    open_ = [topic for topic, choice in choices.items() if _is_open(choice, wanted[topic], several)]
    if open_ and archives:
        files = [*files, *opened(archives)]
        choices |= {topic: _choice(topic, wanted, files, read, by_hand.get(topic)) for topic in open_}
    for topic in open_:
        choice = choices[topic]
        if _is_open(choice, wanted[topic], several) and (said := instead_of(topic, wanted, files, read, choice.file)):
            choices[topic] = Choice(problem=said, notes=choice.notes)
    for topic, choice in choices.items():
        if choice.file and not choice.by_hand and (said := out_of_reach(wanted[topic], choice.file)):
            choices[topic] = Choice(problem=said, notes=choice.notes)
    return choices, files


def _choice(topic: str, wanted: Functions, files: Sequence[Member], read: FileReader, by_hand: str | None) -> Choice:
    """The file that a person has named, if any; else the one that is found."""
    if by_hand is None:
        return choose(topic, wanted, files, read)
    if choice := mapped(topic, by_hand, files, read):
        return choice
    choice = choose(topic, wanted, files, read)
    return replace(choice, notes=(*choice.notes, f"{one_line(by_hand)}, which --map names for {topic}, is not there"))


def _is_open(choice: Choice, functions: Collection[str], several: bool) -> bool:
    """Whether the topic's file may be elsewhere: none was found, or one of several in which nobody has written."""
    if choice.problem or choice.by_hand:
        return False
    return choice.file is None or (several and is_untouched(choice.file, functions))


def _submission(one: HandedIn, choices: Mapping[str, Choice], listed: Sequence[Member]) -> Submission:
    files = {topic: choice.file for topic, choice in choices.items() if choice.file and not choice.problem}
    problems = {topic: choice.problem for topic, choice in choices.items() if choice.problem}
    refused = _refusals(listed, problems.values())
    notes = (*one.notes, *(note for choice in choices.values() for note in choice.notes), *refused)
    lacking = [topic for topic in choices if topic not in files and topic not in problems]
    nothing = [f"there is no {' or '.join(f'{topic}.py' for topic in lacking)}"] if lacking else []
    problem = None if files else "; ".join(dict.fromkeys((*notes, *problems.values(), *nothing)))
    return Submission(
        one.student,
        {topic: file.text for topic, file in files.items()},
        problems,
        problem,
        notebooks={topic: file.notebook for topic, file in files.items() if file.notebook},
        notes=notes,
        empty=not files and not problems and not notes,
        own=modules_beside(files, listed),
    )


def _refusals(listed: Iterable[Member], said: Iterable[str]) -> list[str]:
    """A sentence for each file that was refused and is not spoken of yet, or for the first of many."""
    spoken = "; ".join(said)
    refused = [each for each in listed if each.refused and f"{each.path.name} {each.refused}" not in spoken]
    sentences = [f"{each.said} {each.refused}" for each in refused]
    return sentences if len(refused) <= NOTES else [*sentences[:NOTES], f"{len(refused) - NOTES:,} more were refused"]
