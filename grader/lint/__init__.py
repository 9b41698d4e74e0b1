"""Whether an assignment is fit to grade with: its parts agree, its checks catch mistakes and mutants of the reference.

Belongs here: whatever tests the tests, and the samples as `grade demo` shows them. Does not: problems of a single file,
such as an unknown key of a rubric, which are told as the course is read.
"""
