from .convolution import Conv2D


class ReLU(Conv2D):
    pass
