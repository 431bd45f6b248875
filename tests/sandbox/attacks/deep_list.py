# outcome: wrong | raised RecursionError
# A list in a list, ten thousand times.
def double(x):
    deep = []
    for _ in range(10_000):
        deep = [deep]
    return deep
