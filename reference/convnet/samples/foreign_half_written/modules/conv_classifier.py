"""
CovNet Module.  (c) course staff
"""
from .softmax_ce import SoftmaxCrossEntropy
from .relu import ReLU
from .max_pool import MaxPooling
from .convolution import Conv2D
from .linear import Linear


class ConvNet:
    def __init__(self, modules, criterion):
        self.modules = []
        for m in modules:
            if m['type'] == 'Conv2D':
                self.modules.append(
                    Conv2D(m['in_channels'], m['out_channels'], m['kernel_size'], m['stride'], m['padding']))
            elif m['type'] == 'ReLU':
                self.modules.append(ReLU())
            elif m['type'] == 'MaxPooling':
                self.modules.append(MaxPooling(m['kernel_size'], m['stride']))
            elif m['type'] == 'Linear':
                self.modules.append(Linear(m['in_dim'], m['out_dim']))
        if criterion['type'] == 'SoftmaxCrossEntropy':
            self.criterion = SoftmaxCrossEntropy()
        else:
            raise ValueError("Wrong Criterion Passed")

    def forward(self, x, y):
        probs = None
        loss = None
        # TODO: Implement forward pass of the model
        return probs, loss

    def backward(self):
        # TODO: Implement backward pass of the model
        raise NotImplementedError
