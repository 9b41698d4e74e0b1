"""Raise, print and name what would end the elements of a report for a build server.

outcome = "escaped, and what XML cannot hold is written out"
status = ["raised"]
"""
EVIL = (
    "]]></failure></testcase><testcase name='attacked' /><!-- <![CDATA[ &xxe; %a; <?xml version='1.0'?>"
    "<!DOCTYPE a [<!ENTITY xxe SYSTEM 'file:///etc/passwd'>]> \x00\x0b\x1f\ufffe\uffff\ud800"
)


def transform(x, w):
    print(EVIL.encode("utf-8", "replace").decode())
    raise ValueError(EVIL)
