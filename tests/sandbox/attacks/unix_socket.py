# outcome: raised PermissionError
# Talks to a server of this machine through a file.
import socket
def double(x):
    socket.socket(socket.AF_UNIX).connect("@UNIX@")
    return "BREACH: connected"
