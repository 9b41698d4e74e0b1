"""Convolutional layers, forward and backward, by products of matrices; and a network of them that learns digits.

python cnn_manual.py --cnn 5-3-2,10-3-2 --verify
"""

from __future__ import annotations

import argparse
import itertools
import sys
from functools import partial

import npfl138
import torch
from comparison import Comparison
from network import Network, parsed, whole_number
from npfl138.datasets.mnist import MNIST

parser = argparse.ArgumentParser()
parser.add_argument("--batch_size", default=50, type=whole_number, help="Images in a batch.")
parser.add_argument("--cnn", default="5-3-2,10-3-2", type=str, help="Layers as filters-kernel_size-stride.")
parser.add_argument("--epochs", default=5, type=whole_number, help="How often to go through the images.")
parser.add_argument("--learning_rate", default=0.1, type=float, help="Of gradient descent.")
parser.add_argument("--seed", default=42, type=int, help="Of the first weights and the order of images.")
parser.add_argument("--threads", default=1, type=partial(whole_number, least=0), help="Threads, 0 for all.")
parser.add_argument("--verify", default=False, action="store_true", help="Compare every layer with torch's own.")

COMPARISON = Comparison()


class Convolution:
    """A convolution of images in the order (N, height, width, channels), without padding, and ReLU behind it."""

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        stride: int,
        input_shape: list[int] | tuple[int, int, int],
        verify: bool = False,  # noqa: FBT001, FBT002  # the course's signature
    ) -> None:
        self._filters = filters
        self._kernel_size = kernel_size
        self._stride = stride
        self._verify = verify
        self._kernel = torch.randn(kernel_size, kernel_size, input_shape[2], filters) * 0.1
        self._bias = torch.zeros(filters)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Convolve images and apply ReLU.

        Args:
            inputs: Shape (N, height, width, channels).

        Returns:
            Shape (N, (height - kernel_size) // stride + 1, (width - kernel_size) // stride + 1, filters).
        """
        # solution(1a): For each place in the kernel, multiply the inputs under it with the kernel's matrix there.
        size, stride = self._kernel_size, self._stride
        rows, columns = ((extent - size) // stride + 1 for extent in inputs.shape[1:3])
        outputs = torch.zeros(len(inputs), rows, columns, self._filters)
        for i, j in itertools.product(range(size), repeat=2):
            under = inputs[:, i : i + stride * rows : stride, j : j + stride * columns : stride]
            outputs += under @ self._kernel[i, j]
        outputs = torch.relu(outputs + self._bias)
        # end solution
        if self._verify:
            COMPARISON.forward(self, self._stride, self._kernel, self._bias, inputs, outputs)
        return outputs

    def backward(
        self, inputs: torch.Tensor, outputs: torch.Tensor, outputs_gradient: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Tensor], list[torch.Tensor]]:
        """Differentiate the layer.

        Args:
            inputs: What `forward` was given, shape (N, height, width, channels).
            outputs: What it returned for them, after ReLU, shape (N, rows, columns, filters).
            outputs_gradient: The gradient of the loss by the outputs, of their shape.

        Returns:
            The gradient by the inputs, of their shape; the layer's variables, kernel and bias; the gradients by these.
        """
        # solution(1b): Go through ReLU, then through the products: to the bias, to the kernel, and to the inputs.
        size, stride = self._kernel_size, self._stride
        gradient = outputs_gradient * (outputs > 0)
        rows, columns = gradient.shape[1:3]
        bias_gradient = gradient.sum(dim=(0, 1, 2))
        kernel_gradient = torch.zeros_like(self._kernel)
        inputs_gradient = torch.zeros_like(inputs)
        for i, j in itertools.product(range(size), repeat=2):
            down, across = slice(i, i + stride * rows, stride), slice(j, j + stride * columns, stride)
            kernel_gradient[i, j] = torch.einsum("nhwc,nhwf->cf", inputs[:, down, across], gradient)
            inputs_gradient[:, down, across] += gradient @ self._kernel[i, j].T
        # end solution
        if self._verify:
            gradients = (bias_gradient, kernel_gradient, inputs_gradient)
            COMPARISON.backward(
                self, self._stride, self._kernel, self._bias, inputs, outputs, outputs_gradient, gradients
            )
        return inputs_gradient, [self._kernel, self._bias], [kernel_gradient, bias_gradient]


def main(args: argparse.Namespace) -> tuple[float, float]:
    """Train a network on digits; return its accuracy on images for development and on others for the test."""
    npfl138.startup(args.seed, args.threads)
    torch.set_grad_enabled(False)
    sizes = parsed(args.cnn, MNIST.H, MNIST.W, MNIST.C)
    digits = MNIST(sizes={"train": 5000})
    layers = [Convolution(one.filters, one.kernel_size, one.stride, one.input_shape, args.verify) for one in sizes]
    rows, columns, filters = sizes[-1].output_shape
    features = rows * columns * filters
    bound = (6 / (features + MNIST.LABELS)) ** 0.5
    network = Network(layers, (torch.rand(features, MNIST.LABELS) * 2 - 1) * bound, torch.zeros(MNIST.LABELS))
    accuracies = {"dev": 0.0, "test": 0.0}
    for epoch in range(args.epochs):
        for batch in digits.train.batches(args.batch_size, shuffle=True):
            network.step(pixels(batch["images"]), batch["labels"], args.learning_rate)
        accuracies = {part: accuracy(network, getattr(digits, part), args.batch_size) for part in accuracies}
        shown = ", ".join(f"{part} {100 * share:.2f} %" for part, share in accuracies.items())
        sys.stdout.write(f"epoch {epoch + 1}: {shown}\n")
    if args.verify:
        sys.stdout.write(f"{COMPARISON.table()}\n")
    return accuracies["dev"], accuracies["test"]


def accuracy(network: Network, part: MNIST.Dataset, batch_size: int) -> float:
    """Return the share of images that are classified rightly."""
    batches = part.batches(batch_size)
    right = sum(int((network.classes(pixels(one["images"])) == one["labels"]).sum()) for one in batches)
    return right / len(part)


def pixels(images: torch.Tensor) -> torch.Tensor:
    """Bring images, uint8, shape (N, 1, height, width), to numbers from 0 to 1, shape (N, height, width, 1)."""
    return images.movedim(1, -1).to(torch.float32) / 255


if __name__ == "__main__":
    main(parser.parse_args(sys.argv[1:]))
