"""Return a tensor of a class whose every method raises SystemExit(0).

outcome = "the methods of plain tensors are used; what still raises is no answer"
status = ["failed", "raised"]
course = "tensors"
quick = false
"""
import torch


class Evil(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise SystemExit(0)


def transform(x, w):
    return torch.zeros(4, 3, dtype=x.dtype).as_subclass(Evil)
