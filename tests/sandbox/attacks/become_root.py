# outcome: raised PermissionError
# Takes back what was given up.
import os
def double(x):
    for change in (lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: os.setgroups([0]), lambda: os.chroot("/"), lambda: os.nice(-5)):
        try:
            change()
        except PermissionError as error:
            last = error
        else:
            return "BREACH: allowed"
    raise last
