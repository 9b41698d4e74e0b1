"""Print and raise styles, templates and comments that would end those of the page.

outcome = "escaped wherever it is shown"
status = ["raised"]
quick = false
"""
EVIL = (
    "</style><style>body{display:none}</style>{{ 7 * 7 }}{% raw %}<!-- --><![CDATA[ ]]></title></textarea>"
    "<base href=//evil.example><meta http-equiv=refresh content=0><svg/onload=alert(1)>&lt;script&gt;"
)


def transform(x, w):
    print(EVIL)
    raise ValueError(EVIL)  # </style><style>body{display:none}</style>
