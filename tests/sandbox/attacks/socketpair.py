# outcome: raised PermissionError
# Makes sockets to hold kernel memory with.
import socket
def double(x):
    return f"BREACH: {socket.socketpair()}"
