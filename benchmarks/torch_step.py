"""The counterpart of TrainingStep.java in plain PyTorch, as a user writes it: for every line N on standard input, N steps
and their mean time in milliseconds."""

import argparse
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

p = argparse.ArgumentParser()
p.add_argument("--network", required=True)
p.add_argument("--shape", required=True)
p.add_argument("--batch", type=int, default=128)
p.add_argument("--threads", type=int, default=2)
p.add_argument("--channels-last", action="store_true")
p.add_argument("--bf16", action="store_true", help="autocast")
p.add_argument("--fused", action="store_true", help="fused optimizer")
a = p.parse_args()

torch.set_num_threads(a.threads)
torch.manual_seed(1)
shape = [int(n) for n in a.shape.split(",")]
net = {
    "mlp": lambda: networks.Mlp(256),
    "small-cnn": lambda: networks.SmallCnn(shape[0], shape[1]),
    "resnet18": lambda: networks.ResNet18(),
}[a.network]()
x = torch.rand(a.batch * 64, *shape) * 4 - 2
y = torch.randint(0, 10, (a.batch * 64,))
if a.channels_last:
    net = net.to(memory_format=torch.channels_last)
net.train()
optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, fused=True if a.fused else None)

order = torch.randperm(len(x))
at = 0
for line in sys.stdin:
    n = int(line)
    start = time.perf_counter()
    for _ in range(n):
        if at + a.batch > len(x):
            order, at = torch.randperm(len(x)), 0
        rows = order[at : at + a.batch]
        at += a.batch
        xb, yb = x[rows], y[rows]
        if a.channels_last:
            xb = xb.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=a.bf16):
            loss = F.cross_entropy(net(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()
    print(f"{(time.perf_counter() - start) * 1000 / n:.4f}", flush=True)
