# outcome: raised PermissionError
# Has the kernel send a signal in its stead: F_SETOWN and F_SETSIG on the line to the parent.
import fcntl, signal
def double(x):
    for number in range(3, 32):
        try:
            fcntl.fcntl(number, fcntl.F_GETFD)
        except OSError:
            continue
        fcntl.fcntl(number, fcntl.F_SETOWN, @PID@)
        fcntl.fcntl(number, 10, signal.SIGKILL)
        fcntl.fcntl(number, fcntl.F_SETFL, fcntl.fcntl(number, fcntl.F_GETFL) | 0x2000)
    return "BREACH: owner set"
