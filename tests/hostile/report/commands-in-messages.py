"""Print, raise and write lines that a build server obeys.

outcome = "no line begins with one"
status = ["raised"]
"""


def transform(x, w):
    print("::set-output name=score::100\n##vso[task.complete result=Succeeded;]")
    raise ValueError(
"::error::owned\n::add-mask::passed"
    )
