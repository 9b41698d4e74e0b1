import argparse
import os

import matplotlib.pyplot as plt
import numpy as np
import yaml

from data import get_data
from modules import ConvNet
from optimizer import SGD
from trainer import ClassifierTrainer

if __name__ == '__main__':
    net = ConvNet([dict(type='Conv2D', in_channels=3, out_channels=32, kernel_size=5, stride=1, padding=2)], {})
