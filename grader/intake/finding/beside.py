"""A student's own modules among what was handed in: they lie in the folder of the topic's file, or below it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import PurePosixPath

from grader.intake.files import MAX_BYTES, source_text
from grader.intake.finding.source_file import SourceFile
from grader.intake.member import Member
from grader.intake.own_modules import Find, dotted, own_modules


def modules_beside(files: Mapping[str, SourceFile], listed: Sequence[Member]) -> dict[str, str]:
    """The modules that the topics' files import of what lies beside them: name -> source. Topics are none of them."""
    modules: dict[str, str] = {}
    for file in files.values():
        modules |= own_modules([file.text], _beside(file.member.path, listed))
    return {name: source for name, source in modules.items() if name not in files}


def _beside(file: PurePosixPath, members: Sequence[Member]) -> Find:
    """What finds modules among the members that lie in a file's folder, or below it."""
    modules: dict[str, Callable[[], str]] = {}
    for member in members:
        if member.path != file and not member.refused and member.path.is_relative_to(file.parent):
            modules[dotted(member.path.relative_to(file.parent))] = partial(_source_of, member)
    return lambda name: {module: read for module, read in modules.items() if module.partition(".")[0] == name}


def _source_of(member: Member) -> str:
    return source_text(member.read(MAX_BYTES))
