"""Whether an assignment is fit to grade with: its parts agree, its checks catch mistakes and mutants of the reference.

Problems of a single file, such as an unknown key of a rubric, are told as the course is read.
"""
