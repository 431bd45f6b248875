"""Answer keys as files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from grader.model.book_section import BookSection
from grader.model.encoding import checked_array, decode, encode, storage_size
from grader.model.errors import KeyFileError
from grader.model.keys.checksum import UNSEALED, is_intact, sealed
from grader.model.keys.key import AnswerKey, Check, Entry, ExerciseKey, Expected, Mistake
from grader.model.keys.picture import PICTURE_KINDS, Picture, Series
from grader.model.keys.statistic import Law
from grader.model.question import Question
from grader.model.value import Array, Value
from grader.model.vocabulary import ASPECTS, LEAF_KINDS, PURPOSES, one_of
from grader.version import __version__

FORMAT = 2  # 1 had no checksum

RECORDS = (AnswerKey, ExerciseKey, Entry, Check, Expected, Mistake, Law, Question, BookSection, Picture, Series)

FIELDS: Mapping[type, tuple[str, ...]] = {kind: tuple(each.name for each in fields(kind)) for kind in RECORDS}
"""What a key is made of, beside values."""


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
        "version": __version__,
        "key": tree,
        "arrays": shapes,
        "places": [places[array] for array in arrays],
    }
    path.write_bytes(sealed(save(stored, {"d2l-grader": json.dumps(document, separators=(",", ":"))})))


def save_privately(key: AnswerKey, path: Path) -> None:
    """Writes a key that holds hidden answers: nobody else can read it, not even while it is written."""
    path.touch(0o600)
    path.chmod(0o600)
    save_key(key, path)


def digest(key: ExerciseKey) -> str:
    """A fingerprint of everything that a result of this exercise rests on."""
    arrays: list[Array] = []
    state = hashlib.sha256(json.dumps(encode(_plain(replace(key, pictures=())), arrays)).encode())
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
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (SafetensorError, KeyError, ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is not an answer key, or is damaged ({error}). {repair}") from None
    if document.get("format") != FORMAT:
        of_old = KeyFileError(f"{path} was written by an earlier version of d2l-grader and cannot be read. {repair}")
        raise _of_a_newer_version(path, document) or of_old
    if intact is None:
        raise KeyFileError(f"{path} is damaged (its checksum is missing). {repair}")
    try:
        distinct = [_unpacked(stored[str(place)], *shape) for place, shape in enumerate(document["arrays"])]
        return _key(decode(document["key"], [distinct[place] for place in document["places"]], limit=None))
    except (ValueError, TypeError, LookupError, MemoryError, OverflowError) as error:
        raise _of_a_newer_version(path, document) or KeyFileError(f"{path} is damaged ({error}). {repair}") from None


def _of_a_newer_version(path: Path, document: dict[str, Any]) -> KeyFileError | None:
    """What explains that a key cannot be understood, if that is so."""
    written, layout = _numbers(str(document.get("version"))), _numbers(str(document.get("format")))
    if written <= _numbers(__version__) and layout <= [FORMAT]:
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
    sections = {
        id: {language: BookSection(**section) for language, section in of_exercise.items()}
        for id, of_exercise in plain.get("sections", {}).items()
    }
    exercises = tuple(_exercise(each) for each in plain["exercises"])
    return AnswerKey(**{**plain, "exercises": exercises, "sections": sections})


def _exercise(plain: dict[str, Any]) -> ExerciseKey:
    checks = tuple(_check(each) for each in plain["checks"])
    entries = tuple(_entry(each) for each in plain["entries"])
    pictures = tuple(_picture(each) for each in plain.get("pictures", ()))
    return ExerciseKey(**{**plain, "checks": checks, "entries": entries, "pictures": pictures})


def _picture(plain: dict[str, Any]) -> Picture:
    one_of(PICTURE_KINDS, plain["kind"])
    series = tuple(
        Series(**{**each, "questions": tuple(Question(**question) for question in each["questions"])})
        for each in plain["series"]
    )
    return Picture(**{**plain, "series": series})


def _check(plain: dict[str, Any]) -> Check:
    one_of(ASPECTS, plain["aspect"])
    return Check(**plain)


def _expected(plain: dict[str, Any]) -> Expected:
    one_of(LEAF_KINDS, plain["kind"])
    one_of(ASPECTS, plain["aspect"])
    return Expected(**plain)


_MISTAKES = ("mistakes", "first_attempts")


def _entry(plain: dict[str, Any]) -> Entry:
    one_of(PURPOSES, plain["purpose"])
    return Entry(
        **{
            **plain,
            "question": Question(**plain["question"]),
            "expected": tuple(_expected(each) for each in plain["expected"]),
            "laws": tuple(Law(**each) for each in plain["laws"]),
            **{kind: {name: Mistake(**each) for name, each in plain.get(kind, {}).items()} for kind in _MISTAKES},
        }
    )
