# outcome: raised PermissionError | raised FileNotFoundError | raised OSError
# Shared memory with a name.
from multiprocessing import shared_memory
def double(x):
    shared_memory.SharedMemory("breach", create=True, size=1 << 20)
    return "BREACH: shared memory"
