"""What crosses between head and workers, as bytes of our own: JSON, then raw bytes, all of it deflated.

Nothing in it names a type to be built. What a worker says is read within bounds, and held against what was asked of it.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any, NoReturn

from grader.cluster.conformity import check_conforms
from grader.gradebook.serialization import from_record, to_record
from grader.grading.task import Graded, Task, Timestamps
from grader.intake.carried import CarriedFile
from grader.intake.handed_in import HandedIn
from grader.model.result import SubmissionResult
from grader.model.vocabulary import STATUSES, one_of

LEVEL = 1  # results shrink to a tenth already, and a higher level costs more than the network
MAX_RESULT = 64 << 20
MAX_NAME = 300
_LENGTH = struct.Struct("<Q")


class OddResultError(ValueError):
    """What a worker has sent is no result of what it was asked."""


@dataclass(frozen=True)
class Carried:
    """A task as it travels: what of it a worker must know, without the student's name. unlisted: why the submission's
    folder could not be listed, as the end of a sentence."""

    task: Task
    files: tuple[CarriedFile, ...] = ()
    unlisted: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why a worker did not grade: its sandbox is not up (`waits`), or could start no children."""

    reason: str
    waits: bool = False


def packed_task(carried: Carried) -> bytes:
    """A task for a worker."""
    task, files = carried.task, carried.files
    header = {
        "digest": task.digest,
        "stale": sorted(task.stale),
        "notes": task.handed_in.notes,
        "mapped": task.handed_in.mapped,
        "unlisted": carried.unlisted,
        "files": [[each.path, len(each.data), each.refused, each.unread, each.top] for each in files],
    }
    return _packed(header, [each.data for each in files])


def unpacked_task(data: bytes) -> Carried:
    """The task that `packed_task` has packed; its student has no name."""
    header, raw = _unpacked(data, None)
    files, start = [], 0
    for path, size, refused, unread, top in header["files"]:
        files.append(CarriedFile(path, raw[start : start + size], refused, unread, top))
        start += size
    mapped = tuple((topic, path) for topic, path in header["mapped"])
    handed_in = HandedIn("", notes=tuple(header["notes"]), mapped=mapped)
    task = Task(handed_in, header["digest"], frozenset(header["stale"]))
    return Carried(task, tuple(files), header["unlisted"])


def packed_result(graded: Graded | Refusal) -> bytes:
    """What became of a task, for the head."""
    if isinstance(graded, Refusal):
        return _packed({"refused": graded.reason, "waits": graded.waits}, [])
    header: dict[str, Any] = {
        "digest": graded.digest,
        "partial": graded.partial,
        "tried": dict(graded.tried),
        "times": astuple(graded.times),
        "worker": graded.worker,
    }
    if result := graded.result:
        header["result"] = {
            "status": result.status,
            "exercises": [to_record(each) for each in result.exercises],
            "reason": result.reason,
            "seconds": result.seconds,
            "empty": result.empty,
        }
    return _packed(header, [])


def unpacked_result(data: object, task: Task, exercises: Sequence[str]) -> Graded | Refusal:
    """What became of a task. exercises: those of the key, in its order. Raises `OddResultError`."""
    try:
        if type(data) is not bytes:
            raise OddResultError(f"{type(data).__name__} in the place of bytes")
        header, _ = _unpacked(data, MAX_RESULT)
        if "refused" in header:
            refusal = Refusal(header["refused"], header["waits"])
            check_conforms(refusal)
            return refusal
        graded = _graded(header, task.handed_in.student)
        check_conforms(graded)
        _check(graded, task, exercises)
        return graded
    except OddResultError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError, zlib.error) as error:
        raise OddResultError(f"{type(error).__name__}: {error}") from None


def _graded(header: dict[str, Any], student: str) -> Graded:
    said, times = header.get("result"), Timestamps(*header["times"])
    result = said and SubmissionResult(
        student,
        one_of(STATUSES, said["status"]),
        tuple(from_record(record) for record in said["exercises"]),
        said["reason"],
        said["seconds"],
        said["empty"],
    )
    tried, worker = dict(header["tried"]), header["worker"][:MAX_NAME]
    return Graded(student, header["digest"], result, header["partial"], tried, replace(times, handed_over=None), worker)


def _check(graded: Graded, task: Task, exercises: Sequence[str]) -> None:
    """Raises `OddResultError` where it is no answer to this task."""
    result = graded.result
    if result is None:
        if graded.digest is None or graded.digest != task.digest or task.stale:
            raise OddResultError("nothing was asked, although something was to be asked")
        return
    due = [id for id in exercises if not graded.partial or id in task.stale] if result.status == "graded" else []
    if [each.id for each in result.exercises] != due:
        raise OddResultError("its exercises are others than those of the key")
    if any(not 0 <= each.points <= each.max_points for each in result.exercises):
        raise OddResultError("its points are not between none and all")


def _packed(header: dict[str, Any], blobs: Sequence[bytes]) -> bytes:
    told = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
    return zlib.compress(b"".join((_LENGTH.pack(len(told)), told, *blobs)), LEVEL)


def _unpacked(data: bytes, most: int | None) -> tuple[dict[str, Any], bytes]:
    inflater = zlib.decompressobj()
    plain = inflater.decompress(data, most or 0)
    if not inflater.eof or inflater.unused_data:
        raise OddResultError("it is cut short, or too long")
    if len(plain) < _LENGTH.size or (length := _LENGTH.unpack_from(plain)[0]) > len(plain) - _LENGTH.size:
        raise OddResultError("it is cut short")
    header = json.loads(plain[_LENGTH.size : _LENGTH.size + length], parse_constant=_refused)
    if type(header) is not dict:
        raise OddResultError("it is no object")
    return header, plain[_LENGTH.size + length :]


def _refused(constant: str) -> NoReturn:
    raise OddResultError(f"{constant} is no number")
