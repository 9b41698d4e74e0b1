"""End with exit status 0 while being imported.

outcome = "an exit status is never a verdict"
status = ["raised"]
"""
import sys

sys.exit(0)
