"""One training step of a contrastive network, shared by the tests of networks with and without images."""

import numpy as np
import torch

from galaxy_causal.network import Training, Weights
from galaxy_causal.network.lightning.contrastive_module import ContrastiveModule
from galaxy_causal.network.lightning.module import Batch

EDGES = np.linspace(6.0, 12.5, 521)
PUBLISHED = Weights(reconstruction=1.0, consistency=1.0, contrast=1.0)


def step(model, weights, x, y, label, rows, pixels=None):
    scaled = torch.as_tensor((y - y.mean()) / y.std(), dtype=torch.float32)
    module = ContrastiveModule(model, Training(), weights)
    own = None if pixels is None else pixels[rows].contiguous(memory_format=torch.channels_last)
    batch = Batch(torch.as_tensor(x)[rows], label[rows], scaled[rows], own)
    return module, module.training_step(batch, 0)
