"""The counterpart of StrategyTime.java in plain PyTorch, as a user writes each method from its paper: for every line N on
standard input, N runs from the same weights and their mean time in milliseconds."""

import argparse
import copy
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
p.add_argument("--strategy", required=True)
p.add_argument("--forget", type=int, default=128)
p.add_argument("--retain", type=int, default=512)
p.add_argument("--epochs", type=int, default=3)
p.add_argument("--batch", type=int, default=128)
p.add_argument("--threads", type=int, default=2)
a = p.parse_args()

torch.set_num_threads(a.threads)
torch.manual_seed(1)
CLASSES = 10
original = networks.ResNet18()
x = torch.rand(a.forget + a.retain, 3, 32, 32) * 4 - 2
y = torch.randint(0, CLASSES, (len(x),))
forget, retain = torch.arange(a.forget), torch.arange(a.forget, len(x))


def batches(rows):
    return rows[torch.randperm(len(rows))].split(a.batch)


def sgd(net, lr=0.01):
    return torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, weight_decay=5e-4)


def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss.item()


def frozen(net):
    return copy.deepcopy(net).eval().requires_grad_(False)


def divergence(teacher, student, t):
    p, q = F.log_softmax(teacher / t, 1), F.log_softmax(student / t, 1)
    return F.kl_div(q, p, log_target=True, reduction="batchmean")


def fine_tune(net):
    o = sgd(net)
    for _ in range(a.epochs):
        for b in batches(retain):
            step(o, F.cross_entropy(net(x[b]), y[b]))


def negative_gradient(net):
    o = sgd(net)
    for _ in range(a.epochs):
        f, r = batches(forget), batches(retain)
        for i in range(max(len(f), len(r))):
            bf, br = f[i % len(f)], r[i % len(r)]
            step(o, 0.95 * F.cross_entropy(net(x[br]), y[br]) - 0.05 * F.cross_entropy(net(x[bf]), y[bf]))


def random_label(net, mask=None):
    o = sgd(net)
    for _ in range(a.epochs):
        for rows, wrong in ((forget, True), (retain, False)):
            for b in batches(rows):
                labels = (y[b] + torch.randint(1, CLASSES, (len(b),))) % CLASSES if wrong else y[b]
                loss = F.cross_entropy(net(x[b]), labels)
                o.zero_grad()
                loss.backward()
                if mask:
                    for p, m in zip(net.parameters(), mask):
                        p.grad *= m
                o.step()
                loss.item()


def salun(net):
    net.eval()
    for b in batches(forget):
        F.cross_entropy(net(x[b]), y[b], reduction="sum").backward()
    g = [p.grad.abs() for p in net.parameters()]
    everything = torch.cat([v.flatten() for v in g])
    least = everything.kthvalue(len(everything) // 2).values
    mask = [(v > least).float() for v in g]
    random_label(net.train(), mask)


def scrub(net):
    teacher, o, t = frozen(net), sgd(net, 5e-4), 4
    for epoch in range(a.epochs):
        if epoch < 2:
            for b in batches(forget):
                step(o, -divergence(teacher(x[b]), net(x[b]), t) * t * t)
        for b in batches(retain):
            z = net(x[b])
            step(o, 0.99 * F.cross_entropy(z, y[b]) + 0.001 * divergence(teacher(x[b]), z, t) * t * t)


def bad_teacher(net):
    teacher, incompetent = frozen(net), networks.ResNet18().eval().requires_grad_(False)
    o = torch.optim.Adam(net.parameters(), lr=1e-4)
    for _ in range(a.epochs):
        for b in batches(torch.cat([forget, retain])):
            believed = torch.where((b < a.forget)[:, None], incompetent(x[b]), teacher(x[b]))
            step(o, divergence(believed, net(x[b]), 1))


def distillation(net):
    teacher, o = frozen(net), sgd(net)
    for _ in range(a.epochs):
        f, r = batches(forget), batches(retain)
        for i in range(max(len(f), len(r))):
            bf, br = f[i % len(f)], r[i % len(r)]
            uniform = torch.zeros(len(bf), CLASSES)
            step(o, divergence(teacher(x[br]), net(x[br]), 4) + divergence(uniform, net(x[bf]), 1))


def npo(net):
    teacher, o, beta = frozen(net), sgd(net, 0.003), 0.1
    for _ in range(a.epochs):
        r = batches(retain)
        for i, bf in enumerate(batches(forget)):
            br = r[i % len(r)]
            ratio = F.cross_entropy(teacher(x[bf]), y[bf], reduction="none") - F.cross_entropy(net(x[bf]), y[bf], reduction="none")
            step(o, -2 / beta * F.logsigmoid(-beta * ratio).mean() + 3 * F.cross_entropy(net(x[br]), y[br]))


def ssd(net):
    net.eval()

    def fisher(rows):  # a backward a row: plain autograd has no other way to per-example squares
        total = [torch.zeros_like(p) for p in net.parameters()]
        for i in rows:
            net.zero_grad()
            F.cross_entropy(net(x[i : i + 1]), y[i : i + 1]).backward()
            for s, p in zip(total, net.parameters()):
                s += p.grad**2
        return [s / len(rows) for s in total]

    of_forget, of_all = fisher(forget), fisher(torch.cat([forget, retain]))
    with torch.no_grad():
        for p, f, d in zip(net.parameters(), of_forget, of_all):
            p.copy_(torch.where(f > 3 * d, p * (d / f).clamp(max=1), p))


run = {f.__name__.replace("_", "-"): f for f in (fine_tune, negative_gradient, random_label, salun, scrub, bad_teacher, distillation, npo, ssd)}
for line in sys.stdin:
    n = int(line)
    start = time.perf_counter()
    for _ in range(n):
        run[a.strategy](copy.deepcopy(original).train())
    print(f"{(time.perf_counter() - start) * 1000 / n:.4f}", flush=True)
