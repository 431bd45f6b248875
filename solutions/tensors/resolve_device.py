"""Where a name meets a machine: take it apart, refuse what is no name, and fall back where the GPU is missing."""

import re

import torch

from grader import Exercise, alternative, arguments, case, domain, driver, first_attempt, misconception, reference

exercise = Exercise(
    points=1,
    book="sec_use_gpu",
    parts={"a torch.device comes back": "type"},
    equivalent={"kind > 'cpu'": "of the three kinds cpu is the first in the alphabet"},
)

CPU = torch.device("cpu")


@driver
def on_many_machines(resolve_device, names_and_gpus=(), name="", n_gpu=None):
    """Names, each with a number of GPUs; or one of each. What they are resolved to, or that they are refused."""
    said, devices = {}, True
    for asked, there in names_and_gpus if n_gpu is None else [(name, n_gpu)]:
        case = f"“{asked}” with {there} GPU{'s' * (there != 1)}"
        try:
            answer = resolve_device(asked, there)
        except ValueError:
            said[case] = "ValueError"
            continue
        is_device = isinstance(answer, torch.device)
        devices = devices and is_device
        word = "cpu" if is_device and answer.type == "cpu" else str(answer)
        said[case] = word
    return said | {"a torch.device comes back": devices}


@reference
def resolve_device(name, n_gpu):
    kind, index = parsed(name)
    return torch.device("cuda", index) if kind != "cpu" and index < n_gpu else torch.device("cpu")


def parsed(name):
    """Kind and index; `ValueError` where the name is none."""
    kind, colon, index = name.partition(":")
    if kind not in ("cpu", "gpu", "cuda") or (colon and not index.isdigit()):
        raise ValueError(f"{name!r} names no device")
    return kind, int(index or 0)


@alternative
def with_a_pattern(name, n_gpu):
    found = re.fullmatch(r"cpu|(?:gpu|cuda)(?::(\d+))?", name)
    if found is None:
        raise ValueError(name)
    k = int(found[1] or 0)
    return torch.device("cuda", k) if name != "cpu" and k < n_gpu else torch.device("cpu")


@alternative
def listed(name, n_gpu):
    there = {f"{kind}:{i}": torch.device(f"cuda:{i}") for kind in ("gpu", "cuda") for i in range(n_gpu)}
    if name == "cpu":
        return torch.device("cpu")
    if name in ("gpu", "cuda"):
        name += ":0"
    if name in there:
        return there[name]
    for prefix in ("gpu:", "cuda:"):
        digits = name.removeprefix(prefix)
        if digits != name and digits != "" and set(digits) <= set("0123456789"):
            return torch.device("cpu")
    raise ValueError(f"unknown device {name}")


@alternative
def matched(name, n_gpu):
    match name.split(":"):
        case ["cpu"]:
            return torch.device("cpu", 0)
        case ["gpu" | "cuda"]:
            index = 0
        case ["gpu" | "cuda", digits] if digits.isdecimal():
            index = int(digits)
        case _:
            raise ValueError(name)
    return torch.device(type="cuda", index=index) if index in range(n_gpu) else torch.device("cpu")


def shuffled(draw, *pairs):
    return [list(pairs[place]) for place in draw.permutation(len(pairs)).tolist()]


@case
def the_cpu_and_the_first_gpu(draw):
    return shuffled(draw, ("cpu", draw.integer(1, 5)), ("gpu", draw.integer(1, 5)), ("cuda", draw.integer(1, 5)))


@case
def a_gpu_with_an_index(draw):
    i, j = draw.integer(1, 4), draw.integer(1, 4)
    return shuffled(draw, (f"gpu:{i}", i + 2), (f"cuda:{j}", j + 1), ("cuda:0", 1))


@case
def a_gpu_that_is_missing(draw):
    i, j = draw.integer(3, 6), draw.integer(3, 6)
    return shuffled(draw, (f"gpu:{i}", i - 1), (f"cuda:{j}", j - 2), ("gpu:0", draw.integer(1, 4)))


