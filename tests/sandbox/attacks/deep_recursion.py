# outcome: died | raised RecursionError | out_of_memory | timed_out
# Until the stack is full.
import sys
def double(x):
    sys.setrecursionlimit(10**9)
    class Deep:
        def __getattr__(self, name):
            return getattr(self, name + "x")
    return Deep().a
