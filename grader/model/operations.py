"""What a rubric can forbid by one word: families of operations, and the names that stand for an operation. Pure data.

A kernel is named as torch's dispatcher names it, without overload: whatever leads there, a function of Python, a
compiled one or the engine of autograd, it is called under this name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

AUTOGRAD: Final = "autograd"

_CONVOLUTIONS: Final = (
    *("aten::convolution", "aten::_convolution", "aten::convolution_overrideable", "aten::mkldnn_convolution"),
    *("aten::_slow_conv2d_forward", "aten::slow_conv3d_forward", "aten::slow_conv_dilated2d"),
    *("aten::slow_conv_dilated3d", "aten::slow_conv_transpose2d", "aten::slow_conv_transpose3d", "aten::conv_tbc"),
    *("aten::conv_depthwise3d", "aten::_nnpack_spatial_convolution", "mkldnn::_convolution_pointwise"),
    *("mkldnn::_convolution_pointwise_", "mkldnn::_convolution_transpose_pointwise", "mkldnn_prepacked::conv2d_run"),
    *("onednn::qconv1d_pointwise", "onednn::qconv2d_pointwise", "onednn::qconv3d_pointwise"),
    *("onednn::qconv_pointwise", "quantized::conv1d", "quantized::conv1d_dynamic", "quantized::conv1d_relu"),
    *("quantized::conv2d", "quantized::conv2d_add", "quantized::conv2d_add_relu", "quantized::conv2d_dynamic"),
    *("quantized::conv2d_relu", "quantized::conv3d", "quantized::conv3d_dynamic", "quantized::conv3d_relu"),
    *("quantized::conv_transpose1d", "quantized::conv_transpose1d_dynamic", "quantized::conv_transpose2d"),
    *("quantized::conv_transpose2d_dynamic", "quantized::conv_transpose3d", "quantized::conv_transpose3d_dynamic"),
    *("_quantized::conv2d", "_quantized::conv2d_relu", "_quantized::conv_transpose1d", "_quantized::conv_transpose2d"),
)
_CONVOLUTIONS_BACKWARD: Final = (
    *("aten::convolution_backward", "aten::convolution_backward_overrideable", "aten::_slow_conv2d_backward"),
    "aten::conv_tbc_backward",
)
_POOLS: Final = (
    *("aten::max_pool2d_with_indices", "aten::max_pool3d_with_indices", "aten::avg_pool2d", "aten::avg_pool3d"),
    *("aten::_adaptive_avg_pool2d", "aten::_adaptive_avg_pool3d", "aten::adaptive_max_pool2d"),
    *("aten::adaptive_max_pool3d", "aten::fractional_max_pool2d", "aten::fractional_max_pool3d"),
    *("aten::max_unpool2d", "aten::max_unpool3d", "aten::mkldnn_max_pool2d", "aten::mkldnn_max_pool3d"),
    *("aten::mkldnn_adaptive_avg_pool2d", "aten::quantized_max_pool1d", "aten::quantized_max_pool2d"),
    *("aten::quantized_max_pool3d", "quantized::max_pool1d", "quantized::max_pool2d"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Operations that a rubric forbids together: kernels of torch, and functions by their dotted names."""

    kernels: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()


FAMILIES: Final[Mapping[str, Family]] = MappingProxyType(
    {
        "convolution": Family(
            kernels=(*_CONVOLUTIONS, *_CONVOLUTIONS_BACKWARD),
            functions=(
                *("numpy.convolve", "numpy.correlate", "numpy._core.multiarray.correlate"),
                *("numpy._core.multiarray.correlate2", "scipy.signal.convolve", "scipy.signal.convolve2d"),
                *("scipy.signal.correlate", "scipy.signal.correlate2d", "scipy.signal.fftconvolve"),
                *("scipy.signal.oaconvolve", "scipy.signal.sepfir2d", "scipy.ndimage.convolve"),
                *("scipy.ndimage.convolve1d", "scipy.ndimage.correlate", "scipy.ndimage.correlate1d"),
            ),
        ),
        "unfolding": Family(kernels=("aten::im2col", "aten::col2im")),
        "pooling": Family(
            kernels=_POOLS,
            functions=(
                *("torch.max_pool1d", "torch.nn.functional.max_pool1d"),  # computes without a kernel of its own
                *("scipy.ndimage.maximum_filter", "scipy.ndimage.minimum_filter", "scipy.ndimage.uniform_filter"),
            ),
        ),
        AUTOGRAD: Family(functions=("torch.autograd.forward_ad.make_dual",)),
    }
)
"""Families by name. Of `autograd` the engine itself is watched beside, which every backward pass goes through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kernel:
    """A kernel that a dotted name stands for; of a convolution that of so many dimensions, transposed or not."""

    kernels: tuple[str, ...]
    dimensions: int | None = None
    is_transposed: bool = False


def _of_convolutions() -> dict[str, Kernel]:
    named: dict[str, Kernel] = {}
    for dimensions in (1, 2, 3):
        for prefix, name, is_transposed in (("conv", "Conv", False), ("conv_transpose", "ConvTranspose", True)):
            kernel = Kernel(kernels=("aten::convolution",), dimensions=dimensions, is_transposed=is_transposed)
            function = f"{prefix}{dimensions}d"
            homes = ("torch", "torch.nn.functional", "torch.ops.aten")
            named |= {f"{home}.{function}": kernel for home in homes} | {f"torch.nn.{name}{dimensions}d": kernel}
    return named


NAMED_KERNELS: Final[Mapping[str, Kernel]] = MappingProxyType(
    {
        **_of_convolutions(),
        **dict.fromkeys(("torch.nn.functional.unfold", "torch.nn.Unfold"), Kernel(kernels=("aten::im2col",))),
        **dict.fromkeys(("torch.nn.functional.fold", "torch.nn.Fold"), Kernel(kernels=("aten::col2im",))),
    }
)
"""Dotted names of torch that are known by the kernel they lead to, whichever road was taken."""
