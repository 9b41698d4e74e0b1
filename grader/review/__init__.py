"""Let people mark write-ups in a browser on their own machine, into the gradebook.

Belongs here: the app, its pages, who may speak to it. Does not: what marks do to a grade (`gradebook.final_grade`).
"""
