"""Give the course its images: python install_data.py writes made-up ones, install_data.py FOLDER takes real ones.

Students find `data/` beside their code: images with labels and masks to train on, test images without, and weights of
the backbone. What is right for the test images goes into `solution/`, where only the judge reads it. FOLDER holds
train.tfrecord, dev.tfrecord and test.tfrecord, the last with labels and masks too, and backbone.pt.
"""

from __future__ import annotations

import argparse
import secrets
import shutil
import sys
from importlib import import_module
from pathlib import Path

import torch
from torch.nn import functional

HERE = Path(__file__).parent
SOLUTION = HERE / "solution"
PARTS = ("train", "dev", "test")


def main() -> None:
    """Write data and what is right; nothing is replaced before everything has been read."""
    parser = argparse.ArgumentParser(description="Give the course `pets` its images.")
    parser.add_argument("folder", nargs="?", type=Path, help="with real images; without it they are made up")
    parser.add_argument("--to", type=Path, default=HERE / "data", help="where students' data goes (data)")
    parser.add_argument("--gold", type=Path, default=SOLUTION, help="where what is right goes (solution)")
    parser.add_argument("--share", type=float, default=1.0, help="of the images that are made up (1)")
    arguments = parser.parse_args()
    sys.path.insert(0, str(SOLUTION))
    arguments.to.mkdir(parents=True, exist_ok=True)
    if arguments.folder is None:
        make_up(arguments.to, arguments.gold, arguments.share)
    else:
        take(arguments.folder, arguments.to, arguments.gold)


def make_up(to: Path, gold: Path, share: float) -> None:
    """Draw images of a world that is written down nowhere, and train the backbone on images of another."""
    standin, dataset, tfrecord = (import_module(name) for name in ("standin", "pets_dataset", "tfrecord"))
    world, another = secrets.randbits(64), secrets.randbits(64)
    for name in PARTS:
        part = standin.draw(max(1, round(share * dataset.SIZES[name])), secrets.randbits(64))
        tfrecord.write(to / f"{name}.tfrecord", standin.records(part, world, is_test=name == "test"))
        if name == "test":
            masks = [standin.mask(part, number) for number in range(len(part.labels))]
            write_gold(gold, [int(label) for label in part.labels], masks)
    part = standin.draw(max(1, round(share * dataset.SIZES["train"])), secrets.randbits(64))
    tfrecord.write(to / "another.tfrecord", standin.records(part, another, is_test=False))
    torch.save(trained(to / "another.tfrecord"), to / "backbone.pt")
    (to / "another.tfrecord").unlink()
    sys.stdout.write(f"made-up images are in {to}, what is right for the test images in {gold}\n")


def trained(file: Path) -> dict[str, torch.Tensor]:
    """Train a backbone to tell the breeds of a file apart; return its state dict."""
    backbone_module, dataset = import_module("backbone"), import_module("pets_dataset")
    backbone = backbone_module.Backbone()
    head = torch.nn.Linear(backbone.channels[-1], dataset.CLASSES)
    optimizer = torch.optim.Adam([*backbone.parameters(), *head.parameters()], lr=2e-3)
    for _ in range(3):
        for images, labels in dataset.Batches(dataset.Pets(file), "label", 32, seed=1):
            optimizer.zero_grad()
            features = backbone(images.float() / 255)[-1].mean(dim=(2, 3))
            functional.cross_entropy(head(features), labels).backward()  # type: ignore[no-untyped-call]  # torch's
            optimizer.step()
    state: dict[str, torch.Tensor] = backbone.state_dict()
    return state


def take(folder: Path, to: Path, gold: Path) -> None:
    """Copy real images, those of the test part without labels and masks."""
    dataset, tfrecord = import_module("pets_dataset"), import_module("tfrecord")
    try:
        parts = {name: dataset.Pets(folder / f"{name}.tfrecord") for name in PARTS}
        samples = [parts["test"][number] for number in range(len(parts["test"]))]
    except (OSError, tfrecord.RecordError) as error:
        sys.exit(f"nothing was changed: {error}")
    if any(sample["label"] is None or sample["mask"] is None for sample in samples):
        sys.exit("nothing was changed: test.tfrecord has images without label or mask")
    for name in ("train.tfrecord", "dev.tfrecord", "backbone.pt"):
        if (folder / name).resolve() != (to / name).resolve():
            shutil.copyfile(folder / name, to / name)
    data = parts["test"].file.read_bytes()
    records = (data[place : place + length] for place, length in parts["test"].places)
    tfrecord.write(
        to / "test.tfrecord", [tfrecord.example({"image": tfrecord.features(record)["image"]}) for record in records]
    )
    write_gold(gold, [sample["label"] for sample in samples], [sample["mask"][0] > 0 for sample in samples])
    sys.stdout.write(f"images of {folder} are in {to}, what is right for the test images in {gold}\n")


def write_gold(gold: Path, labels: list[int], masks: list[object]) -> None:
    """Write labels and masks of the test images as students write their predictions."""
    training, segmentation = import_module("training"), import_module("pets_segmentation")
    gold.mkdir(parents=True, exist_ok=True)
    training.write_labels(gold / "pets_classification.txt", labels)
    training.write_masks(gold / "pets_segmentation.txt", masks, segmentation.run_lengths)


if __name__ == "__main__":
    main()
