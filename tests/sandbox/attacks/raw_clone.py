# outcome: raised OSError
# Clones by number, past the C library: clone, vfork, clone3, fork.
import ctypes, os
def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    for number, first in ((57, 0), (56, 17), (435, 0), (56, 0x10000000)):
        pid = libc.syscall(number, first, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        if pid > 0:
            return f"BREACH: call {number}"
    raise OSError(ctypes.get_errno(), "clone")
