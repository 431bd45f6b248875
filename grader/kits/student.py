"""What a student gets: stubs, the keys of the shown cases, and a page that says how to begin.

A key is of one topic and called after it, `d2l-softmax.key`. So kits of several weeks lie in one folder, and a newer
kit takes the place of an older one topic by topic, as its stubs do. `d2l.key`, which earlier kits had, counts for the
topics that have no key of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.kits.zip import write_zip
from grader.model.keys.key import AnswerKey, for_students
from grader.model.keys.key_file import load_key, save_key
from grader.model.limits import Limits

SHARED_KEY, OWN_KEYS = "d2l.key", "d2l-*.key"

_README = """\
# {title}

{about}Fill in the functions in {files}, and check your work as often as you like. You need Python 3.11 or
newer and, best of all, an environment of its own: `python3 -m venv .venv`, then `. .venv/bin/activate` (on Windows
`.venv\\Scripts\\activate`). Then

    {install}
    d2l-check
    d2l-check --watch

Where torch is missing, pip fetches it. A build for the CPU is enough, and much smaller: https://pytorch.org says how.

`d2l-check {first}` checks one file, `d2l-check {first}.{function}` one exercise. You see what is wrong, where, and why.
`--watch` checks what you work on whenever you save it; press h for a hint, n for the next exercise, q to quit.

- `d2l-check hint {function}` says one step more each time: what to write instead, then where to read in the book.
- `d2l-check explain NAME` shows a known mistake in numbers; `d2l-check list` shows how far you are.
- `d2l-check reset {function}` puts the stub back, and keeps what you had in the folder `reset`.
- In a notebook that holds your functions, `from grader import check`, then `check({function})`;
  `d2l-check init --notebooks` makes one. Where an editor runs `pytest`, each check is a test.
- `d2l-check --show-output` shows what your code prints.

When graded, the same kinds of inputs come with other numbers. Hand in your `.py` files; the `.key` files, `reset` and
`d2l-progress.json` stay.

Your code is given Python, NumPy and torch. {library}Your code is allowed no files,
threads, other processes or network, here as where it is graded. Modules of your own may lie beside it: `d2l-check`
names those that you must hand in too. A line that fails costs no function above or below it, and is named;
only of a file with a syntax error Python reads nothing.

Kits of other weeks may be unpacked into the same folder: each topic has a key of its own, and all of them are checked.
{reading}"""
_OF_THE_BOOK = """\
The book's `from d2l import torch as d2l` is not installed where it is
graded: write your functions without it, or copy into your file what you use of it. """
FROM_WHEEL, FROM_COURSE = (
    "pip install ./{wheel}",
    "pip install d2l-grader          # or the wheel that your course gives you",
)
REPAIR = "Unpack your kit again; where the file is in no kit of yours, remove it."


def pack_kit(key: AnswerKey, path: Path, wheel: Path | None = None, about: Sequence[str] = ()) -> None:
    """Writes the kit of the key's topics as a zip archive. The key, which holds their stubs, is cut down to what
    students may hold.

    wheel: a wheel of this package that lies in the kit, so that it can be installed without an index that has it.
    about: what holds for the assignment, in sentences.
    """
    carried = [(wheel.name, wheel.read_bytes())] if wheel else []
    write_zip(path, [*_files(key, wheel.name if wheel else "", about), *carried])


def write_kit(key: AnswerKey, folder: Path) -> None:
    """Writes the kit of the key's topics into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in _files(key):
        (folder / name).write_bytes(data)


def _files(key: AnswerKey, wheel: str = "", about: Sequence[str] = ()) -> list[tuple[str, bytes]]:
    return [
        ("README.md", readme_of(key.title, key.functions, key, wheel, about).encode()),
        *((key_name(name), packed_key(for_students(key.of_topics((name,))))) for name in key.topics),
        *((f"{name}.py", key.stubs[name].encode()) for name in key.topics),
    ]


