"""Write into no argument, by computing numbers that have nothing to do with them.

outcome = "what the layer computes is compared with the reference's"
status = ["failed", "unwritten"]
course = "convnet"
check = "layers_keep_arguments"
file = "modules/relu.py"
"""
import numpy as np


class ReLU:
    def forward(self, x):
        return np.random.default_rng(0).normal(size=x.shape)

    def backward(self, dout):
        self.dx = np.random.default_rng(1).normal(size=dout.shape)
