# outcome: raised PermissionError
# Sends what it knows to a server.
import socket
def double(x):
    socket.create_connection(("127.0.0.1", @PORT@), timeout=0.5).sendall(b"BREACH")
    return "BREACH: connected"