def readme_of(
    title: str, functions: Mapping[str, Sequence[str]], key: AnswerKey, wheel: str = "", about: Sequence[str] = ()
) -> str:
    """What a student reads first. functions: those of each topic. wheel: the file to install from, if it is there.
    about: what holds for the assignment."""
    files = ", ".join(f"`{name}.py`" for name in functions)
    first, (function, *_) = next(iter(functions.items()))
    install = FROM_WHEEL.format(wheel=wheel) if wheel else FROM_COURSE
    return _README.format(
        title=title,
        files=files,
        first=first,
        function=function,
        install=install,
        reading=_reading(functions, key),
        about="".join(f"- {sentence}\n" for sentence in about) + "\n" if about else "",
        library=_OF_THE_BOOK if any(key.sections.values()) else "",
    )


def _reading(functions: Mapping[str, Sequence[str]], key: AnswerKey) -> str:
    """Where in the book each topic is; empty where its course has none."""
    lines = []
    for topic in functions:
        named = [key.sections.get(exercise.id, {}) for exercise in key.exercises if exercise.topic == topic]
        found = dict.fromkeys(section for sections in named for section in sections.values())
        links = ", ".join(f"[{section.number} {section.title}]({section.address})" for section in found)
        lines += [f"- {topic}: {links}"] if links else []
    return "\n".join(["", "In the book:", "", *lines, ""]) if lines else ""


def packed_key(key: AnswerKey) -> bytes:
    """A key as the bytes of its file."""
    with TemporaryDirectory() as scratch:
        save_key(key, Path(scratch, SHARED_KEY))
        return Path(scratch, SHARED_KEY).read_bytes()


def key_name(topic: str) -> str:
    """Gives the file name of a topic's key."""
    return OWN_KEYS.replace("*", topic)


def key_files(folder: Path) -> list[Path]:
    """The keys that lie in a folder, those that count less first."""
    shared = folder / SHARED_KEY
    return [*([shared] if shared.is_file() else []), *sorted(filter(Path.is_file, folder.glob(OWN_KEYS)))]


def built_in() -> Path | None:
    """The kit inside the installed package, if it was built with one."""
    folder = Path(__file__).parents[1] / "data"
    return folder if key_files(folder) else None


def find_keys(folder: Path) -> list[Path]:
    """The keys that lie in a folder or, failing that, in the installed package."""
    inside = built_in()
    return key_files(folder) or (key_files(inside) if inside else [])


def load_keys(files: Iterable[Path]) -> AnswerKey:
    """The key of all topics of these files, in the order of their course.

    Where several hold a topic, the file that is called after it counts, or else the first. Raises `KeyFileError` where
    one of the files cannot be read: nobody is to check less than they believe.
    """
    of_topic: dict[str, AnswerKey] = {}
    for path in files:
        key = load_key(path, REPAIR)
        for topic in key.topics:
            if topic not in of_topic or path.name == key_name(topic):
                of_topic[topic] = key.of_topics((topic,))
    return _together(of_topic)


def _together(of_topic: Mapping[str, AnswerKey]) -> AnswerKey:
    """One key of the keys of several topics, which may be of several courses; the most generous limits are taken."""
    keys = list(of_topic.values())
    courses = list(dict.fromkeys(key.course for key in keys))
    ordered = sorted(
        of_topic.items(), key=lambda each: (courses.index(each[1].course), each[1].chapters.get(each[0], 0))
    )
    named = dict.fromkeys(name for key in keys for name in key.limits)
    limits = {name: max(key.limits.get(name, _DEFAULTS[name]) for key in keys) for name in named}
    return replace(
        keys[0],
        course=", ".join(courses),
        title=", ".join(dict.fromkeys(key.title for key in keys)),
        exercises=tuple(exercise for _, key in ordered for exercise in key.exercises),
        limits=limits,
        tf32=all(key.tf32 for key in keys),
        chapters={topic: place for place, (topic, _) in enumerate(ordered)},
        stubs={topic: key.stubs[topic] for topic, key in ordered if topic in key.stubs},
        sections={id: section for _, key in ordered for id, section in key.sections.items()},
    )


_DEFAULTS: Mapping[str, float] = asdict(Limits())
