"""Every way to draw a map of Grad-CAM that the handout leaves open passes the hidden checks of `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.authoring.compare import equal
from grader.course.discovery import Course
from grader.judging.judge import Judge
from grader.model.observation import Value
from grader.subjects.course import CourseSubject
from grader.subjects.course_sentences import CourseSentences
from grader.subjects.recordings import Recordings
from grader.subjects.student import Driver

FILE = "explain.py"
SCORE = "score = score_of(scores, target_class)"
HEAT = "heat = F.relu((weights * activations).sum(dim=1, keepdim=True)).detach()"
SIGNED = HEAT.replace("F.relu(", "(")
ENLARGED = 'heat = F.interpolate(heat, size=image.shape[1:], mode="bilinear", align_corners=False)[0, 0]'
END = "return heat / heat.max().clamp(min=TINY)"
UNIT = "heat = (heat - heat.min()) / (heat.max() - heat.min()).clamp(min=TINY)"
CHECKS = ("cam_class", "cam_signs", "cam_layer", "cam_size", "cam_negative", "keeps_images")

CONVENTIONS = {
    "nearest": {ENLARGED: ENLARGED.replace('"bilinear", align_corners=False', '"nearest"')},
    "area": {ENLARGED: ENLARGED.replace('"bilinear", align_corners=False', '"area"')},
    "corners aligned": {ENLARGED: ENLARGED.replace("False", "True")},
    "bicubic, clipped": {
        ENLARGED: f"low, high = heat.min(), heat.max()\n    {ENLARGED.replace('bilinear', 'bicubic')}.clamp(low, high)"
    },
    "signed": {HEAT: SIGNED, END: "return 5 * heat"},
    "signed, from 0 to 1": {HEAT: SIGNED, END: f"{UNIT}\n    return heat"},
    "bicubic before the ReLU": {HEAT: SIGNED, ENLARGED: f"{ENLARGED.replace('bilinear', 'bicubic')}.relu()"},
    "probability": {SCORE: "score = scores.softmax(dim=1)[0, target_class]"},
    "log probability": {SCORE: "score = scores.log_softmax(dim=1)[0, target_class]"},
    "mean over channels": {HEAT: HEAT.replace("sum(", "mean(")},
    "256 grey values": {END: f"{UNIT}\n    return (255 * heat).to(torch.uint8)"},
    "256 grey values from 0 to 1, signed": {HEAT: SIGNED, END: f"{UNIT}\n    return (255 * heat).round() / 255"},
    "256 grey values, enlarged": {ENLARGED: f"{UNIT}\n    heat = (255 * heat).floor()\n    {ENLARGED}"},
    "shape of captum": {END: "return heat[None, None]"},
}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    made = Judge(Course(Path(__file__).parents[1]).load("explain"), Recordings())
    yield made
    made.tests.close()


@pytest.mark.parametrize("changes", CONVENTIONS.values(), ids=CONVENTIONS)
def test_a_right_convention_passes(judge: Judge, changes: dict[str, str]) -> None:
    course, source = judge.course, judge.course.solution[FILE]
    for old, new in changes.items():
        assert source.count(old) == 1
        source = source.replace(old, new)
    subject = CourseSubject.of(course, Recordings(), {**course.solution, FILE: source}, course.attached)
    cases = [(check, item) for check, item in judge.cases() if check.name in CHECKS]
    errors = {item.name: str(error) for check, item in cases if (error := judge.run_case_with(check, item, subject))}
    assert errors == {}


def failed(judge: Judge, *changes: tuple[str, str]) -> dict[str, str]:
    """Run all checks on a changed reference; tell which fail, and how the first of their cases ends."""
    source = judge.course.solution[FILE]
    for old, new in changes:
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    subject = CourseSubject.of(
        judge.course, Recordings(), {**judge.course.solution, FILE: source}, judge.course.attached
    )
    errors: dict[str, str] = {}
    for check, item in judge.cases():
        if check.name not in errors and (error := judge.run_case_with(check, item, subject)) is not None:
            errors[check.name] = str(error)
    return errors


def test_arguments_may_be_keywords_alone_in_another_order(judge: Judge) -> None:
    changes = [
        ("def feature_maps(model: nn.Module, images: torch.Tensor)", "def feature_maps(*, images, model)"),
        (
            "def grad_cam(model: nn.Module, image: torch.Tensor, target_class: int)",
            "def grad_cam(image, model, target_class)",
        ),
        (
            "def pick_examples(model: nn.Module, dataset: Dataset[Any], n: int = 10)",
            "def pick_examples(dataset, n, model)",
        ),
    ]
    assert failed(judge, *changes) == {}


@pytest.mark.parametrize(
    ("old", "new", "check"),
    [
        ("output[:, :CHANNELS]", "output[:, :CHANNELS - 1]", "maps_channels"),
        ("size=image.shape[1:]", "size=(image.shape[2], image.shape[1])", "cam_size"),
        ("size=image.shape[1:]", "size=(32, 32)", "cam_size"),
    ],
    ids=["four channels", "height and width swapped", "a size that is written in"],
)
def test_one_fault_costs_one_check(judge: Judge, old: str, new: str, check: str) -> None:
    """Maps of four channels lost eight checks, and a map whose sides are swapped all seven of Grad-CAM."""
    text = next(line.strip() for line in judge.course.solution[FILE].splitlines() if old in line)
    assert failed(judge, (text, text.replace(old, new))).keys() == {check}


def test_a_size_that_is_wrong_is_told_in_full(judge: Judge) -> None:
    """The sentences held a list of sizes, of which a student was told an ellipsis."""
    course, halved = judge.course, "return {name: one[:, :, ::2] for name, one in maps.items()}"
    source = course.solution[FILE].replace("return maps", halved)
    subject = CourseSubject.of(course, Recordings(), {**course.solution, FILE: source}, course.attached)
    cases = [(check, item) for check, item in judge.cases() if check.name in ("maps_layers", "maps_values")]
    errors = [str(judge.run_case_with(check, item, subject)).splitlines()[0] for check, item in cases]
    assert "map 1 has size (8, 14), expected (16, 14)" in errors
    sentences = CourseSentences.of(course)
    assert [sentences.told(error) for error in errors] == errors


def test_a_mistake_has_its_name_on_any_scale(judge: Judge) -> None:
    absolute = HEAT.replace("F.relu(", "(").replace(".detach()", ".abs().detach()")
    source = judge.course.solution[FILE].replace(HEAT, absolute).replace(END, f"{UNIT}\n    return 255 * heat[None]")
    course = judge.course
    scaled = CourseSubject.of(course, Recordings(), {**course.solution, FILE: source}, course.attached)
    known = next(one for one in judge.mistakes.mistakes if one.name == "absolute-map")
    item = next(item for check, item in judge.cases() if check.name == "cam_signs")
    answers: list[tuple[Value, Value]] = []

    def student(driver: Driver, **inputs: Value) -> Value:
        answers.append((scaled(driver, **inputs), judge.mistakes.subject(known)(driver, **inputs)))
        return answers[-1][0]

    check = next(check for check in judge.checks if check.name == "cam_signs")
    assert judge.run_case_with(check, item, student) is not None
    assert answers
    assert all(equal(one, other) for one, other in answers)
