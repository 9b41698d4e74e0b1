"""What `--verify` prints: a layer's values beside those of torch's own convolution and of autograd. Provided."""

from __future__ import annotations

from dataclasses import dataclass

import torch

TOLERANCE = 2e-4
HEAD = ("layer", "what", "largest difference", "place", "yours", "torch's")


@dataclass(frozen=True)
class Row:
    """The largest difference of one kind of value in one layer, where it is and what stands there."""

    layer: int
    what: str
    difference: float
    place: str
    got: str
    expected: str


class Comparison:
    """All layers that were compared, each value with its largest difference over all batches."""

    def __init__(self) -> None:
        self._layers: list[object] = []
        self._rows: dict[tuple[int, str], Row] = {}

    def forward(self, layer: object, stride: int, kernel: torch.Tensor, bias: torch.Tensor, inputs: torch.Tensor,
                outputs: torch.Tensor) -> None:  # fmt: skip
        """Compare the outputs of a layer, shape (N, height, width, filters)."""
        self._add(layer, "outputs", outputs, torch.relu(_convolution(inputs, kernel, bias, stride)))

    def backward(self, layer: object, stride: int, kernel: torch.Tensor, bias: torch.Tensor, inputs: torch.Tensor,
                 outputs: torch.Tensor, outputs_gradient: torch.Tensor,
                 gradients: tuple[torch.Tensor, torch.Tensor, torch.Tensor]) -> None:  # fmt: skip
        """Compare the gradients of a layer's bias, kernel and inputs, in that order."""
        with torch.enable_grad():
            leaves = [tensor.detach().clone().requires_grad_() for tensor in (bias, kernel, inputs)]
            activations = _convolution(leaves[2], leaves[1], leaves[0], stride) * (outputs > 0)
            expected = torch.autograd.grad(activations, leaves, outputs_gradient)
        for what, got, wanted in zip(("bias", "kernel", "inputs"), gradients, expected, strict=True):
            self._add(layer, f"gradient of {what}", got, wanted)

    def table(self) -> str:
        """Format everything that was compared, a row for each value of each layer."""
        rows = [HEAD, *(self._cells(row) for _, row in sorted(self._rows.items(), key=lambda item: item[0][0]))]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
        lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)

    def _cells(self, row: Row) -> tuple[str, ...]:
        verdict = "" if row.difference <= TOLERANCE else "  differs"
        return (str(row.layer), row.what, f"{row.difference:.1e}{verdict}", row.place, row.got, row.expected)

    def _add(self, layer: object, what: str, got: torch.Tensor, expected: torch.Tensor) -> None:
        if layer not in self._layers:
            self._layers.append(layer)
        number = self._layers.index(layer) + 1
        row = compared(number, what, got, expected)
        before = self._rows.get((number, what))
        if before is None or row.difference > before.difference:
            self._rows[number, what] = row


def compared(layer: int, what: str, got: torch.Tensor, expected: torch.Tensor) -> Row:
    """Find the largest difference between two tensors; it is infinite between other shapes, and from NaN."""
    if got.shape != expected.shape:
        return Row(layer, what, float("inf"), "the shape", str(tuple(got.shape)), str(tuple(expected.shape)))
    difference = (got - expected).abs().nan_to_num(nan=float("inf"), posinf=float("inf"))
    if not difference.numel():
        return Row(layer, what, 0.0, "", "", "")
    place = torch.unravel_index(difference.argmax(), difference.shape)
    at = ", ".join(str(int(index)) for index in place)
    return Row(layer, what, float(difference[place]), f"[{at}]", f"{got[place]:.6g}", f"{expected[place]:.6g}")


def _convolution(inputs: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor, stride: int) -> torch.Tensor:
    images, filters = inputs.movedim(-1, 1), kernel.permute(3, 2, 0, 1)
    return torch.nn.functional.conv2d(images, filters, bias, stride).movedim(1, -1)
