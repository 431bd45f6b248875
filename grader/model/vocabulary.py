"""The closed vocabularies of keys and results, each in one place: a type checker sees a word that is none of them.

What comes from a file is compared with them by `one_of`.
"""

from __future__ import annotations

from typing import Literal, TypeVar, get_args

Word = TypeVar("Word", bound=str)

Purpose = Literal["value", "gradient", "few", "many", "device"]
"""What a question is for: a case, its gradients, few or many examples, or a case once more on the simulated device."""

LeafKind = Literal["tensor", "numpy.ndarray", "float", "int", "bool", "exact"]
"""What a leaf of the right answer is; exact: None, a text, a dtype, a device."""

Aspect = Literal["value", "gradient", "edge", "stability", "type", "mutation", "law", "rule", "device"]
"""What a check says something about."""

MismatchKind = Literal[
    "value", "nan", "shape", "dtype", "type", "missing", "one_for_several", "extra", "detached", "form", "text",
    "raises", "law", "mutation", "state", "forbidden", "growth", "device",
]  # fmt: skip
"""In which way an answer leaves the truth."""

FailureKind = Literal[
    "raised", "always_raised", "cannot_run", "ended", "not_asked", "not_judged", "unwritten", "needs_unwritten",
    "raise_left", "no_function", "no_file", "unread", "unfit",
]  # fmt: skip
"""In which way there is no answer to judge."""

NoteKind = Literal["definitions_only", "graded_beside", "repair_first", "pattern"]
"""What else there is to know of an exercise that was judged."""

FactKind = Literal[MismatchKind, FailureKind, NoteKind, "told"]
"""told: a sentence that an earlier version has stored, or that names what was found in a student's folder."""

AnswerPart = Literal["answer", "gradient", "after", "driven"]
"""What a fact is about: the answer, the gradient with respect to an argument, an argument after the call.

driven: what a driver has made of the answer, named in words.
"""

EndKind = Literal[
    "question", "import", "exercise", "submission", "start", "processor", "memory", "card_memory", "machine_memory",
    "threads", "exited", "signalled", "broke_off", "killed_from_outside", "busy_machine", "late_import",
]  # fmt: skip
"""What ended a call: the limit of seconds of a question, an import, …; of MB; of threads; how its process ended."""

Phase = Literal["call", "loading", "driver"]
"""When a call failed: in the student's function, before it could be called, or in what uses its answer."""

Activity = Literal["computing", "waiting", "stopped"]
"""What a process was doing when its time was up; stopped: by a signal."""

VerdictWord = Literal[
    "passed", "wrong", "raised", "timed_out", "out_of_memory", "died", "missing", "not_graded"
]  # fmt: skip
"""The values of `Verdict`."""

PatternName = Literal[
    "transposed", "negated", "reversed", "squared", "rooted", "summed", "averaged", "scaled",
    "ones_left", "ones_missing", "single", "outer", "permuted", "one_short", "one_long", "axis_gone", "axis_left",
]  # fmt: skip
"""How all wrong answers, or their shapes, come about from the right ones."""

Cause = Literal[
    "no_return", "printed", "some_return", "no_grad_attribute", "returned_none", "number", "list", "numpy",
    "new_tensor", "cut", "cuda", "signature", "pair_as_tensor", "tuple_of_gradients", "in_helper", "single_precision",
    "open_branch", "uncalled",
    "truth_value", "several_outputs", "graph_freed", "no_graph", "none_used", "complex", "assertion", "sizes",
    "inner_sizes", "numpy_array", "lazy",
]  # fmt: skip
"""What is behind a failure, where source or exception tell."""

Status = Literal["graded", "not_graded", "absent"]
"""What became of a submission."""

Source = Literal["read", "absent", "unread", "unreadable_notebook"]
"""What there was of an exercise to be asked: its source; neither its file nor its function; something that nobody has
read, so that there is no mark. The last stands in what was stored earlier: a notebook that is none, with a mark."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
LEAF_KINDS: tuple[LeafKind, ...] = get_args(LeafKind)
ASPECTS: tuple[Aspect, ...] = get_args(Aspect)
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)
PHASES: tuple[Phase, ...] = get_args(Phase)
ANSWER_PARTS: tuple[AnswerPart, ...] = get_args(AnswerPart)
END_KINDS: tuple[EndKind, ...] = get_args(EndKind)
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
CAUSES: tuple[Cause, ...] = get_args(Cause)
VERDICT_WORDS: tuple[VerdictWord, ...] = get_args(VerdictWord)
STATUSES: tuple[Status, ...] = get_args(Status)
SOURCES: tuple[Source, ...] = get_args(Source)


def one_of(words: tuple[Word, ...], word: object) -> Word:
    """The word, if it is one of these. Raises `ValueError` where it is not."""
    if word in words:
        return word
    raise ValueError(f"{str(word)[:40]!r} is none of {', '.join(words)}")
