# outcome: timed_out | raised PermissionError | right
# A stopped process answers no signal but one.
import os, signal
def double(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return 2 * x
