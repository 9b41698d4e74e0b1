"""Every way to draw a map of Grad-CAM that the handout leaves open passes the hidden checks of `explain`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.discovery import Course
from grader.judging.judge import Judge
from grader.subjects.course import CourseSubject
from grader.subjects.recordings import Recordings

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
