from typing import List

from torch import Tensor, nn


class _Scored(nn.Module):
    """A network that is a list of layers."""

    def __init__(self, layers: List[nn.Module]) -> None:
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class TwoLayerNet(_Scored):
    def __init__(self, input_dim: int = 3072, hidden_size: int = 256, num_classes: int = 10) -> None:
        super().__init__(
            [nn.Flatten(1), nn.Linear(input_dim, hidden_size), nn.Sigmoid(), nn.Linear(hidden_size, num_classes)]
        )
