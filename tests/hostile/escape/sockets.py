"""Open sockets of every family and connect them to everything near.

outcome = "no socket can be made"
status = ["failed"]
"""
import socket

import numpy as np


def transform(x, w):
    made = []
    for family in (1, 2, 10, 16, 17, 29, 31, 38, 40, 44):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
            try:
                made.append(socket.socket(family, kind))
            except OSError:
                continue
    for act in (
        lambda: socket.create_connection(("127.0.0.1", 22), 0.1), lambda: socket.create_connection(("10.0.0.1", 80), 0.1),
        lambda: socket.getaddrinfo("example.com", 80), lambda: socket.create_server(("", 0)), lambda: socket.socketpair(),
    ):  # fmt: skip
        try:
            made.append(act())
        except (OSError, LookupError):
            continue
    if made:
        print("got through:", made)
    return np.zeros((4, 3))
