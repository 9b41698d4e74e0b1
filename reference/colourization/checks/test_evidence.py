"""What a machine can say of training and write-up; persons mark them, and nothing here earns a point."""

from __future__ import annotations

import re

import numpy as np
import pytest
from drivers import HEADINGS, SHOWN, WAYS, coloured, examples, sections, training

from grader.authoring import Note, Show, Subject, assert_shape
from grader.authoring.figures import image_panel, images_figure

EPOCHS = 25  # that the handout asks for
LEAST_WORDS = 20
MOST_PICTURES = 999  # that are told
MOST_COLOURS = 32  # that are drawn, beside as many greys
PROBLEMS = {
    "objects": "asks for more than tensors, and was not read",
    "damaged": "is cut off, or no file of torch.save",
    "too-large": "is too large",
    "no-state-dict": "holds something else than tensors by name",
    "no-colours": "holds no colours, which train.py saves beside the weights",
    "another-network": "holds the weights of another network",
}
LINE = re.compile(
    r"Val(?:idation)? Loss: (\d{1,4}\.\d{1,8})\D{1,4}Val(?:idation)? Acc(?:uracy)?: (\d{1,3}(?:\.\d{1,4})?) ?%"
)
NAME = re.compile("|".join(WAYS), re.IGNORECASE)


@pytest.mark.parametrize("model", WAYS)
def test_training_shown(student: Subject, reference: Subject, note: Note, figure: Show, model: str) -> None:
    show_coloured(student, reference, note, figure, model)
    found = student(training)
    epochs, pictures, last = shown(found["cells"], model)
    assert not (found["problems"] and not epochs), "the notebook cannot be read: is it a notebook of Jupyter?"
    assert epochs, f"no lines with the validation loss and accuracy of {model} are stored, expected one for each epoch"
    loss, accuracy = last
    counted = f"{epochs} epochs, {pictures} picture{'' if pictures == 1 else 's'}"
    sentence = f"{model}: {counted}, at the end validation loss {loss} and accuracy {accuracy} %"
    note(sentence)
    assert epochs >= EPOCHS, f"{sentence}; expected at least {EPOCHS} epochs"


@pytest.mark.parametrize("part", HEADINGS)
def test_writeup_sections(student: Subject, note: Note, part: str) -> None:
    found = student(sections)
    words = found["words"]
    assert not found["problem"], f"the write-up {found['problem']}"
    counts = ", ".join(f"{name} {int(words[name])}" for name in HEADINGS if name in words) or "none"
    note(f"words found in the write-up: {counts}")
    assert part in words, (
        f"no heading of its own, expected a line that begins with {part.title()} (words found: {counts})"
    )
    assert words[part] >= LEAST_WORDS, f"{int(words[part])} words, expected at least {LEAST_WORDS}"


def show_coloured(student: Subject, reference: Subject, note: Note, figure: Show, model: str) -> None:
    """Show pictures, grey and as the trained network that was handed in colours them."""
    drawn = reference(examples)
    got = student(coloured, model=model, grey=drawn["grey"])
    if got["problem"]:
        note(f"training/{model.lower()}.pth {PROBLEMS.get(got['problem'], 'cannot be used')}")
    if len(got["colours"]) == 0:
        return
    side = drawn["grey"].shape[-1]
    colours = assert_shape(got["colours"][:MOST_COLOURS], (None, 3), name="colours")
    chosen = assert_shape(got["chosen"], (SHOWN, side, side), kind="iu", name="what is chosen")
    painted = np.nan_to_num(colours).clip(0, 255).round().astype(np.uint8)[chosen.clip(0, len(colours) - 1)]
    greys = (drawn["grey"][:, 0] * (MOST_COLOURS - 1)).round() * (255 / (MOST_COLOURS - 1))
    images = [
        image_panel(
            f"picture {number + 1}",
            np.hstack([np.repeat(greys[number].astype(np.uint8)[..., None], 3, axis=2), painted[number]]),
        )
        for number in range(SHOWN)
    ]
    figure(images_figure(f"Pictures that your {model} colours", "each grey and as your network colours it", images))


def shown(cells: list[dict[str, object]], model: str) -> tuple[int, int, tuple[str, str]]:
    """Count epochs and pictures beneath the cell that trains a network longest.

    A cell speaks of the network that it names last, or else of the one that a cell before it named.
    """
    longest: list[tuple[str, str]] = []
    current, pictures = "", 0
    for cell in cells:
        named = NAME.findall(str(cell["source"]))
        current = named[-1] if named else current
        epochs = LINE.findall(str(cell["text"]))
        if current.casefold() == model.casefold() and len(epochs) > len(longest):
            longest, pictures = epochs, min(int(str(cell["pictures"])[:4]), MOST_PICTURES)
    return len(longest), pictures, longest[-1] if longest else ("", "")
