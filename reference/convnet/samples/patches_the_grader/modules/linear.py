from .convolution import Conv2D


class Linear(Conv2D):
    pass
