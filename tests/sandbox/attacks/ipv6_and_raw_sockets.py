# outcome: raised PermissionError
# Tries every other family of sockets.
import socket
def double(x):
    for family in range(46):
        for kind in (1, 2, 3, 5):
            try:
                socket.socket(family, kind)
            except PermissionError:
                continue
            return f"BREACH: family {family}"
    raise PermissionError("none")
