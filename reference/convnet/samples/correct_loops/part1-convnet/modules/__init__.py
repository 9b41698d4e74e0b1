from .softmax_ce import *
from .relu import *
from .max_pool import *
from .convolution import *
from .linear import *
from .conv_classifier import *
