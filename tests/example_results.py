"""Results to show: realistic ones, and one whose every text from the submission is hostile."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from PIL import Image

from grader.authoring.figures import confusion_figure, image_panel, images_figure, masks_figure
from grader.model.assignment import Check, ManualRow, Visibility
from grader.model.figure import Box, Figure, ImagePanel
from grader.model.result import (
    CaseVerdict,
    CheckResult,
    ManualItem,
    NamedMistake,
    PartScore,
    Picture,
    Provenance,
    QuotedLine,
    Result,
    RuleOutcome,
    Verdict,
)
from grader.model.status import Status

MARKUP = "<script>window.broken = true</script><img src=x onerror='window.broken = true'>"
SCREEN = "\x1b[31mred\x1b[0m \x07 \x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\ \u202etxt.exe\u202c \udcff"
RICH = "[bold red]shout[/bold red] [link=https://example.org]link[/link] :bomb:"
HOSTILE = f"{MARKUP} {SCREEN} {RICH} {{{{ 7 * 7 }}}} \x00 --> ]]> </style></pre></title>"

PROVENANCE = Provenance(
    submission="sha256:5f1c0c9b7d6e4e0a8f8b8a8c1e6a0d7f4b2c3d9e6f7081928374650192837465",
    tests="sha256:0b9f3a1c2d4e5f60718293a4b5c6d7e8f9010203040506070809101112131415",
    reference="sha256:c4d8e2f1a0b9c8d7e6f5040302010f0e0d0c0b0a090807060504030201000102",
    versions={"grader": "0.1.0", "numpy": "2.4.6", "python": "3.11.7", "torch": "2.13.0+cpu"},
    isolation=("seccomp", "rlimits", "no_new_privs", "uid 65534", "deadline from outside"),
    seed=20261121,
    graded_at="2026-11-21T22:40:07Z",
)

OF_CHECK = frozenset({"name", "part", "description", "hint", "visibility", "public"})

PARTS = (
    PartScore(name="convolution", title="Convolution", points=Fraction(0), max_points=Fraction(0)),
    PartScore(name="pooling", title="Max pooling", points=Fraction(0), max_points=Fraction(0)),
    PartScore(name="layers", title="Linear and ReLU", points=Fraction(0), max_points=Fraction(0)),
    PartScore(name="network", title="Network and classifier", points=Fraction(0), max_points=Fraction(0)),
    PartScore(name="optimizer", title="SGD with momentum", points=Fraction(0), max_points=Fraction(0)),
)


def error_map(rows: int, columns: int, seed: int, share: float) -> tuple[tuple[float | None, ...], ...]:
    """Draw a map in which about this share of the cells is wrong, the worst exactly by 1."""
    draw = np.random.default_rng(seed)
    errors = np.where(draw.random((rows, columns)) < share, draw.random((rows, columns)), 0.0)
    errors[rows // 2, columns // 3] = 1.5
    errors = errors / errors.max()
    return tuple(tuple(float(error) for error in row) for row in errors)


def border_map(side: int, seed: int) -> tuple[tuple[float | None, ...], ...]:
    """Draw two panels whose border is wrong, with a gap of padding between them."""
    draw = np.random.default_rng(seed)
    panel = np.zeros((side, side))
    panel[[0, -1], :] = draw.uniform(0.3, 0.9, (2, side))
    panel[:, [0, -1]] = draw.uniform(0.3, 0.9, (side, 2))
    panel[0, side // 2] = 1.0
    rows = [[*(float(cell) for cell in row), None, *(float(cell) for cell in row[::-1])] for row in panel]
    return tuple(tuple(row) for row in rows)


def cases(names: str, failed: str = "", message: str = "") -> tuple[CaseVerdict, ...]:
    """Give one verdict per named case; those among `failed` failed with the message."""
    lost = failed.split()
    return tuple(
        CaseVerdict(name, Status.FAILED, message) if name in lost else CaseVerdict(name, Status.PASSED)
        for name in names.split()
    )


def changed(row: CheckResult, **fields: Any) -> CheckResult:  # noqa: ANN401  # fields are named by tests
    """Change fields of a check result, wherever in it they stand; the share of the verdict follows the points."""
    of_check = {name: fields.pop(name) for name in OF_CHECK & fields.keys()}
    points = fields.pop("points", row.points)
    check = replace(row.check, **of_check, points=fields.pop("max_points", row.max_points))
    measurement = fields.pop("measurement", row.measurement)
    verdict = replace(row.verdict, check=check.name, **fields)
    share = Fraction(1) if verdict.status is Status.PASSED else points / (check.points or 1)
    return CheckResult(
        check=check, verdict=replace(verdict, share=share), points=points, measurement=measurement
    )  # fmt: skip


def check(
    name: str, part: str, points: str, share: str, description: str, status: Status, **rest: object
) -> CheckResult:
    """Build a check from its points and the share of them that was earned, both written as text."""
    row = Check(name=name, part=part, points=Fraction(points), description=description, hint="")
    verdict = Verdict(check=name, status=status, cpu_seconds=0.016)
    return changed(CheckResult(check=row, verdict=verdict, points=row.points * Fraction(share)), **rest)


def scored(result: Result) -> Result:
    """Add up parts and score from the checks and rules."""
    parts = tuple(
        replace(
            part,
            points=sum((row.points for row in result.items if row.part == part.name), Fraction(0)),
            max_points=sum((row.max_points for row in result.items if row.part == part.name), Fraction(0)),
        )
        for part in result.parts
    )
    earned = sum((row.points for row in (*parts, *result.rules)), Fraction(0))
    return replace(
        result,
        parts=parts,
        score=max(Fraction(0), earned),
        max_score=sum((part.max_points for part in parts), Fraction(0)),
    )


CONV_BACKWARD = check(
    "conv_backward",
    "convolution",
    "9",
    "1/2",
    "The gradients of weight, bias and input agree with the reference, padding 0 included.",
    Status.FAILED,
    message="dx[0, 1, 0, 4] is 0, expected -1.482037 (54 of 98 values differ)",
    reasons=(
        "only the border of dx is wrong; its inside, rows 1 to 5 and columns 1 to 5, is right",
        "dw and db are right in every case",
    ),
    hint="The loss reads every pixel of x, those under the padding too. Which of them does your slice of the padded "
    "gradient leave out, and what does a[p:-p] select when p is 0?",
    mistakes=(
        NamedMistake(
            "crop-without-padding",
            "the padded gradient is cropped by one pixel whatever the padding, so the border of dx is lost",
            "How many rows of the padded gradient belong to x when padding is 2? And when it is 0?",
        ),
    ),
    picture=Picture(
        title="Where dx differs",
        caption="dx[0], two channels of 7 × 7, case stride-1-padding-0; the worst is dx[0, 1, 0, 4]",
        cells=border_map(7, 3),
        labels=("dx[0, 1, 0, 2:7]", "dx[0, 1, 1, 2:7]", "dx[0, 1, 2, 2:7]"),
        got=(
            ("0", "0", "0", "0", "0"),
            ("0.7312", "-0.2204", "1.018", "0.4471", "0"),
            ("0.0912", "0.5533", "-0.8107", "-0.3318", "0"),
        ),
        expected=(
            ("0.3147", "-0.9021", "-1.482", "0.2290", "0.6614"),
            ("0.7312", "-0.2204", "1.018", "0.4471", "-0.5108"),
            ("0.0912", "0.5533", "-0.8107", "-0.3318", "0.2275"),
        ),
    ),
    quoted=(
        QuotedLine(
            file="modules/convolution.py",
            line=71,
            function="backward",
            source="        self.dx = dx_padded[:, :, 1:-1, 1:-1]",
        ),
    ),
    cases=cases(
        "stride-1-padding-1 stride-2-padding-1 stride-1-padding-0 kernel-1",
        "stride-1-padding-0 kernel-1",
        "dx[0, 1, 0, 4] is 0, expected -1.482037 (54 of 98 values differ)",
    ),
    detail="seed 20261121, case stride-1-padding-0: x (1, 2, 7, 7), k 3; worker answered in 11 ms",
    public=True,
)


def rich_result() -> Result:
    """Give a half-finished convnet in which every status occurs."""
    checks = (
        check(
            "conv_forward",
            "convolution",
            "6",
            "1",
            "The output is the cross-correlation of x and weight plus bias, for every stride, padding and shape.",
            Status.PASSED,
            hint="Which rows of x does output row i read when the stride is 2?",
            cases=cases("stride-1-padding-1 stride-2-padding-0 height-is-not-width kernel-1 one-channel"),
            public=True,
        ),
        CONV_BACKWARD,
        check(
            "conv_twice",
            "convolution",
            "3",
            "0",
            "A second forward and backward on the same object gives the gradients of the second batch alone.",
            Status.BLOCKED,
            message="waits for conv_backward",
            hint="What is left in self.dw from the first call when the second begins?",
        ),
        check(
            "pool_forward",
            "pooling",
            "5",
            "1",
            "Each output is the largest value of its window; a border that no window covers is dropped.",
            Status.PASSED,
            hint="How many whole windows fit into 7 rows when kernel and stride are 2?",
            public=True,
        ),
        check(
            "pool_backward_overlap",
            "pooling",
            "5",
            "1/3",
            "Where windows overlap, the gradients of all windows that chose a pixel add up.",
            Status.FAILED,
            message="dx[1, 0, 12, 10] is 0.4120, expected 1.3391 (147 of 1024 values differ)",
            hint="If two windows choose the same pixel, what happens to the first gradient when the second arrives?",
            picture=Picture(
                title="Where dx differs",
                caption="dx[1, 0], 32 × 32; the worst is dx[1, 0, 12, 10]",
                cells=error_map(32, 32, 5, 0.14),
                labels=("dx[1, 0, 12, 9:12]",),
                got=(("0", "0.4120", "0"),),
                expected=(("0", "1.339", "0"),),
            ),
            cases=cases(
                "kernel-3-stride-1 kernel-3-stride-2 kernel-2-stride-2",
                "kernel-3-stride-1 kernel-3-stride-2",
                "dx differs",
            ),
        ),
        check(
            "relu",
            "layers",
            "4",
            "1",
            "ReLU keeps what is positive and passes its gradient only there.",
            Status.PASSED,
            hint="What is the slope of ReLU left and right of 0?",
        ),
        check(
            "linear_backward",
            "layers",
            "5",
            "0",
            "Linear hands back dx in the shape of its input and the gradients of weight and bias.",
            Status.RAISED,
            message="ValueError in modules/linear.py, line 44: the shapes (4, 12) and (5, 4) cannot be multiplied",
            hint="Write the shapes of x, weight and dout beside each other. Which product has the shape of weight?",
            quoted=(
                QuotedLine(
                    file="modules/linear.py",
                    line=44,
                    function="backward",
                    source="        self.dw = np.dot(dout, self.cache.reshape(n, -1))",
                ),
            ),
            detail="Traceback (most recent call last):\n"
            '  File "modules/linear.py", line 44, in backward\n'
            "ValueError: shapes (4,12) and (5,4) not aligned",
        ),
        check(
            "linear_keeps_input",
            "layers",
            "2",
            "0",
            "Neither forward nor backward writes into the arrays that it is given.",
            Status.FORBIDDEN,
            message="modules/linear.py opens a file, which this assignment does not allow",
            hint="What does a layer need from outside its arguments?",
        ),
        check(
            "network_gradients",
            "network",
            "10",
            "0",
            "Gradients through Conv, ReLU, Pool and Linear agree with central differences.",
            Status.BLOCKED,
            message="waits for conv_backward and linear_backward",
            hint="Check each layer alone first.",
        ),
        check(
            "network_unknown_criterion",
            "network",
            "2",
            "0",
            "A criterion that does not exist is refused with a ValueError.",
            Status.UNWRITTEN,
            message="modules/conv_classifier.py, line 31 is not written yet (2c: Choose the criterion.)",
            hint="Which names can a configuration file hold, and who should find out about a wrong one?",
        ),
        check(
            "overfit",
            "network",
            "8",
            "0",
            "Ten epochs on fifty small images bring the training accuracy above 0.85.",
            Status.TIMED_OUT,
            message="gave no answer within 20 seconds",
            hint="Which of your loops runs once per pixel and could run once per window?",
        ),
        check(
            "network_memory",
            "network",
            "2",
            "0",
            "A batch of 64 images fits in memory.",
            Status.OUT_OF_MEMORY,
            message="asked for more than 1024 MiB of memory",
            hint="How many copies of the unfolded windows are alive at once?",
            visibility=Visibility.AFTER_DUE_DATE,
        ),
        check(
            "sgd_momentum",
            "optimizer",
            "7",
            "0",
            "Three steps with momentum move every parameter as v = βv − η·grad says.",
            Status.DIED,
            message="the process ended without an answer (signal 11)",
            hint="What remembers the velocity between two steps, and for how many parameters?",
        ),
        check(
            "sgd_rate_changes",
            "optimizer",
            "4",
            "0",
            "A learning rate that changes between steps counts from the next step on.",
            Status.VOID,
            message="",
            hint="Where is η read: once, or at every step?",
        ),
        check(
            "secret_shapes",
            "optimizer",
            "6",
            "1/3",
            "Hidden: parameters of any shape are updated.",
            Status.FAILED,
            message="layer 3: w[0] is 1, expected 0.9",
            hint="Hidden hint.",
            visibility=Visibility.HIDDEN,
            cases=cases("a b c", "b c", "w differs"),
            detail="hidden inputs: seed 99",
        ),
    )
    return scored(
        Result(
            assignment="convnet",
            title="A convolutional network from scratch",
            submission="team-07/ada-lovelace.zip",
            score=Fraction(0),
            max_score=Fraction(0),
            parts=PARTS,
            checks=checks,
            rules=(
                RuleOutcome(
                    "output", "modules/relu.py prints 2 lines; the assignment asks for no output", Fraction(-3, 2)
                ),
                RuleOutcome("files", "every file of the assignment is there"),
            ),
            notes=(
                "modules/softmax_ce.py differs from the course's copy; the course's copy was used",
                "__MACOSX/ and 14 .pyc files were passed over",
            ),
            provenance=PROVENANCE,
            cpu_seconds=0.41,
            seconds=0.63,
        )
    )


def bare(row: Check) -> Check:
    """Make a check visible from the beginning."""
    return replace(row, visibility=Visibility.VISIBLE, public=False)


def perfect_result() -> Result:
    """Give a result in which every check passed and nothing is to be said."""
    rich = rich_result()
    checks = tuple(
        CheckResult(
            check=bare(row.check),
            verdict=Verdict(check=row.name, status=Status.PASSED, share=Fraction(1)),
            points=row.max_points,
        )
        for row in rich.checks
    )
    return scored(replace(rich, checks=checks, rules=(), notes=()))


def partial_result() -> Result:
    """Give the result of a run of one check alone, which passed."""
    perfect = perfect_result()
    return scored(replace(perfect, checks=perfect.checks[:1], left_out=len(perfect.checks) - 1))


def unwritten_result() -> Result:
    """Give the result of an untouched stub."""
    rich = rich_result()
    checks = tuple(
        CheckResult(
            check=bare(row.check),
            verdict=Verdict(check=row.name, status=Status.UNWRITTEN, message=f"{row.name} is not written yet"),
            points=Fraction(0),
        )
        for row in rich.checks
    )
    return scored(replace(rich, checks=checks, rules=(), notes=()))


def hostile_result() -> Result:
    """Give a result in which whatever a submission can choose tries to run, hide or mislead."""
    picture = Picture(
        title=HOSTILE,
        caption=HOSTILE,
        cells=((0.0, 1.0), (None, 0.5)),
        labels=(HOSTILE,),
        got=((HOSTILE, "1"),),
        expected=((HOSTILE, "2"),),
    )
    box = Box(left=0.0, top=1e-9, width=64.0, height=2.0, label=HOSTILE)
    image = ImagePanel(label=HOSTILE, colours=("#00ff00",), rows=("AB", HOSTILE[:40]), boxes=(box,))
    attacked = tuple(
        row
        if row.status is Status.PASSED
        else changed(
            row,
            message=HOSTILE,
            reasons=(HOSTILE, RICH),
            mistakes=(NamedMistake("known", HOSTILE, HOSTILE),),
            picture=picture,
            figures=(Figure(title=HOSTILE, caption=HOSTILE, images=(image,)),),
            quoted=(
                QuotedLine(file=f"{HOSTILE}.py", line=1, function=HOSTILE, source=HOSTILE),
                QuotedLine(file="long.py", line=2, function="f", source="x = 1; " * 9000),
            ),
            cases=(CaseVerdict(HOSTILE, Status.FAILED, HOSTILE),),
            detail=HOSTILE,
        )
        for row in rich_result().checks
    )
    hostile = replace(
        rich_result(),
        submission=f"{HOSTILE}.zip",
        checks=attacked,
        rules=(RuleOutcome("output", HOSTILE, Fraction(-1), {HOSTILE: HOSTILE}),),
        notes=(HOSTILE, "a" * 5000),
    )
    return scored(hostile)


def third_result() -> Result:
    """Give points that no decimal number equals."""
    rich = rich_result()
    third = changed(CONV_BACKWARD, points=Fraction(1, 3), max_points=Fraction(1))
    seventh = changed(CONV_BACKWARD, name="conv_again", points=Fraction(16, 7), max_points=Fraction("2.6"))
    return scored(replace(rich, checks=(third, seventh), rules=()))


def marked_result() -> Result:
    """Give a result with rows that people mark, one of them not marked yet."""
    essay = ManualRow(
        name="essay", part="network", title="Essay", points=Fraction(5), description="It names what the paper adds"
    )
    curve = ManualRow(
        name="curve", part="network", title="Curve", points=Fraction(2), description="It has axes: with units"
    )
    items = (ManualItem(row=essay, mark=Fraction(5, 2), comment="Half of it."), ManualItem(row=curve))
    return scored(replace(rich_result(), by_hand=items))


def drawn_image() -> bytes:
    """Give a course's image of a few hundred bytes, as JPEG."""
    ramp = np.add.outer(np.arange(0, 128, 16), np.arange(0, 128, 16)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.stack([ramp, ramp[::-1], ramp.T], axis=2)).save(stream, "JPEG")
    return stream.getvalue()


def drawn_result(word: str = "breeds") -> Result:
    """Give a result with a confusion matrix, masks over images, masks alone and an image with a box."""
    confusion = np.array([[5, 0, 1, 0], [2, 3, 0, 1], [0, 0, 4, 0]])
    masks = np.indices((3, 40, 60)).sum(axis=0) % 50 < np.array([10, 25, 50])[:, None, None]
    scores = np.array([0.91, 0.3, 0.77])
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    figures = (
        confusion_figure(confusion, word),
        masks_figure(masks, scores, lambda _number: drawn_image(), measure=word),
        masks_figure(masks, scores),
        images_figure("Discs", "as they were found", [image_panel("one", pixels, [(1, 0, 1.5, 2, word)])]),
    )
    row = changed(CONV_BACKWARD, picture=None, figures=figures)
    return scored(replace(rich_result(), checks=(row,), rules=()))


EXAMPLES = {
    "rich": rich_result(),
    "perfect": perfect_result(),
    "unwritten": unwritten_result(),
    "partial": partial_result(),
    "hostile": hostile_result(),
    "third": third_result(),
    "marked": marked_result(),
    "drawn": drawn_result(),
}
