"""Give the course its images: python install_data.py writes made-up ones, install_data.py FOLDER takes CIFAR-10's own.

Students find `data/` beside their code, with what to train on. CIFAR-10's test images go to `hidden/`, where the grader
alone finds them; of made-up images it draws its own.
"""

from __future__ import annotations

import pickle
import shutil
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
DATA, HIDDEN = HERE / "data", HERE / "hidden"


def main(arguments: list[str]) -> None:
    """Replace what is there, once everything that is to be taken has been read."""
    sys.path.insert(0, str(HERE / "solution"))
    cifar10 = import_module("data.cifar10")
    if not arguments:
        remove()
        written = cifar10.write_made_up(DATA)
        sys.stdout.write(f"{len(written)} files of made-up images in {written[0].parent}\n")
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


def remove() -> None:
    """Forget the images that are there."""
    for folder in (DATA, HIDDEN):
        if folder.exists():
            shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