@case
def one_more_than_the_last(draw):
    """Indices run from 0 to n_gpu - 1."""
    i, j = draw.integer(2, 6), draw.integer(2, 6)
    return shuffled(draw, (f"gpu:{i}", i), (f"cuda:{j}", j), (f"gpu:{i - 1}", i), (f"cuda:{j - 1}", j))


@case
def no_gpu_at_all(draw):
    """The second machine has GPUs: whoever always says cpu has not looked."""
    i = draw.integer(1, 4)
    return shuffled(draw, ("gpu", 0), ("cuda", 0), (f"cuda:{i}", 0), (f"gpu:{i}", i + 1), ("cpu", 0))


@case(aspect="edge")
def an_index_of_two_digits(draw):
    i, j = draw.integer(10, 16), draw.integer(10, 16)
    return shuffled(draw, (f"gpu:{i}", 16), (f"cuda:{j}", 16), (f"gpu:{i}", 8))


@case(aspect="edge")
def names_of_nothing(draw):
    return shuffled(draw, ("tpu", 1), ("gpux", 2), ("cuda", 2), ("", 1), ("GPU", 1), ("tpu:0", 1), ("mygpu", 0))


@case(aspect="edge")
def indices_that_are_none(draw):
    return shuffled(draw, ("cuda:x", 1), ("gpu:-1", 2), ("gpu:1.5", 3), ("gpu:1", 3), ("cuda:0:0", 2), ("gpu:1x", 3))


@case(aspect="edge")
def a_colon_without_an_index(draw):
    return shuffled(draw, ("gpu:", 2), ("gpu", 2), ("cuda:", 0), ("cuda", 0))


@domain(outside={"cpu with an index, +1, 01": "nobody writes them, and torch itself treats them in several ways"})
def any_name(draw):
    known = ("cpu", "gpu", "cuda", "gpu:0", "cuda:0", "gpu:1", "cuda:1", "gpu:2", "cuda:2", "gpu:3", "cuda:3", "gpu:12")
    wrong = ("tpu", "gpu:", "cuda:", "cuda:-1", "gpu:x", "gpus", "mygpu:0", "gpu:0:1", "CUDA:0", "gpu 0", "gpu0", ":0")
    return arguments(name=draw.pick(*known, *wrong), n_gpu=draw.pick(0, 1, 2, 3, 4, 13))


@misconception(
    "You rename gpu to cuda and do not look whether the machine has it. The program then stops at the first tensor.",
    'Compare the index with n_gpu, and return torch.device("cpu") where it is too large.',
)
def never_falls_back(name, n_gpu):
    kind, index = parsed(name)
    return torch.device("cuda", index) if kind != "cpu" else CPU


@misconception(
    "The index is ignored: whichever GPU was asked for, it is number 0.",
    "Read what stands behind the colon, and hand it to torch.device.",
)
def always_the_first_gpu(name, n_gpu):
    kind, index = parsed(name)
    return torch.device("cuda", 0) if kind != "cpu" and index < n_gpu else CPU


@misconception(
    "GPUs are numbered from 0 to n_gpu - 1, so of two GPUs the last one is cuda:1. You let cuda:2 pass.",
    "Compare with <, not with <=.",
)
def one_gpu_too_many(name, n_gpu):
    return resolve_device(name, n_gpu + 1)


@misconception(
    "Where the GPU asked for is missing you take another one. The fallback is the CPU.",
    'Return torch.device("cpu") unless i < n_gpu.',
)
def another_gpu_for_a_missing_one(name, n_gpu):
    kind, index = parsed(name)
    return CPU if kind == "cpu" or n_gpu == 0 else torch.device("cuda", min(index, n_gpu - 1))


@misconception(
    "A name that is none gets a device all the same, so whoever mistypes cuda may wait for hours without knowing why.",
    "Raise ValueError for every name that is not in the list.",
)
def unknown_names_accepted(name, n_gpu):
    try:
        return resolve_device(name, n_gpu)
    except ValueError:
        return CPU


