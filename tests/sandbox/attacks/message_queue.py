# outcome: raised OSError
# A queue with a name.
import ctypes
def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(240, b"breach", 0o102, 0o666, None) < 0:
        raise OSError(ctypes.get_errno(), "mq_open")
    return "BREACH: queue"
