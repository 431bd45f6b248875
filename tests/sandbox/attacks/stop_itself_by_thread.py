# outcome: timed_out | raised OSError | right
# The same by tgkill, which abort() needs.
import ctypes, os, signal
def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(234, os.getpid(), os.getpid(), int(signal.SIGSTOP)) < 0:
        raise OSError(ctypes.get_errno(), "tgkill")
    return 2 * x
