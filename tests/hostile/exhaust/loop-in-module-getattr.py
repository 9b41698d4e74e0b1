"""Loop for ever where the module is asked for a name that it does not have.

outcome = "it ends at the deadline of the check"
status = ["timed_out"]
quick = false
"""
def __getattr__(name):
    while True:
        pass
