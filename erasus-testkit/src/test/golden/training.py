"""Supervised training of two tiny networks on all rows at once by PyTorch.

Versions: Python 3.11, torch 2.13.0+cu130 (CPU, 1 thread), float64 from inputs that float32 holds exactly
Command:  python erasus-testkit/src/test/golden/training.py
Writes:   erasus-testkit/src/test/resources/golden/training.json

The networks are Toys.perceptron and Toys.convolution, with the same names of weights.
"""

import json
import pathlib
from collections import OrderedDict

import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(4)
torch.set_default_dtype(torch.float64)


def drawn(*shape):
    """Multiples of 1/64, exact in float32."""
    return torch.randint(-64, 65, shape).double() / 64


class Average(nn.Module):
    def forward(self, x):
        return x.mean([2, 3])


def perceptron():
    return nn.Sequential(OrderedDict(hidden=nn.Linear(8, 16), relu=nn.ReLU(), head=nn.Linear(16, 3)))


def convolution():
    return nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(2, 6, 3, padding=1, bias=False),
            bn=nn.BatchNorm2d(6),
            relu=nn.ReLU(),
            average=Average(),
            head=nn.Linear(6, 3),
        )
    )


def state(model):
    return {n: t.reshape(-1).tolist() for n, t in model.state_dict().items() if not n.endswith("num_batches_tracked")}


def trained(model, shape, make, rate, epochs):
    x, y = drawn(12, 8).reshape(12, *shape), torch.arange(12) % 3
    for p in model.parameters():
        p.data = drawn(*p.shape) / 2
    start = state(model)
    optimizer = make(model.parameters())
    losses = []
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = rate(epoch)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {
        "x": x.reshape(-1).tolist(),
        "y": y.tolist(),
        "start": start,
        "end": state(model),
        "losses": losses,
    }


golden = {
    "perceptron": trained(
        perceptron(), (8,), lambda p: torch.optim.SGD(p, momentum=0.9, weight_decay=5e-4), lambda e: 0.1, 8
    ),
    "convolution": trained(
        convolution(), (2, 2, 2), lambda p: torch.optim.AdamW(p), lambda e: 0.01 * 0.5 ** (e // 2), 8
    ),
}
target = pathlib.Path(__file__).parents[1] / "resources" / "golden" / "training.json"
target.write_text(json.dumps(golden) + "\n")
