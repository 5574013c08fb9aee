"""InfoNCE and MINE on targets of several dimensions (a stellar mass has one): peers of the known answers."""

import numpy as np
import torch
from torch import nn

from galaxy_causal.network.critic import objective

WIDTH, FEATURES = 128, 32
BATCH, EPOCHS, PATIENCE = 512, 200, 20


class Separable(nn.Module):
    """Scores g(x) . h(y) + c(x) of all pairs, as ``estimator=critic`` has them for a scalar y."""

    def __init__(self, dx: int, dy: int) -> None:
        super().__init__()
        self.of_x, self.of_y = _layers(dx, FEATURES + 1), _layers(dy, FEATURES)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Shape (m, m), pairs that belong together on the diagonal."""
        g = self.of_x(x)
        return g[:, :-1] @ self.of_y(y).T / FEATURES**0.5 + g[:, -1:]


def _layers(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, WIDTH),
        nn.SiLU(),
        nn.Linear(WIDTH, WIDTH),
        nn.SiLU(),
        nn.Linear(WIDTH, outputs),
    )


def held_out_bound(x: np.ndarray, y: np.ndarray, split: np.ndarray, bound: str, seed: int) -> float:
    """The bound on the test pairs, of the critic that is best on the validation pairs.

    The negatives of a test pair are the other test pairs: InfoNCE cannot exceed the log of their number.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 11])
    pairs = {
        part: tuple(torch.from_numpy(v[split == part]).float() for v in (x, y)) for part in np.unique(split)
    }
    critic = Separable(x.shape[1], y.shape[1])
    optimiser = torch.optim.AdamW(critic.parameters(), lr=1e-3, weight_decay=1e-2)

    def judge(part: str) -> float:
        with torch.no_grad():
            return float(objective(critic(*pairs[part]), bound).mean())

    best, kept, since = -np.inf, critic.state_dict(), 0
    for _ in range(EPOCHS):
        order = torch.from_numpy(rng.permutation(len(pairs["train"][0])))
        for rows in order.split(BATCH):
            loss = -objective(critic(*(v[rows] for v in pairs["train"])), bound).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        value, since = judge("validation"), since + 1
        if value > best:
            best, since = value, 0
            kept = {name: weights.clone() for name, weights in critic.state_dict().items()}
        if since >= PATIENCE:
            break
    critic.load_state_dict(kept)
    return judge("test")
