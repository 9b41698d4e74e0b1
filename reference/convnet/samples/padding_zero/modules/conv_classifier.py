from . import Conv2D, Linear, MaxPooling, ReLU, SoftmaxCrossEntropy


class ConvNet:
    layer_types = {cls.__name__: cls for cls in (Conv2D, Linear, MaxPooling, ReLU)}

    def __init__(self, modules, criterion):
        self.modules = []
        for definition in modules:
            kwargs = dict(definition)
            self.modules.append(self.layer_types[kwargs.pop("type")](**kwargs))
        if criterion["type"] == SoftmaxCrossEntropy.__name__:
            self.criterion = SoftmaxCrossEntropy()
        else:
            raise ValueError(criterion["type"])

    def forward(self, x, y):
        for layer in self.modules:
            x = layer.forward(x)
        return self.criterion.forward(x, y)

    def backward(self):
        self.criterion.backward()
        upstream = self.criterion
        for layer in reversed(self.modules):
            layer.backward(upstream.dx)
            upstream = layer
