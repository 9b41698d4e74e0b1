"""What costs points beside the checks: printing what was not asked for, lateness.

Belongs here: one file for each rule: its terms, what it takes, and the sentence that says so. Does not: how a check is
judged.
"""
