"""A course folder -> topics, stubs, pages.

    course.toml             title = "…", topics = ["broadcasting", …] in book order, [limits], tf32 = true
    exercises/<topic>.py    stubs, in book order
    exercises/book/<language>.tsv    the contents of the book that the course goes with, if there is one
    solutions/<topic>/<function>.py

Reading stubs parses them and runs nothing; `load_pages` runs pages, which are the instructor's own code.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.course.book import Books, read_books
from grader.course.limits_table import CourseLimits, read_limits
from grader.course.page import Page
from grader.course.page_loader import load_page
from grader.course.places import line_of, place_of
from grader.model.errors import PageError, UsageError, name_repair

KEYS = ("title", "name", "topics", "limits", "tf32")
StubNode = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Stub:
    """What a student finds: a function's name, parameters and docstring."""

    name: str
    parameters: tuple[str, ...]
    doc: str


@dataclass(frozen=True)
class Topic:
    """One module of stubs."""

    name: str
    title: str
    path: Path
    stubs: tuple[Stub, ...]

    @property
    def functions(self) -> tuple[str, ...]:
        return tuple(stub.name for stub in self.stubs)


@dataclass(frozen=True)
class Course:
    """A course folder, read. tf32: what it says of arithmetic on a GPU. books: the contents of its book."""

    name: str
    title: str
    folder: Path
    topics: tuple[Topic, ...]
    limits: CourseLimits = field(default_factory=CourseLimits)
    tf32: bool = False
    books: Books = field(default_factory=dict)

    @property
    def exercises(self) -> Path:
        return self.folder / "exercises"

    @property
    def solutions(self) -> Path:
        return self.folder / "solutions"

    def topic(self, name: str) -> Topic:
        """The topic of that name. Raises `UsageError` with the nearest name."""
        found = next((topic for topic in self.topics if topic.name == name), None)
        if found is None:
            raise UsageError(unknown("topic", name, [topic.name for topic in self.topics]))
        return found


def unknown(what: str, name: str, known: Iterable[str], where: str = "") -> str:
    """The sentence about a name that is not there, with the nearest that is."""
    return f"There is no {what} {name!r}{where}. {name_repair(name, list(known))}"


def read_course(folder: Path) -> Course:
    """The course in a folder. Raises `UsageError` where it is not one."""
    file = folder / "exercises" / "course.toml"
    facts = read_toml(file, folder)
    title, names = facts.get("title"), facts.get("topics")
    if not (isinstance(title, str) and isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise UsageError(f'{file} needs a title and a list of topics: title = "…", topics = ["…"].')
    strange = next((key for key in facts if key not in KEYS), None)
    if strange is not None:
        raise UsageError(f"{file}{_line(file, strange)}: there is no setting {strange!r}. {name_repair(strange, KEYS)}")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"{file}{_line(file, twice)} lists the topic {twice!r} twice. Keep one.")
    topics = tuple(_listed(file, name) for name in names)
    ids = (f"{topic.name}.{function}" for topic in topics for function in topic.functions)
    limits = read_limits(facts.get("limits", {}), ids)
    tf32 = facts.get("tf32", False)
    if not isinstance(tf32, bool):
        raise UsageError(f"{file}: tf32 is true or false, not {tf32!r}.")
    books = read_books(folder / "exercises" / "book")
    return Course(str(facts.get("name", folder.resolve().name)), title, folder, topics, limits, tf32, books)


