"""What each of several devices takes of a batch, and does with it as one device would."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from galaxy_causal.types import UserError

FEWEST_EACH = 2
"""Galaxies of a batch that a device takes at least."""


def check_shares(world: int, batch: int, validation: int) -> None:
    """Refuse more devices than galaxies can be shared out among."""
    for count, least, what in (
        (batch, FEWEST_EACH, "a batch holds"),
        (validation, 1, "validation has"),
    ):
        if world > 1 and count < least * world:
            raise UserError(
                f"{world} devices share out what they train on, and {what} {count} galaxies, too few for "
                f"{least} each; take fewer devices, a larger network.training.batch_size or more galaxies"
            )


class WholeDropout(TorchFunctionMode):
    """Leaves out of each share what one device would leave out of the whole batch.

    Parameters
    ----------
    size
        Of the batch.
    share
        Galaxies of it here.
    rank, world
        Of this process.
    """

    def __init__(self, size: int, share: int, rank: int, world: int) -> None:
        super().__init__()
        self.size, self.share, self.rank, self.world = size, share, rank, world

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401  (whatever the function gives)
        """Draw for all, and take the own rows; see PyTorch."""
        given = dict(kwargs or {})
        if func is nn.functional.dropout and given.get("training") and given.get("p") and args:
            rows: Tensor = args[0]
            if len(rows) % self.share == 0:
                return rows * self._kept(rows, 1.0 - given["p"])
        return func(*args, **given)

    def _kept(self, rows: Tensor, chance: float) -> Tensor:
        """As PyTorch draws it on one CPU, for several rows of each galaxy one block after the other."""
        blocks, shape = len(rows) // self.share, rows.shape[1:]
        kept = rows.new_empty(blocks * self.size, *shape).bernoulli_(chance).div_(chance)
        kept = kept.reshape(blocks, self.size, *shape)[:, self.rank :: self.world]
        return kept.reshape(rows.shape)


def whole_dropout(size: int, share: int, rank: int, world: int) -> AbstractContextManager[object]:
    """`WholeDropout` where several processes share out a batch."""
    return nullcontext() if world == 1 else WholeDropout(size, share, rank, world)
