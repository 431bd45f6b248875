# outcome: raised PermissionError | raised BlockingIOError
# Leaves a process behind that writes a result after the grading.
import os, time
def double(x):
    if os.fork() == 0:
        os.setsid()
        time.sleep(3)
        open("@OUT@/late", "w").write("BREACH")
        os._exit(0)
    return 2 * x
