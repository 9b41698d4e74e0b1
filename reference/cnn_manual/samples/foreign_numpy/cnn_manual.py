import argparse
import numpy as np
import torch
import npfl138
npfl138.require_version("2425.5")
from npfl138.datasets.mnist import MNIST


class Convolution:
    def __init__(self, filters, kernel_size, stride, input_shape, seed, verify):
        torch.manual_seed(seed)
        self._filters, self._kernel_size, self._stride, self._verify = filters, kernel_size, stride, verify
        self._kernel = torch.nn.Parameter(torch.randn(kernel_size, kernel_size, input_shape[2], filters) * 0.1)
        self._bias = torch.nn.Parameter(torch.zeros(filters))

    def _views(self, x):
        k, s = self._kernel_size, self._stride
        return np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))[:, ::s, ::s]

    def forward(self, inputs):
        views = self._views(inputs.numpy())
        result = np.einsum("bhwcij,ijcf->bhwf", views, self._kernel.detach().numpy(), optimize=True)
        result = np.maximum(0, result + self._bias.detach().numpy())
        return torch.as_tensor(result)

    def backward(self, inputs, outputs, outputs_gradient):
        outputs_gradient *= outputs > 0
        dy, kernel = outputs_gradient.numpy(), self._kernel.detach().numpy()
        k, s = self._kernel_size, self._stride
        dkernel = np.einsum("bhwcij,bhwf->ijcf", self._views(inputs.numpy()), dy, optimize=True)
        dx = np.zeros(inputs.shape, np.float32)
        np_h, np_w = torch.floor_divide(torch.tensor(inputs.shape[1] - k), s) + 1, (inputs.shape[2] - k) // s + 1
        for i in range(k):
            for j in range(k):
                dx[:, i:i + s * int(np_h):s, j:j + s * np_w:s][:, :int(np_h), :np_w] += dy @ kernel[i, j].T
        return torch.tensor(dx), [self._kernel, self._bias], [torch.tensor(dkernel), torch.tensor(dy.sum((0, 1, 2)))]
