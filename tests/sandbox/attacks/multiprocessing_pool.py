# outcome: raised PermissionError | raised OSError | raised FileNotFoundError
# Computes in other processes.
import multiprocessing
def twice(x):
    return 2 * x
def double(x):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map(twice, [x])[0]
