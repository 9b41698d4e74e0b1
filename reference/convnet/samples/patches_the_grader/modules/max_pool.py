from .convolution import Conv2D


class MaxPooling(Conv2D):
    pass
