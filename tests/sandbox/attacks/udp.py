# outcome: raised PermissionError
# Sends a datagram.
import socket
def double(x):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"BREACH", ("127.0.0.1", @PORT@))
    return "BREACH: sent"
