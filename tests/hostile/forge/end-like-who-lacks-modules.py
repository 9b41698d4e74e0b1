"""End the process like a worker that lacks modules, to be called once more and with time anew.

outcome = "where everything is imported that is an end like any other"
status = ["died"]
"""
import os


def transform(x, w):
    os._exit(96)
