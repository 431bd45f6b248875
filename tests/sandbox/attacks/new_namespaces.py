# outcome: raised OSError
# A user namespace of its own, with every capability in it.
import ctypes
def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x10000000) < 0:
        raise OSError(ctypes.get_errno(), "unshare")
    return "BREACH: a namespace"
