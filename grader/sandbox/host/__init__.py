"""The judge's side of the sandbox: whatever starts a worker, asks it, measures it or ends it from outside.

It trusts nothing that a worker writes but its form. It imports `protocol`, `layers` and the model, and starts modules
of `guest` by name in interpreters of their own. What has to hold where a student's code runs does not belong here, and
neither do words for students: a call that failed leaves a `FailureReport`, which `grader.wording` puts into words.
"""
