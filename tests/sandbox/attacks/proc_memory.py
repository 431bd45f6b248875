# outcome: raised FileNotFoundError | raised PermissionError | raised OSError
# Patches its own code through /proc, which memory protection does not stop.
def double(x):
    open("/proc/self/mem", "r+b")
    return "BREACH: writable memory file"
