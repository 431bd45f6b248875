# outcome: died
# System calls by the numbers of another ABI, which a filter may have forgotten.
import ctypes
def double(x):
    ctypes.CDLL(None, use_errno=True).syscall(0x40000000 + 39)
    return "BREACH: x32"
