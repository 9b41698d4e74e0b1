#!/usr/bin/env python3
import argparse
import os
os.environ.setdefault("KERAS_BACKEND", "torch")

import numpy as np
import torch

import npfl138
npfl138.require_version("2526.5")
from npfl138.datasets.mnist import MNIST

parser = argparse.ArgumentParser()
parser.add_argument("--batch_size", default=50, type=int)
parser.add_argument("--cnn", default="5-3-2,10-3-2", type=str)
parser.add_argument("--epochs", default=5, type=int)
parser.add_argument("--learning_rate", default=0.1, type=float)
parser.add_argument("--recodex", default=False, action="store_true")
parser.add_argument("--seed", default=42, type=int)
parser.add_argument("--threads", default=1, type=int)
parser.add_argument("--verify", default=False, action="store_true")


class Convolution:
    def __init__(self, channels: int, kernel_size: int, stride: int, input_shape: list[int], verify: bool) -> None:
        self._channels = channels
        self._kernel_size = kernel_size
        self._stride = stride
        self._verify = verify

        self._kernel = torch.nn.Parameter(torch.randn(kernel_size, kernel_size, input_shape[2], channels) * 0.1)
        self._bias = torch.nn.Parameter(torch.zeros(channels))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        # windows: [B, H', W', C, k, k]
        k, s = self._kernel_size, self._stride
        assert self._filters
        windows = inputs.unfold(1, k, s).unfold(2, k, s)
        output = torch.einsum("bhwcij,ijco->bhwo", windows, self._kernel) + self._bias
        output = torch.clamp(output, min=0)

        # If requested, verify that `output` contains a correct value.
        if self._verify:
            reference = torch.relu(torch.nn.functional.conv2d(
                inputs.movedim(-1, 1), self._kernel.permute(3, 2, 0, 1), self._bias, self._stride).movedim(1, -1))
            np.testing.assert_allclose(output.detach().numpy(), reference.detach().numpy(), atol=1e-4, err_msg="Forward")

        return output

    def backward(self, inputs, outputs, outputs_gradient):
        k, s = self._kernel_size, self._stride
        outputs_gradient = outputs_gradient * (outputs > 0).to(outputs_gradient.dtype)
        windows = inputs.unfold(1, k, s).unfold(2, k, s)
        kernel_gradient = torch.einsum("bhwcij,bhwo->ijco", windows, outputs_gradient)
        bias_gradient = outputs_gradient.sum((0, 1, 2))

        # dilate the gradient by the stride, pad it and convolve it with the flipped kernel
        b, oh, ow, o = outputs_gradient.shape
        _, h, w, _ = inputs.shape
        dilated = torch.zeros(b, h + k - 1, w + k - 1, o)
        dilated[:, k - 1:k - 1 + (oh - 1) * s + 1:s, k - 1:k - 1 + (ow - 1) * s + 1:s] = outputs_gradient
        flipped = self._kernel.flip((0, 1))
        inputs_gradient = torch.einsum("bhwoij,ijco->bhwc", dilated.unfold(1, k, 1).unfold(2, k, 1), flipped)

        # If requested, verify that the three computed gradients are correct.
        if self._verify:
            with torch.enable_grad():
                inputs.requires_grad_(True)
                inputs.grad = self._kernel.grad = self._bias.grad = None
                reference = (outputs > 0) * torch.nn.functional.conv2d(
                    inputs.movedim(-1, 1), self._kernel.permute(3, 2, 0, 1), self._bias, self._stride).movedim(1, -1)
                reference.backward(gradient=outputs_gradient, inputs=[inputs, self._kernel, self._bias])
                for name, computed, reference in zip(
                        ["Bias", "Kernel", "Inputs"], [bias_gradient, kernel_gradient, inputs_gradient],
                        [self._bias.grad, self._kernel.grad, inputs.grad]):
                    np.testing.assert_allclose(computed.detach().numpy(), reference.detach().numpy(),
                                               atol=2e-4, err_msg=name + " gradient differs!")

        # Return the inputs gradient, the layer variables, and their gradients.
        return inputs_gradient, [self._kernel, self._bias], [kernel_gradient, bias_gradient]


class Model:
    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._convs = []
        shape = [MNIST.H, MNIST.W, MNIST.C]
        for layer in args.cnn.split(","):
            channels, kernel_size, stride = map(int, layer.split("-"))
            self._convs.append(Convolution(channels, kernel_size, stride, shape, args.verify))
            shape = [(shape[0] - kernel_size) // stride + 1, (shape[1] - kernel_size) // stride + 1, channels]
        self._classifier = torch.nn.Linear(np.prod(shape), MNIST.LABELS)

    def train_epoch(self, dataset) -> None:
        for batch in dataset.batches(self._args.batch_size, shuffle=True):
            hidden = batch["images"].movedim(1, -1).to(torch.float32) / 255
            values = [hidden]
            for conv in self._convs:
                hidden = conv.forward(hidden)
                values.append(hidden)
            flat = hidden.flatten(1)
            probs = self._classifier(flat).softmax(-1)
            d_logits = (probs - torch.nn.functional.one_hot(batch["labels"], MNIST.LABELS)) / len(flat)
            updates = [(self._classifier.weight, d_logits.T @ flat), (self._classifier.bias, d_logits.sum(0))]
            d_hidden = (d_logits @ self._classifier.weight).reshape(hidden.shape)
            for conv, inputs, outputs in reversed(list(zip(self._convs, values[:-1], values[1:]))):
                d_hidden, variables, gradients = conv.backward(inputs, outputs, d_hidden)
                updates.extend(zip(variables, gradients))
            for variable, gradient in updates:
                variable -= self._args.learning_rate * gradient

    def evaluate(self, dataset) -> float:
        correct = 0
        for batch in dataset.batches(self._args.batch_size):
            hidden = batch["images"].movedim(1, -1).to(torch.float32) / 255
            for conv in self._convs:
                hidden = conv.forward(hidden)
            correct += (self._classifier(hidden.flatten(1)).argmax(-1) == batch["labels"]).sum()
        return correct / len(dataset)


def main(args: argparse.Namespace) -> tuple[float, float]:
    npfl138.startup(args.seed, args.threads, args.recodex)
    npfl138.global_keras_initializers()
    torch.set_grad_enabled(False)

    mnist = MNIST(sizes={"train": 5000})
    model = Model(args)
    for epoch in range(args.epochs):
        model.train_epoch(mnist.train)
        print(f"Dev accuracy after epoch {epoch + 1} is {100 * model.evaluate(mnist.dev):.2f}", flush=True)
    test_accuracy = model.evaluate(mnist.test)
    print(f"Test accuracy after epoch {epoch + 1} is {100 * test_accuracy:.2f}", flush=True)
    return model.evaluate(mnist.dev), test_accuracy


if __name__ == "__main__":
    main_args = parser.parse_args([] if "__file__" not in globals() else None)
    main(main_args)
