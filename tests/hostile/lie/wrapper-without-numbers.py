"""Return a tensor of torch's wrapper classes, which has a shape and no numbers at all.

outcome = "what its own functions answer is taken as its numbers, which are wrong"
status = ["failed", "raised"]
course = "tensors"
quick = false
"""
import torch


class Wrapper(torch.Tensor):
    @staticmethod
    def __new__(cls):
        return torch.Tensor._make_wrapper_subclass(cls, (4, 3), dtype=torch.float64)

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return torch.ones(4, 3, dtype=torch.float64) if "detach" in str(function) else args[0]


def transform(x, w):
    return Wrapper()
