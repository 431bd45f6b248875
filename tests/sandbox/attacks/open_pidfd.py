# outcome: raised PermissionError
# Gets a hold of the grader by a pidfd.
import os
def double(x):
    os.pidfd_open(@PID@)
    return "BREACH: pidfd"
