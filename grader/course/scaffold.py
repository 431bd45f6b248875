"""A course, a topic, an exercise to begin with. Nothing that is there is replaced; stubs and topics are added to it."""

from __future__ import annotations

import ast
import keyword
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.course import templates
from grader.course.course import read_toml, read_topic
from grader.model.errors import UsageError
from grader.model.value import Library

EXAMPLE = "example"
RESERVED = ("exercises", "solutions", "book")
_TOPICS = re.compile(r"^(topics\s*=\s*\[)([^\]]*)(\])", re.MULTILINE)


@dataclass(frozen=True)
class NewPlace:
    """What is to be made: a course's folder, a topic of it, an exercise of that."""

    course: Path
    topic: str
    exercise: str


def new_place_of(path: Path) -> NewPlace:
    """COURSE, COURSE/TOPIC or COURSE/TOPIC/EXERCISE. Raises `UsageError` where a part cannot be one.

    The course is the one around the path; where there is none, the first folder that is not there yet.
    """
    whole = path.resolve()
    around = next((each for each in (whole, *whole.parents) if (each / "exercises" / "course.toml").is_file()), None)
    new = next((each for each in reversed((whole, *whole.parents)) if not each.exists()), whole)
    course = around or new
    parts = whole.relative_to(course).parts
    if len(parts) > 2:
        raise UsageError(f"{path} names more than COURSE/TOPIC/EXERCISE.")
    topic, exercise = (*parts, EXAMPLE, EXAMPLE)[0], (*parts[1:], EXAMPLE)[0]
    for what, name in (("topic", topic), ("exercise", exercise)):
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or name in RESERVED:
            repair = "Take a name of Python's, as in my_topic: letters, digits and _, no digit first."
            raise UsageError(f"No {what} can be called {name!r}. {repair}")
    if around and not parts:
        raise UsageError(f"{path} is a course already. Add to it: d2l-grade new {path}/TOPIC/EXERCISE.")
    return NewPlace(course, topic, exercise)


def scaffold(place: NewPlace, library: Library = "torch") -> Mapping[Path, str]:
    """Every file that is new or changed, with its text. Raises `UsageError` where the exercise is there already."""
    exercises, solutions = place.course / "exercises", place.course / "solutions"
    stubs, page = exercises / f"{place.topic}.py", solutions / place.topic / f"{place.exercise}.py"
    if page.exists() or (stubs.exists() and place.exercise in read_topic(stubs).functions):
        raise UsageError(f"{place.topic}.{place.exercise} is there already. Take another name.")
    words = {"name": place.exercise, **templates.WORDS[library]}
    module = stubs.read_text(encoding="utf-8") if stubs.exists() else _new_topic(place.topic)
    return {
        **_course_files(place),
        stubs: _with_imports(module, library).rstrip() + "\n" + templates.STUB.format(**words),
        page: templates.PAGE.format(**words),
    }


def _course_files(place: NewPlace) -> Mapping[Path, str]:
    file = place.course / "exercises" / "course.toml"
    if not file.exists():
        text = templates.COURSE.format(title=_title(place.course.name))
        return {file: _listing(text, place.topic, file), place.course / ".gitignore": ".cache/\n"}
    topics = read_toml(file, place.course).get("topics", [])
    text = file.read_text(encoding="utf-8")
    return {} if place.topic in topics else {file: _listing(text, place.topic, file)}


def _listing(text: str, topic: str, file: Path) -> str:
    """The text of a course.toml with one more topic, and everything else, comments too, as it was."""

    def added(found: re.Match[str]) -> str:
        start, names, end = found.groups()
        comma = "" if not names.strip() or names.rstrip().endswith(",") else ", "
        if "\n" in names:
            last = names.rstrip().rpartition("\n")[2].partition("#")[0].rstrip()
            if not last.endswith(","):
                return found[0]  # the comma would have to go before a comment
            return f'{start}{names.rstrip()}\n    "{topic}",\n{end}'
        return f'{start}{names}{comma}"{topic}"{end}'

    before, listed = tomllib.loads(text).get("topics", []), _TOPICS.sub(added, text, count=1)
    try:
        after = tomllib.loads(listed).get("topics", [])
    except tomllib.TOMLDecodeError:
        after = before
    if after != [*before, topic]:
        raise UsageError(
            f'{file} is written in a way that is not changed from here. Add "{topic}" to its topics first.'
        )
    return listed


def _new_topic(name: str) -> str:
    return templates.TOPIC.format(title=_title(name))


def _title(name: str) -> str:
    return re.sub(r"[_\W]+", " ", name).strip().capitalize() or "A course"


def _with_imports(module: str, library: Library) -> str:
    """The text of a module with what a stub needs imported, below its docstring or its last import."""
    tree = ast.parse(module)
    there = {ast.unparse(node) for node in tree.body}
    missing = [line for line in templates.IMPORTS[library] if line not in there]
    if not missing:
        return module
    imports = [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    docstring = tree.body[:1] if ast.get_docstring(tree) else []
    above = (imports or docstring)[-1:]
    end = (above[0].end_lineno or 0) if above else 0
    lines = module.splitlines()
    gap = [] if imports else [""]
    return "\n".join([*lines[:end], *gap, *missing, *lines[end:]]) + "\n"