def read_toml(file: Path, folder: Path) -> Mapping[str, Any]:
    """What a course.toml says. Raises `UsageError` where there is none, or where it is no TOML, with the line."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError:
        repair = f"Begin a course: d2l-grade new {folder}, or name another folder: --course FOLDER."
        raise UsageError(f"{folder} is not a course: it has no exercises/course.toml. {repair}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no UTF-8 text ({error.reason}). Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at ")
        line = where.removeprefix("line ").partition(",")[0]
        number = line if line.isdigit() else len(file.read_text(encoding="utf-8").splitlines())
        raise UsageError(f"{file}:{number} cannot be read: {what} at {where.removesuffix(')')}. Correct it.") from None


def _line(file: Path, word: str) -> str:
    """`:3`, where the last line of a file that has a word is its third; empty where none has."""
    lines = file.read_text(encoding="utf-8").splitlines()
    numbers = [number for number, line in enumerate(lines, 1) if re.search(rf"\b{re.escape(word)}\b", line)]
    return f":{numbers[-1]}" if numbers else ""


def _listed(file: Path, name: str) -> Topic:
    path = file.with_name(f"{name}.py")
    if not path.is_file():
        repair = f"Write it (d2l-grade new {file.parents[1]}/{name}), or take {name!r} out of topics."
        raise UsageError(f"{file}{_line(file, name)} lists the topic {name!r}, but {path} is missing. {repair}")
    return read_topic(path)


def unlisted_topics(course: Course) -> tuple[Path, ...]:
    """Modules beside the topics that course.toml does not list; a name with an underscore is that of a helper."""
    known = {topic.path.name for topic in course.topics}
    beside = sorted(course.exercises.glob("*.py"))
    return tuple(path for path in beside if path.name not in known and not path.name.startswith(("_", ".")))


def read_topic(path: Path) -> Topic:
    """The stubs in a module, in order. Names with an underscore are helpers and no exercises."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except SyntaxError as error:
        raise UsageError(f"{path}:{error.lineno} cannot be read: {error.msg}. Correct it.") from None
    except (UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}.") from None
    title = (ast.get_docstring(tree) or path.stem).splitlines()[0].rstrip(".")
    return Topic(path.stem, title, path, tuple(map(_stub, _definitions(tree, path))))


def _definitions(tree: ast.Module, path: Path) -> Iterable[StubNode]:
    """The functions and classes that are stubs. Raises `UsageError` where two have one name."""
    lines: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, StubNode) and not node.name.startswith("_"):
            if node.name in lines:
                first = lines[node.name]
                raise UsageError(f"{path} has two stubs {node.name}, in lines {first} and {node.lineno}. Keep one.")
            lines[node.name] = node.lineno
            yield node


def _stub(node: StubNode) -> Stub:
    doc = ast.get_docstring(node) or ""
    if isinstance(node, ast.ClassDef):
        return Stub(node.name, (), doc)
    parameters = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    return Stub(node.name, tuple(parameter.arg for parameter in parameters), doc)


def load_pages(course: Course, topics: Iterable[str] = (), functions: Iterable[str] = ()) -> tuple[Page, ...]:
    """The pages of these topics, or of these functions of them (all if none is named), in the order of the stubs."""
    wanted, chosen = tuple(topics) or tuple(topic.name for topic in course.topics), tuple(functions)
    pages = []
    for topic in map(course.topic, wanted):
        for stray in stray_pages(course, topic):
            repair = f"Add {stray.stem} to {place_of(topic.path)}, or remove the page."
            raise PageError(f"{place_of(stray)} has no stub. {repair}")
        names = [name for name in topic.functions if name in chosen or not chosen]
        pages += [page_of(course, topic, name) for name in names]
    return tuple(pages)


def page_of(course: Course, topic: Topic, name: str) -> Page:
    """The page of one stub. Raises `PageError` where it is missing, cannot be loaded, or has another name."""
    path = course.solutions / topic.name / f"{name}.py"
    if not path.is_file():
        where = place_of(topic.path, line_of(topic.path, name))
        raise PageError(f"{where}: {name} has no page. Write {place_of(path)} (d2l-grade new does).")
    page = load_page(path, topic.name)
    if page.name != name:
        where = place_of(path, line_of(path, page.name))
        raise PageError(f"{where}: the reference is called {page.name}. Call it {name}.")
    return page


def stray_pages(course: Course, topic: Topic) -> tuple[Path, ...]:
    """Pages of a topic that have no stub."""
    pages = sorted((course.solutions / topic.name).glob("*.py"))
    return tuple(path for path in pages if not path.stem.startswith("_") and path.stem not in topic.functions)
