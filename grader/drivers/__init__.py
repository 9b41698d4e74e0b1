"""What drivers import, beside the student's code: nothing here is believed by the judge, and nothing judges.

Public: a course may rely on these names. Belongs here: tools to call an implementation and bring back values. Does not:
anything secret or that concludes; hidden tests and known mistakes import from `grader.authoring`.
"""
