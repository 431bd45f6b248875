# outcome: raised OSError
# Opens it with the C library.
import ctypes, os
def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.open(b"@SECRET@", 0)
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "open")
    return "BREACH: " + os.read(descriptor, 100).decode()
