"""A small course with variants, `leaky`: inputs, constants of code, text and a provided file, and a derived one."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

RUBRIC = dedent("""\
    title = "Leaky ReLU"
    source = "Handout 1"
    files = ["leaky.py"]

    [hidden]
    seed = 20261121

    [variants]
    count = 30
    salt = "7f3a-kept-with-the-course"
    inputs = true
    """)

VARIANTS = dedent("""\
    def constants(rng):
        slope = rng.choice([0.01, 0.02, 0.05, 0.1, 0.2])
        rows, width = rng.integers(20, 40, size=2)
        return {"slope": slope, "rows": rows, "width": width, "_weights": rows * width}
    """)

SOLUTION = dedent('''\
    import numpy as np

    SLOPE = 0.02  # variant(slope)


    def leaky(x):
        """Multiply what is negative by SLOPE."""
        # solution(1): Keep what is positive.
        return np.where(x > 0, x, SLOPE * x)
        # end solution


    def weights():
        """Give the number of weights."""
        # solution(2): Multiply rows and columns.
        count = 600  # variant(_weights)
        return count
        # end solution
    ''')

CHECKS = dedent('''\
    import pytest
    from grader.authoring import assert_matches, check, function

    leaky = function("leaky:leaky")
    weights = function("leaky:weights")


    @check(points=2, part="leaky", hint="What should -3 become?", public=True)
    @pytest.mark.parametrize("shape", [(2, 3), (4,)], ids=str)
    def test_leaky(student, reference, rng, shape):
        """What is negative becomes smaller."""
        x = rng.normal(size=shape)
        assert_matches(student(leaky, x=x), reference(leaky, x=x))


    @check(points=2, part="leaky", hint="Rows times columns.")
    def test_weights(student, variant):
        """The weights are counted, by a closed form."""
        assert student(weights)["weights"] == variant["rows"] * variant["width"], "that is another number"
    ''')

SIZES = "ROWS = 1  # variant(rows)\nWIDTH = 1  # variant(width)\n"

INSTRUCTIONS = "Multiply what is negative by {{ slope }}. How many weights has a layer of {{rows}} by {{ width }}?\n"

ROSTER = "id,name,email\ns1,Ana,ana@x.org\ns2,Bo,bo@x.org\ns3,Cy,cy@x.org\n"


def build(folder: Path, rubric: str = RUBRIC, variants: str = VARIANTS, solution: str = SOLUTION) -> Path:
    """Write the course and its roster; return the assignment's folder."""
    home = folder / "reference" / "leaky"
    files = {
        "solution/sizes.py": SIZES, "assignment.toml": rubric, "variants.py": variants, "solution/leaky.py": solution,
        "checks/test_leaky.py": CHECKS, "instructions.md": INSTRUCTIONS,
    }  # fmt: skip
    for name, text in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(text, encoding="utf-8")
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return home


def answer(slope: object, weights: object) -> str:
    """Write what somebody hands in who has worked with these numbers."""
    return dedent(f"""\
        import numpy as np
        import sizes


        def leaky(x):
            return np.where(x > 0, x, {slope} * x)


        def weights():
            return {weights}
        """)
