# outcome: raised PermissionError | raised FileNotFoundError
# Becomes another program, without a new process.
import os, sys
def double(x):
    os.execv(sys.executable, [sys.executable, "-c", "print('BREACH')"])
