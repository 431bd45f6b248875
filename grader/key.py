"""An answer key: everything that judging needs, as plain data in one file.

The file is safetensors: the arrays, and one JSON document as metadata, with a checksum of all of it. It holds no source
but drivers, and, in an instructor's key, stand-ins. Loading one runs nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

import grader
from grader.errors import KeyFileError
from grader.question import Question
from grader.sealed import UNSEALED, is_intact, sealed
from grader.statistic import Law
from grader.tree import NotAValue, checked_array, decode, encode, storage_size
from grader.value import Array, Value

FORMAT = 2  # 1 had no checksum


@dataclass(frozen=True, slots=True)
class Expected:
    """One leaf of the right answer.

    kind: tensor, float, int, bool, or exact (None, text, dtype, device).
    truth: float64 numbers for floating leaves, exact ones otherwise; None in a random leaf, where only
        kind, dtype and shape are judged here and laws judge the numbers.
    budget: the largest error of a right answer; None where only equality will do.
    aspect: what this leaf says something about; all but `type` and `mutation` belong to the case's check.
    """

    path: str
    kind: str
    dtype: str | None
    shape: tuple[int, ...]
    truth: Value
    budget: float | None
    random: bool = False
    aspect: str = "value"


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a misconception says to one question, where that is wrong.

    failed: the exception's signature, if it raises one. leaves: path -> wrong leaf. clouds: law statistic
    -> (mean, standard deviation, share of seeds that violate the law). flags: the checks it fails without a wrong
    leaf (mutation, state, vectorised, …). returned: it answers where an error was due.
    """

    failed: str | None = None
    leaves: Mapping[str, Value] = field(default_factory=dict)
    clouds: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    returned: bool = False

    def __bool__(self) -> bool:
        return bool(
            self.failed or self.leaves or self.flags or self.returned or any(c[2] > 0 for c in self.clouds.values())
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One question with what is true of its answer.

    purpose: value, gradient, few or many (examples), or device: a case once more, on the simulated device.
    """

    case: str
    check: str
    shown: bool
    purpose: str
    dtype: str | None
    question: Question
    expected: tuple[Expected, ...] = ()
    laws: tuple[Law, ...] = ()
    raises: str | None = None
    mistakes: Mapping[str, Mistake] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """What points are given for. Form is what a thoughtless answer passes; the rest is substance."""

    name: str
    aspect: str
    weight: float
    shown: bool
    form: bool = False


@dataclass(frozen=True)
class ExerciseKey:
    """The key of one exercise. limits: those of `sandbox.limits` that are its own."""

    id: str
    points: float
    parameters: tuple[str, ...]
    checks: tuple[Check, ...]
    entries: tuple[Entry, ...]
    hints: Mapping[str, str] = field(default_factory=dict)
    forbid: tuple[str, ...] = ()
    forbid_reason: str = ""
    mutates: tuple[str, ...] = ()
    global_random: bool = False
    driver: str = ""
    needs: tuple[str, ...] = ()
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        return self.id.partition(".")[0]

    @property
    def function(self) -> str:
        return self.id.partition(".")[2]

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """What is asked, as it is asked: with the exercise's driver. Calls are watched in one dtype of each case."""
        single = {entry.case for entry in self.entries if entry.dtype == "float32"}
        watched = (
            entry.purpose == "value" and (entry.dtype in (None, "float32") or entry.case not in single)
            for entry in self.entries
        )
        return tuple(
            replace(entry.question, driver=self.driver, forbid=self.forbid if watch else ())
            for entry, watch in zip(self.entries, watched, strict=True)
        )


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The key of a course, or of some topics of it.

    limits: those of `sandbox.limits` that are the course's own. tf32: a GPU may multiply float32 with ten bits.
    chapters: topic -> its place in the course, by which topics from several files are put in order.
    """

    course: str
    title: str
    seed: int
    exercises: tuple[ExerciseKey, ...]
    limits: Mapping[str, float] = field(default_factory=dict)
    tf32: bool = False
    chapters: Mapping[str, int] = field(default_factory=dict)

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(exercise.topic for exercise in self.exercises))

    def of_topics(self, topics: tuple[str, ...]) -> AnswerKey:
        """The same key with these topics only."""
        chapters = {topic: place for topic, place in self.chapters.items() if topic in topics}
        return replace(self, exercises=tuple(e for e in self.exercises if e.topic in topics), chapters=chapters)


RECORDS = (AnswerKey, ExerciseKey, Entry, Check, Expected, Mistake, Law, Question)
FIELDS: Mapping[type, tuple[str, ...]] = {kind: tuple(each.name for each in fields(kind)) for kind in RECORDS}
"""What a key is made of, beside values."""


def for_students(key: AnswerKey) -> AnswerKey:
    """The key of the shown cases, without stand-ins: what a kit may hold."""
    return replace(key, exercises=tuple(_shown(exercise) for exercise in key.exercises))


def _shown(exercise: ExerciseKey) -> ExerciseKey:
    entries = tuple(entry for entry in exercise.entries if entry.shown)
    return replace(exercise, entries=entries, checks=tuple(c for c in exercise.checks if c.shown), stand_ins={})


def save_key(key: AnswerKey, path: Path) -> None:
    """Writes the key to one file."""
    arrays: list[Array] = []
    tree = encode(_plain(key), arrays)
    shapes: list[list[Any]] = []
    stored: dict[str, np.ndarray] = {}
    places: dict[Array, int] = {}
    for array in arrays:
        place = places.setdefault(array, len(places))
        if place == len(stored):
            stored[str(place)], constant = _packed(array)
            shapes.append([array.dtype, array.shape, array.strides, constant])
    document = {
        "sha256": UNSEALED,
        "format": FORMAT,
        "version": grader.__version__,
        "key": tree,
        "arrays": shapes,
        "places": [places[array] for array in arrays],
    }
    path.write_bytes(sealed(save(stored, {"d2l-grader": json.dumps(document, separators=(",", ":"))})))


def digest(key: ExerciseKey) -> str:
    """A fingerprint of everything that a result of this exercise rests on."""
    arrays: list[Array] = []
    state = hashlib.sha256(json.dumps(encode(_plain(key), arrays)).encode())
    for array in arrays:
        state.update(repr((array.dtype, array.shape, array.strides)).encode() + array.data)
    return state.hexdigest()


def _packed(array: Array) -> tuple[np.ndarray, bool]:
    """The bytes as NumPy can store them; a constant array is stored as one number."""
    store = "uint16" if array.dtype == "bfloat16" else array.dtype
    flat = np.frombuffer(array.data, store)
    constant = flat.size > 1 and flat[:1].tobytes() * flat.size == array.data
    return (flat[:1] if constant else flat), constant


def load_key(path: Path, repair: str = "Make it anew, or restore it from a copy.") -> AnswerKey:
    """Reads a key. Raises `KeyFileError`, with the repair, on a file that is none, is damaged, or of other versions."""
    try:
        intact = is_intact(path.read_bytes())
        if intact is False:
            raise KeyFileError(f"{path} is damaged (its checksum is another). {repair}")
        with safe_open(path, "numpy") as file:
            document = dict(json.loads((file.metadata() or {})["d2l-grader"]))
            stored = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is not an answer key, or is damaged ({error}). {repair}") from None
    if document.get("format") != FORMAT:
        of_old = KeyFileError(f"{path} was written by an earlier version of d2l-grader and cannot be read. {repair}")
        raise _of_a_newer_version(path, document) or of_old
    if intact is None:
        raise KeyFileError(f"{path} is damaged (its checksum is missing). {repair}")
    try:
        distinct = [_unpacked(stored[str(place)], *shape) for place, shape in enumerate(document["arrays"])]
        return _key(decode(document["key"], [distinct[place] for place in document["places"]], limit=None))
    except (NotAValue, TypeError, LookupError, MemoryError, OverflowError) as error:
        raise _of_a_newer_version(path, document) or KeyFileError(f"{path} is damaged ({error}). {repair}") from None


def _of_a_newer_version(path: Path, document: dict[str, Any]) -> KeyFileError | None:
    """What explains that a key cannot be understood, if that is so."""
    written, layout = _numbers(str(document.get("version"))), _numbers(str(document.get("format")))
    if written <= _numbers(grader.__version__) and layout <= [FORMAT]:
        return None
    return KeyFileError(f"{path} was made by a newer version of d2l-grader: pip install -U d2l-grader.")


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}", version)]


def _unpacked(flat: np.ndarray, dtype: str, shape: list[int], strides: list[int] | None, constant: bool) -> Array:
    """An array as the key has it. Its shape is checked like a stranger's: strides that lie read somebody's memory."""
    data = flat.tobytes() * (storage_size(shape, strides) if constant else 1)
    return checked_array(dtype, shape, strides, data)


def _plain(record: Any) -> Value:
    """Dataclasses of a key as dicts; values stay as they are."""
    kind = type(record)
    if kind in FIELDS:
        return {name: _plain(getattr(record, name)) for name in FIELDS[kind]}
    if kind is dict:
        return {name: _plain(item) for name, item in record.items()}
    if kind is tuple:
        return tuple([_plain(item) for item in record])
    return record


def _key(plain: dict[str, Any]) -> AnswerKey:
    return AnswerKey(**{**plain, "exercises": tuple(_exercise(each) for each in plain["exercises"])})


def _exercise(plain: dict[str, Any]) -> ExerciseKey:
    checks = tuple(Check(**each) for each in plain["checks"])
    entries = tuple(_entry(each) for each in plain["entries"])
    return ExerciseKey(**{**plain, "checks": checks, "entries": entries})


def _entry(plain: dict[str, Any]) -> Entry:
    return Entry(
        **{
            **plain,
            "question": Question(**plain["question"]),
            "expected": tuple(Expected(**each) for each in plain["expected"]),
            "laws": tuple(Law(**each) for each in plain["laws"]),
            "mistakes": {name: Mistake(**each) for name, each in plain["mistakes"].items()},
        }
    )
