# outcome: raised OSError | out_of_memory | timed_out
# Shared memory is not on a process's own account.
import mmap
def double(x):
    kept = []
    while True:
        kept.append(mmap.mmap(-1, 16 << 20))
        kept[-1].write(b"x" * (16 << 20))
