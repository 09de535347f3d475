"""What Python runs first for examples that are compared: those that seed no generator are repeatable, too."""

import random

import numpy.random

random.seed(1)
numpy.random.seed(1)
