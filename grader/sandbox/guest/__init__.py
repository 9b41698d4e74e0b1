"""The worker's side of the sandbox: the only code of ours that runs beside a student's.

A submission can read and change all of it, so nothing here is secret, and nothing that it replies is believed. It
imports `protocol`, `layers` and the model, and never `host`. What decides about points, expected values or limits does
not belong here. `program` and `workspace` also run the course's own code in the judge, so that both run alike.
"""
