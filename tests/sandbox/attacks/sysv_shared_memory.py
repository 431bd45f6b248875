# outcome: raised OSError
# A segment that outlives its process.
import ctypes
def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.shmget(0x42, 1 << 20, 0o1666) < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    return "BREACH: shared memory"
