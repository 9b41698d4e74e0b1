"""Other systems that start a grading: Gradescope, CI jobs, and the zip that Gradescope builds an autograder from.

Belongs here: where a system puts submissions and metadata, and what it reads afterwards. Does not: the formats
themselves (`exports`).
"""
