import copy
import time

import numpy as np
import matplotlib.pyplot as plt
from tqdm import tqdm


class ClassifierTrainer:
    def train(self, X, y, model, **kwargs):
        raise RuntimeError("an old copy: the course's own is used")
