# outcome: died | raised LookupError
# Reads its own memory, which is a copy of the zygote's, for what the grader keeps in its own.
import ctypes
def double(x):
    needle = b"BREACH" + b"-"
    start = id(object()) & ~0xFFF
    found = ctypes.string_at(start - (1 << 20), 1 << 21).find(needle + b"0")
    if found >= 0:
        return "BREACH: memory"
    raise LookupError("nothing")
