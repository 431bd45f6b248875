# outcome: raised OSError | out_of_memory | raised PermissionError
# Shared memory is not on a process's own account.
import mmap
def double(x):
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 256 << 20))
        kept[-1].write(b"x" * (256 << 20))
