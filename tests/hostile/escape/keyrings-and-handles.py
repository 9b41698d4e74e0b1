"""Open files by handles, keep keys in the keyring of the kernel and tell others by shared memory.

outcome = "the calls are not among those that a worker may make"
status = ["failed", "died", "raised"]
machine = "x86_64"
"""
import ctypes

import numpy as np

CALLS = {"name_to_handle_at": 303, "open_by_handle_at": 304, "add_key": 248, "keyctl": 250, "userfaultfd": 323,
         "bpf": 321, "io_uring_setup": 425, "pidfd_getfd": 438, "fsopen": 430, "memfd_secret": 447, "quotactl": 179}


def transform(x, w):
    call = ctypes.CDLL(None, use_errno=True).syscall
    for name, number in CALLS.items():
        if call(number, 0, b"user", b"x", b"y", 1, -3) >= 0:
            print(f"got through: {name}")
    return np.zeros((4, 3))
