"""Abort the process.

outcome = "a crash costs its own call"
status = ["died"]
"""
import os


def transform(x, w):
    os.abort()
