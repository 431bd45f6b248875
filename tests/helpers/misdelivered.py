"""A class in which everybody hands in two topics, one of them as asked and the other in a way of their own."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers.downloads import Files, folder_of, tar_of, zip_of
from tests.helpers.tiny_class import BROKEN, COURSE, RIGHT, SQUARED

TRIPLE = "def triple(x):\n    return 3 * x\n"
STUB = COURSE["exercises/doubling.py"]
TWO_TOPICS = {
    **COURSE,
    "exercises/course.toml": 'name = "tiny"\ntitle = "A tiny course"\ntopics = ["doubling", "tripling"]\n',
    "exercises/tripling.py": '"""Tripling\n\nOne function about the number three.\n"""\n\nfrom torch import Tensor\n\n\n'
    'def triple(x: Tensor) -> Tensor:\n    """Triple every entry."""\n    raise NotImplementedError\n',
    "solutions/tripling/triple.py": '"""Three times."""\n\nfrom grader import Exercise, case, reference\n\n'
    "exercise = Exercise(points=1)\n\n\n@reference\ndef triple(x):\n    return 3 * x\n\n\n"
    "@case\ndef a_matrix(draw):\n    return draw.normal(3, 2)\n",
}


def cells(*sources: str) -> str:
    made = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


READ: dict[str, Files] = {
    "a copy": {"doubling (2).py": RIGHT},
    "a copy of Jupyter's": {"doubling-Copy1.py": RIGHT},
    "a copy of Drive's": {"Copy of doubling.py": RIGHT},
    "capitals": {"Doubling.PY": RIGHT},
    "a hidden ending": {"doubling.py.txt": RIGHT},
    "an ending of a browser": {"doubling.ipynb.json": cells(RIGHT)},
    "a prefix": {"hw1_doubling.py": RIGHT},
    "a suffix": {"doubling_final.py": RIGHT},
    "deep": {"a/b/c/d/e/f/g/doubling.py": RIGHT},
    "twice": {"a/doubling.py": RIGHT, "b/doubling.py": RIGHT},
    "both": {"doubling.py": RIGHT, "doubling.ipynb": cells("import torch", RIGHT)},
    "beside the stub": {"kit/doubling.py": STUB, "mine/doubling.py": RIGHT},
    "packed beside the stub": {"doubling.py": STUB, "mine.zip": zip_of({"doubling.py": RIGHT})},
}
NOT_FINAL: dict[str, Files] = {
    "two that differ": {"a/doubling.py": RIGHT, "b/doubling.py": SQUARED},
    "a copy that differs": {"doubling.py": STUB + "\n\ndouble = None\n", "doubling (2).py": RIGHT},
    "both and they differ": {"doubling.py": BROKEN, "doubling.ipynb": cells(RIGHT)},
    "another name": {"homework.py": RIGHT},
    "another name, a notebook": {"Untitled3.ipynb": cells(RIGHT)},
    "beside the stub, another name": {"doubling.py": STUB, "solution.py": RIGHT},
    "all in one": {"tripling.py": TRIPLE + RIGHT},
    "a typing error": {"dubling.py": RIGHT},
    "a document": {"doubling.docx": b"PK\x03\x04"},
    "a cut notebook": {"doubling.ipynb": cells(RIGHT)[:-9]},
    "too large": {"doubling.py": RIGHT + "#" * (2 << 20)},
    "bytes": {"doubling.py": bytes(range(256))},
    "a zip in a zip": {"hw.zip": zip_of({"in.zip": zip_of({"doubling.py": RIGHT})})},
    "a rar": {"doubling.rar": b"Rar!\x1a\x07\x01\x00"},
    "a cut zip": {"doubling.zip": zip_of({"doubling.py": RIGHT})[:-30]},
    "two in a tar": {"hw.tar": tar_of({"x/doubling.py": RIGHT, "y/doubling.py": SQUARED})},
    "a page of the web": {"doubling.py": f"<!DOCTYPE html><pre>{RIGHT}</pre>"},
    "a link": {"link.txt": "https://example.org/notebooks/doubling.ipynb\n"},
    "commented out": {"doubling.py": "".join(f"# {line}\n" for line in RIGHT.splitlines())},
    "in a class": {"doubling.py": "class Answers:\n" + "".join(f"    {line}\n" for line in RIGHT.splitlines())},
    "a cell of text": {"doubling.ipynb": cells(RIGHT).replace('"code"', '"markdown"')},
    "packed in a text": {"work.txt": zip_of({"doubling.py": RIGHT})},
    "Markdown": {"notes.md": f"```python\n{RIGHT}```\n"},
    "compiled": {"__pycache__/doubling.cpython-311.pyc": b"\xa7\r\r\n"},
}
ZERO: dict[str, Files] = {
    "nothing": {"notes.md": "I was ill."},
    "a stub": {"doubling.py": STUB},
    "a syntax error": {"doubling.py": BROKEN},
    "calls that fail": {"doubling.py": RIGHT.replace("return", "return undefined +")},
}


def hand_in_class(folder: Path) -> Path:
    for student, files in {**READ, **NOT_FINAL, **ZERO}.items():
        folder_of(folder / student, {"tripling.py": TRIPLE, **files})
    return folder


def two_topics(folder: Path) -> Path:
    return folder_of(folder, TWO_TOPICS)
