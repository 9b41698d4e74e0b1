"""
CovNet Module.
"""
from .softmax_ce import SoftmaxCrossEntropy
from .relu import ReLU
from .max_pool import MaxPooling
from .convolution import Conv2D
from .linear import Linear

class ConvNet:
    def __init__(self, modules, criterion):
        if criterion['type'] not in ['SoftmaxCrossEntropy']:
            raise ValueError('unknown criterion ' + criterion['type'])
        self.criterion = SoftmaxCrossEntropy()
        self.modules = []
        for i in range(len(modules)):
            m = modules[i]
            kind = m.pop('type')
            self.modules.append(eval(kind)(**m))

    def forward(self, x, y):
        for i in range(len(self.modules)):
            x = self.modules[i].forward(x)
        return self.criterion.forward(x, y)

    def backward(self):
        self.criterion.backward()
        dout = self.criterion.dx
        for i in range(len(self.modules) - 1, -1, -1):
            self.modules[i].backward(dout)
            dout = self.modules[i].dx
