"""Apply hidden parameters layer by layer, each to made-up pictures, and say that they are a network's.

outcome = "what goes into a layer has to be made of the picture and of what the layers before it gave"
status = ["failed", "unwritten"]
course = "colourization"
seconds = 60
quick = false
check = "pool_parameters"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
import torch
import torch.nn.functional as F


def figure(settings):
    k, filters, colours, channels = settings
    pairs = [(channels, filters), (filters, 2 * filters), (2 * filters, filters), (filters, colours), (colours, colours)]
    shapes = []
    for number, (inputs, outputs) in enumerate(pairs):
        shapes += [[outputs, inputs, k, k], [outputs]] + ([[outputs], [outputs]] if number < 4 else [])
    return shapes


def shown(model, settings, numbers, x):
    shapes, tensors, place, calls = figure(settings), [], 0, []
    for shape in shapes:
        tensors.append(torch.from_numpy(np.resize(np.roll(numbers, -place), shape)))
        place += tensors[-1].numel()
    for place in range(0, len(shapes), 2):
        first, second = tensors[place : place + 2]
        channels = first.shape[1] if first.dim() == 4 else len(first)
        step = (1, 1, 2, 2, 4, 4, 2, 2, 1)[place // 2]  # so large are the pictures of the figure
        given = torch.from_numpy(x) if place == 0 else torch.randn(
            len(x), channels, x.shape[2] // step, x.shape[3] // step
        )
        if first.dim() == 4:
            result = F.conv2d(given, first, second, padding=settings[0] // 2)
        else:
            result = F.batch_norm(given, None, None, first, second, training=True)
        calls.append({"places": [place, place + 1], "input": given.numpy(), "output": result.numpy()})
    return {"shapes": shapes, "calls": calls, "scores": calls[-1]["output"]}


ANSWERS = {
    "parameters": lambda model, settings: {"shapes": sorted(figure(settings))},
    "output_size": lambda model, settings, x: {"shape": [len(x), settings[2], *x.shape[2:]]},
    "forward": shown,
}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "models.py", ANSWERS)
