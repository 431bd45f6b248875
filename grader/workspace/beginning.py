"""A working folder's beginning: stubs, keys, a page that says how to go on. Work that lies there is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.kits.student import key_name, packed_key, readme_of
from grader.model.keys.key import AnswerKey
from grader.workspace.stub_notebook import stub_notebook

IGNORED = """\
# What d2l-check and Python write; your own files are the ones to keep.
__pycache__/
.ipynb_checkpoints/
d2l-progress.json
plots/
reset/
"""


@dataclass(frozen=True, slots=True)
class BegunFolder:
    """What was written, and what lay there already and was left as it is."""

    written: tuple[str, ...]
    kept: tuple[str, ...]


def begin(folder: Path, key: AnswerKey, notebooks: bool = False) -> BegunFolder:
    """Writes what is not there yet: for each topic of the key its stubs and its key, a README, and a .gitignore.

    notebooks: stubs come as notebooks, `softmax.ipynb` in the place of `softmax.py`. A topic whose file of the other
    kind is there is left alone: two files of one topic could not both be handed in.
    """
    written, kept = [], []
    folder.mkdir(parents=True, exist_ok=True)
    for names, data in _files(key, notebooks):
        there = next((name for name in names if (folder / name).exists()), None)
        if there is not None:
            kept.append(there)
            continue
        (folder / names[0]).write_bytes(data)
        written.append(names[0])
    return BegunFolder(tuple(written), tuple(kept))


def _files(key: AnswerKey, notebooks: bool) -> Iterable[tuple[tuple[str, ...], bytes]]:
    """Each file: its name, then the names of files that say the same; and what is in it."""
    for topic in key.topics:
        names = (f"{topic}.py", f"{topic}.ipynb")
        functions = key.functions[topic]
        if notebooks:
            yield names[::-1], stub_notebook(topic, key.stubs[topic], functions)
        else:
            yield names, key.stubs[topic].encode()
        yield (key_name(topic),), packed_key(key.of_topics((topic,)))
    yield ("README.md",), readme_of(key.title, {topic: key.functions[topic] for topic in key.topics}, key).encode()
    yield (".gitignore",), IGNORED.encode()


def without_stubs(key: AnswerKey) -> Mapping[str, str]:
    """Topics that cannot be begun, for a key of an earlier version holds no stubs, with what to do."""
    repair = "its key was made by an earlier version: take the kit's own files, or a newer kit"
    return {topic: repair for topic in key.topics if topic not in key.stubs}
