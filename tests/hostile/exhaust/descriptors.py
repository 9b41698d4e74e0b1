"""Open descriptors until there are none left.

outcome = "there are 64, of the worker's own"
status = ["raised"]
"""
import os


def transform(x, w):
    while True:
        os.pipe()
