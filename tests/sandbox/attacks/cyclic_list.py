# outcome: wrong | raised RecursionError
# A list that holds itself.
def double(x):
    loop = []
    loop.append(loop)
    return loop
