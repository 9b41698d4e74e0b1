"""Loop while being imported.

outcome = "waited for once; the file is not imported again"
status = ["timed_out"]
"""
while True:
    pass
