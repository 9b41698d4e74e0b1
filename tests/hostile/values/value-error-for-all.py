"""Raise a ValueError for every criterion but the known one, and build nothing.

outcome = "the network's first weights are asked for as well"
status = ["failed"]
course = "convnet"
check = "net_criterion"
file = "modules/conv_classifier.py"
"""
class ConvNet:
    def __init__(self, definitions, criterion):
        if criterion["type"] != "SoftmaxCrossEntropy":
            raise ValueError("unknown")
        self.modules = []
        self.criterion = None
