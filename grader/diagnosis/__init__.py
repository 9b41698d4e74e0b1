"""Why a wrong array is wrong: known mistakes by name, generic reasons, the place, the picture.

That it is wrong has been decided in `grader.judging`.
"""
