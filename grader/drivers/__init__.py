"""What drivers import, beside the student's code: nothing here is believed by the judge, and nothing judges.

Public: a course may rely on these names. Hidden tests and known mistakes import from `grader.authoring`.
"""
