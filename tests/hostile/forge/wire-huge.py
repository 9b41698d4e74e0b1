"""Announce a frame of a terabyte.

outcome = "refused by its announcement, before memory is taken"
status = ["died"]
"""
import os
import struct


def transform(x, w):
    os.write(4, struct.pack("<4sIQ", b"GRD2", 10, 1 << 40))
