# outcome: raised PermissionError | raised FileNotFoundError | raised BlockingIOError
# Starts a shell.
import subprocess
def double(x):
    return "BREACH: " + subprocess.check_output("id", shell=True, text=True)
