"""The gradient norm of every row of a ResNet-18 in plain PyTorch, as a user writes it, a backward pass a row: for every line N
on standard input, N rows and their mean time in milliseconds."""

import importlib.util
import pathlib
import sys
import time

import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("networks", ROOT / "erasus-zoo/src/test/golden/networks.py")
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)

torch.set_num_threads(2)
torch.manual_seed(1)
net = networks.ResNet18().eval()
parameters = list(net.parameters())
x = torch.rand(256, 3, 32, 32) * 4 - 2
y = torch.randint(0, 10, (256,))
at = 0
for line in sys.stdin:
    start = time.perf_counter()
    for _ in range(int(line)):
        net.zero_grad()
        F.cross_entropy(net(x[at : at + 1]), y[at : at + 1]).backward()
        torch.stack([p.grad.norm() for p in parameters]).norm().item()
        at = (at + 1) % len(x)
    print(f"{(time.perf_counter() - start) * 1000 / int(line):.4f}", flush=True)
