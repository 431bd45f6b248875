# outcome: raised PermissionError
# A file in memory is not on it either.
import os
def double(x):
    descriptor = os.memfd_create("breach")
    while True:
        os.write(descriptor, bytes(1 << 20))