@misconception(
    "torch.device raises RuntimeError for a name that it does not know, and a ValueError was promised.",
    "Look at the name first, and raise ValueError yourself.",
    keeps="right for all names that are in the list",
)
def error_of_torch(name, n_gpu):
    try:
        return resolve_device(name, n_gpu)
    except ValueError:
        raise RuntimeError(f"Expected one of cpu, cuda, …: {name}") from None


@misconception(
    "cuda is as good a name for a GPU as gpu is, and you send it to the CPU.",
    'Accept both kinds: kind in ("gpu", "cuda").',
)
def only_gpu_is_a_gpu(name, n_gpu):
    kind, index = parsed(name)
    return torch.device("cuda", index) if kind == "gpu" and index < n_gpu else CPU


@misconception(
    'torch.device("cuda") is whichever GPU is current at the time, and not the same as torch.device("cuda:0").',
    "Give the index, always: 0 if the name has none.",
    keeps="right for names with an index",
)
def without_an_index(name, n_gpu):
    answer = resolve_device(name, n_gpu)
    return torch.device("cuda") if name in ("gpu", "cuda") and answer.type == "cuda" else answer


@misconception(
    "The last character is not the index once there are ten GPUs or more.",
    'Take all that stands behind the colon: name.partition(":").',
    keeps="right for indices of one digit",
)
def last_character(name, n_gpu):
    kind, index = parsed(name)
    return resolve_device(f"{kind}:{index % 10}", n_gpu)


@misconception(
    "int() reads -1 as well, and -1 is less than n_gpu. There is no such GPU.",
    "Accept digits only: index.isdigit().",
    keeps="right but for negative indices",
)
def negative_index_accepted(name, n_gpu):
    return CPU if name.startswith(("gpu:-", "cuda:-")) else resolve_device(name, n_gpu)


@misconception(
    "A colon without an index passes for index 0. Something was forgotten there.",
    "Raise ValueError where nothing follows the colon.",
    keeps="right but for a colon at the end",
)
def empty_index_accepted(name, n_gpu):
    return resolve_device(name.removesuffix(":"), n_gpu)


@misconception(
    "Whatever begins with gpu passes: gpus, gpux and gpu0 are no names.",
    "Compare all that stands before the colon, with ==, not its beginning.",
    keeps="right for names that are spelt right",
)
def beginning_is_enough(name, n_gpu):
    kind, colon, index = name.partition(":")
    known = next((each for each in ("cpu", "gpu", "cuda") if kind.startswith(each)), kind)
    return resolve_device(known + colon + index, n_gpu)


@misconception(
    "You ask this machine how many GPUs it has. The machine that is meant has n_gpu.",
    "Compare the index with n_gpu, not with torch.cuda.device_count().",
)
def asks_this_machine(name, n_gpu):
    """As on a machine without a GPU, wherever it runs."""
    return resolve_device(name, 0)


@misconception(
    "A missing GPU is no error here: the code shall run on the CPU instead.",
    'Return torch.device("cpu") where i is not below n_gpu.',
)
def refuses_a_missing_gpu(name, n_gpu):
    kind, index = parsed(name)
    if kind != "cpu" and index >= n_gpu:
        raise ValueError("there is no such GPU")
    return resolve_device(name, n_gpu)


@misconception(
    "That is the name of a device, a text, and not the device.",
    'Wrap it: torch.device("cuda:1").',
    keeps="every name is right",
)
def a_text(name, n_gpu):
    return str(resolve_device(name, n_gpu))


@first_attempt("always_the_first_gpu", "another_gpu_for_a_missing_one", "unknown_names_accepted")
def any_gpu_will_do(name, n_gpu):
    return torch.device("cuda:0" if n_gpu > 0 and name != "cpu" else "cpu")


@first_attempt("never_falls_back", "error_of_torch", "without_an_index")
def renamed(name, n_gpu):
    return torch.device(name.replace("gpu", "cuda"))


@first_attempt("unknown_names_accepted", "asks_this_machine", "negative_index_accepted")
def as_the_book_tries_a_gpu(name, n_gpu, here=0):
    i = int(name.partition(":")[2] or 0) if name[-1:].isdigit() else 0
    return torch.device(f"cuda:{i}") if here >= i + 1 and name != "cpu" else torch.device("cpu")
