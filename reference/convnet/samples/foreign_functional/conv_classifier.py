from functools import reduce

from .convolution import Conv2D
from .linear import Linear
from .max_pool import MaxPooling
from .relu import ReLU
from .softmax_ce import SoftmaxCrossEntropy

LAYERS = {cls.__name__: cls for cls in (Conv2D, Linear, MaxPooling, ReLU)}
CRITERIA = {'SoftmaxCrossEntropy': SoftmaxCrossEntropy}


def build(spec, kinds):
    options = dict(spec)
    name = options.pop('type')
    if name not in kinds:
        raise ValueError(f'{name} is none of {", ".join(kinds)}')
    return kinds[name](**options)


class ConvNet:
    def __init__(self, modules, criterion):
        self.modules = [build(spec, LAYERS) for spec in modules]
        self.criterion = build(criterion, CRITERIA)

    def forward(self, x, y):
        return self.criterion.forward(reduce(lambda out, layer: layer.forward(out), self.modules, x), y)

    def backward(self):
        self.criterion.backward()
        later = [*self.modules[1:], self.criterion]
        for layer, after in zip(self.modules[::-1], later[::-1]):
            layer.backward(after.dx)
