"""Give the course its images: python install_data.py writes made-up ones, install_data.py FOLDER takes CIFAR-10's own.

Students find `data/` beside their code, with what to train on. Test images go to `hidden/`, where only the grader finds
them. Made-up ones are of a world that is drawn here and written down nowhere: who knows how they are made cannot make
more of them.
"""

from __future__ import annotations

import pickle
import secrets
import shutil
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
DATA, HIDDEN = HERE / "data", HERE / "hidden"
MADE_UP = ((DATA, "train"), (DATA, "test"), (HIDDEN, "test"))  # students validate with other images than the grader


def main(arguments: list[str]) -> None:
    """Replace what is there, once everything that is to be taken has been read."""
    sys.path.insert(0, str(HERE / "solution"))
    cifar10 = import_module("data.cifar10")
    if not arguments:
        remove()
        world = secrets.randbits(64)
        count = sum(write_made_up(cifar10, folder, part, world) for folder, part in MADE_UP)
        sys.stdout.write(f"{count} made-up images in {DATA} and {HIDDEN}\n")
        return
    place = Path(arguments[0])
    place = place if place.name == cifar10.BATCHES else place / cifar10.BATCHES
    names = [name for part in cifar10.FILES.values() for name in part]
    try:
        count = sum(len(cifar10.read_batch(place / name)[1]) for name in names)
        contents = {name: (place / name).read_bytes() for name in names}  # the place may be what is to be replaced
    except (OSError, pickle.UnpicklingError) as error:
        sys.exit(f"nothing was changed: {error}")
    remove()
    for part, folder in (("train", DATA), ("test", HIDDEN)):
        (folder / cifar10.BATCHES).mkdir(parents=True)
        for name in cifar10.FILES[part]:
            (folder / cifar10.BATCHES / name).write_bytes(contents[name])
    sys.stdout.write(f"{count} images of {place} in {DATA} and {HIDDEN}\n")


def write_made_up(cifar10: ModuleType, folder: Path, part: str, world: int) -> int:
    """Draw images of a part from a world and write them as CIFAR-10's files are; return how many."""
    images, labels = cifar10.made_up(cifar10.MADE_UP[part][0], secrets.randbits(64), world)
    names = cifar10.FILES[part]
    (folder / cifar10.BATCHES).mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names):
        chosen = slice(number, None, len(names))
        data = cifar10.batch_bytes(images[chosen], labels[chosen], name)
        (folder / cifar10.BATCHES / name).write_bytes(data)
    return len(images)


def remove() -> None:
    """Forget the images that are there."""
    for folder in (DATA, HIDDEN):
        if folder.exists():
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
