# outcome: raised PermissionError | raised ProcessLookupError
# Kills the grader, its parent and everybody else.
import os, signal
def double(x):
    for pid in (@PID@, os.getppid(), -1, 0):
        try:
            os.kill(pid, signal.SIGKILL)
        except (PermissionError, ProcessLookupError):
            if pid == 0:
                raise
    return "BREACH: killed"
