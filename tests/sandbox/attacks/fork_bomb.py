# outcome: raised PermissionError | raised BlockingIOError
# Forks for ever.
import os
def double(x):
    while True:
        os.fork()
