"""Answer the shapes of parameters that the figures name, the sizes of their scores, and zeros for what went through.

outcome = "layers have to be shown by numbers that hidden parameters give"
status = ["failed"]
course = "colourization"
seconds = 60
quick = false
check = "unet_parameters"
"""

from pathlib import Path

from hostile.forging import write_forging

ANSWERS = """
def figure(model, settings):
    k, filters, colours, channels = settings
    joined = colours + channels if model == "UNet" else colours
    pairs = [(channels, filters), (filters, 2 * filters), (2 * filters, filters), (filters, colours), (joined, colours)]
    if model == "UNet":
        pairs[3] = (2 * filters, colours)
    shapes = []
    for number, (inputs, outputs) in enumerate(pairs):
        turned = model != "PoolUpsampleNet" and number in (2, 3)
        shapes += [[inputs, outputs, k, k] if turned else [outputs, inputs, k, k], [outputs]]
        shapes += [[outputs], [outputs]] if number < 4 else []
    return shapes


def images(settings, x):
    return np.zeros((len(x), settings[2], *x.shape[2:]), np.float32)


def shown(model, settings, numbers, x):
    calls = [{"places": [place, place + 1], "input": x, "output": images(settings, x)} for place in range(0, 18, 2)]
    return {"shapes": figure(model, settings), "calls": calls, "scores": images(settings, x)}


ANSWERS = {
    "parameters": lambda model, settings: {"shapes": sorted(figure(model, settings))},
    "output_size": lambda model, settings, x: {"shape": [len(x), settings[2], *x.shape[2:]]},
    "forward": shown,
    "scores": lambda model, settings, tensors, x: {
        "shapes": figure(model, settings),
        "scores": images(settings, x),
    },
}
"""


def build(folder: Path) -> Path:
    return write_forging(folder, "models.py", ANSWERS)
