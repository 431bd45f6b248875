"""What a student gets: stubs, the key of the shown cases, and a page that says how to begin."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.archives import write_zip
from grader.course import Course, Topic
from grader.key import AnswerKey, for_students, load_key, save_key

KEY_NAME = "d2l.key"
PUBLIC_SEED = 1
SECRET_BITS = 48

_README = """\
# {title}

Fill in the functions in {files}, and check your work as often as you like:

    pip install d2l-grader
    d2l-check

`d2l-check {first}` checks one file, `d2l-check {first}.{function}` one exercise. You see what is wrong, where, and
why. When graded, the same kinds of inputs come with other numbers. Hand in your `.py` files; `{key}` stays.
"""


def secret_seed() -> int:
    """A seed that no student knows, for hidden cases and fresh numbers."""
    return secrets.randbits(SECRET_BITS)


def pack_kit(course: Course, topics: Sequence[Topic], key: AnswerKey, path: Path) -> None:
    """Writes the kit as a zip archive. `key` is cut down to what students may hold."""
    write_zip(path, _files(course, topics, key))


def write_kit(course: Course, topics: Sequence[Topic], key: AnswerKey, folder: Path) -> None:
    """Writes the kit into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in _files(course, topics, key):
        (folder / name).write_bytes(data)


def _files(course: Course, topics: Sequence[Topic], key: AnswerKey) -> list[tuple[str, bytes]]:
    names = tuple(topic.name for topic in topics)
    with TemporaryDirectory() as scratch:
        save_key(for_students(key.of_topics(names)), Path(scratch, KEY_NAME))
        packed = Path(scratch, KEY_NAME).read_bytes()
    files = ", ".join(f"`{name}.py`" for name in names)
    first = topics[0]
    readme = _README.format(
        title=course.title, files=files, first=first.name, function=first.functions[0], key=KEY_NAME
    )
    return [
        ("README.md", readme.encode()),
        (KEY_NAME, packed),
        *((topic.path.name, topic.path.read_bytes()) for topic in topics),
    ]


def built_in() -> Path | None:
    """The kit inside the installed package, if it was built with one."""
    folder = Path(__file__).parent / "data"
    return folder if (folder / KEY_NAME).is_file() else None


def find_key(folder: Path) -> AnswerKey | None:
    """The key that lies in a folder or, failing that, in the installed package."""
    for place in (folder, built_in()):
        if place and (place / KEY_NAME).is_file():
            return load_key(place / KEY_NAME)
    return None
