"""A course folder -> topics, stubs, pages.

    course.toml             title = "…", topics = ["broadcasting", …] in book order, [limits], tf32 = true
    exercises/<topic>.py    stubs, in book order
    exercises/book/<language>.tsv    the contents of the book that the course goes with, if there is one
    solutions/<topic>/<function>.py

Reading stubs parses them and runs nothing; `load_pages` runs pages, which are the instructor's own code.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from grader.course.book import Books, read_books
from grader.course.limits_table import CourseLimits, read_limits
from grader.course.page import Page
from grader.course.page_loader import load_page
from grader.model.errors import PageError, UsageError, name_repair

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
    try:
        facts = tomllib.loads(file.read_text(encoding="utf-8"))
        title, names = str(facts["title"]), [str(name) for name in facts["topics"]]
    except OSError:
        raise UsageError(f"{folder} is not a course: it has no exercises/course.toml.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise UsageError(f"{file} needs a title and a list of topics ({error}).") from None
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UsageError(f"{file} lists the topic {twice!r} twice. Keep one.")
    topics = tuple(read_topic(folder / "exercises" / f"{name}.py") for name in names)
    ids = (f"{topic.name}.{function}" for topic in topics for function in topic.functions)
    limits = read_limits(facts.get("limits", {}), ids)
    tf32 = facts.get("tf32", False)
    if not isinstance(tf32, bool):
        raise UsageError(f"{file}: tf32 is true or false, not {tf32!r}.")
    books = read_books(folder / "exercises" / "book")
    return Course(str(facts.get("name", folder.resolve().name)), title, folder, topics, limits, tf32, books)


def read_topic(path: Path) -> Topic:
    """The stubs in a module, in order. Names with an underscore are helpers and no exercises."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except OSError:
        raise UsageError(f"{path} is missing: course.toml lists the topic {path.stem!r}.") from None
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
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
        folder = course.solutions / topic.name
        _no_page_without_stub(folder, topic)
        for name in [each for each in topic.functions if each in chosen or not chosen]:
            path = folder / f"{name}.py"
            if not path.is_file():
                raise PageError(f"{topic.path}: {name} has no page. Write {path}.")
            page = load_page(path, topic.name)
            if page.name != name:
                raise PageError(f"{path}: the reference is called {page.name}. Call it {name}.")
            pages.append(page)
    return tuple(pages)


def _no_page_without_stub(folder: Path, topic: Topic) -> None:
    stems = {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}
    stray = sorted(stems - set(topic.functions))
    if stray:
        raise PageError(f"{folder / stray[0]}.py has no stub. Add {stray[0]} to {topic.path}, or remove the page.")
