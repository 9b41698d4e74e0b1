"""What a class handed in: found on disk or in an export, unpacked, put down to the students who handed it in.

Belongs here: platforms' file names and metadata, rosters, which of several submissions counts. Does not: what one
submission holds (`submissions`), grading it (`batch`).
"""
