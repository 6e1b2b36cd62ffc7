"""Weights after a few steps of each strategy, written from the papers' rules in plain PyTorch.

Independent of the Java code: modules of torch.nn, torch.optim, autograd row by row, torch.quantile. Batches hold all rows
of a kind, so that their order does not matter; there are two classes, so that the wrong label is the other one.

    python erasus-strategies/src/test/golden/strategies.py

Python 3.11, torch 2.13.0 (float32, CPU). Writes ../resources/golden/strategies.json.
"""

import copy
import json
import math
import pathlib

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
ROWS, FEATURES = 40, {"perceptron": (8,), "convolution": (2, 4, 4)}
labels = torch.arange(ROWS) % 2
forget = torch.arange(ROWS) % 5 == 0


def rows(kind):
    width = math.prod(FEATURES[kind])
    x = [math.sin(0.37 * (i * width + d) + 1.3 * (i % 2)) for i in range(ROWS) for d in range(width)]
    return torch.tensor(x, dtype=torch.float64).float().reshape(ROWS, *FEATURES[kind])


class Average(torch.nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def network(kind):
    if kind == "perceptron":
        net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
    else:
        net = torch.nn.Sequential(
            torch.nn.Conv2d(2, 6, 3, padding=1, bias=False), torch.nn.BatchNorm2d(6), torch.nn.ReLU(), Average(),
            torch.nn.Linear(6, 2))
        net[1].running_mean.copy_(torch.tensor([0.1 * math.sin(j + 1) for j in range(6)]))
        net[1].running_var.copy_(torch.tensor([1 + 0.2 * math.cos(j) for j in range(6)]))
    size = sum(p.numel() for p in net.parameters())
    values = torch.tensor([0.5 * math.sin(1.7 * (i + 1)) for i in range(size)], dtype=torch.float64).float()
    put(net, values)
    return net


def put(net, values):
    at = 0
    for p in net.parameters():
        p.data.copy_(values[at:at + p.numel()].reshape(p.shape))
        at += p.numel()


def flat(tensors):
    return torch.cat([t.detach().reshape(-1) for t in tensors])


def result(net):
    buffers = [b for n, b in net.named_buffers() if "running" in n]
    return {"parameters": flat(net.parameters()).tolist(),
            "statistics": flat(buffers).tolist() if buffers else []}


def sgd(net, rate):
    return torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)


def move(optimizer, loss, mask=None, net=None, start=None):
    optimizer.zero_grad()
    loss.backward()
    if mask is not None:
        at = 0
        for p in net.parameters():
            p.grad.mul_(mask[at:at + p.numel()].reshape(p.shape))
            at += p.numel()
    optimizer.step()
    if mask is not None:
        put(net, torch.where(mask.bool(), flat(net.parameters()), start))


class Problem:
    def __init__(self, kind):
        x = rows(kind)
        self.xf, self.yf, self.xr, self.yr = x[forget], labels[forget], x[~forget], labels[~forget]
        self.x, self.y = x, labels
        self.net = network(kind)
        self.start = flat(self.net.parameters())
        self.teacher = copy.deepcopy(self.net).eval()
        self.net.train()


def fine_tune():
    p = Problem("convolution")
    o = sgd(p.net, 0.05)
    for _ in range(5):
        move(o, F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def gradient_ascent():
    p = Problem("convolution")
    o = sgd(p.net, 0.02)
    for _ in range(5):
        move(o, -F.cross_entropy(p.net(p.xf), p.yf))
    return p.net


def negative_gradient():
    p = Problem("convolution")
    o = sgd(p.net, 0.05)
    for _ in range(5):
        ascent = F.cross_entropy(p.net(p.xf), p.yf)
        descent = F.cross_entropy(p.net(p.xr), p.yr)
        l1 = sum(w.abs().sum() for w in p.net.parameters())
        move(o, 0.8 * descent - 0.2 * ascent + 0.01 * l1)
    return p.net


def random_label_split():
    p = Problem("convolution")
    o = sgd(p.net, 0.05)
    for _ in range(4):
        move(o, F.cross_entropy(p.net(p.xf), 1 - p.yf))
        move(o, F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def random_label_joint():
    p = Problem("perceptron")
    o = sgd(p.net, 0.05)
    taught = torch.where(forget, 1 - labels, labels)
    for _ in range(6):
        move(o, F.cross_entropy(p.net(p.x), taught))
    return p.net


def salun():
    p = Problem("convolution")
    p.net.eval()  # statistics are fixed under a mask
    F.cross_entropy(p.net(p.xf), p.yf, reduction="sum").backward()
    saliency = flat([w.grad for w in p.net.parameters()]).abs()
    mask = torch.zeros_like(saliency)
    mask[saliency.argsort(descending=True)[:round(0.5 * len(saliency))]] = 1
    o = sgd(p.net, 0.05)
    for _ in range(4):
        move(o, F.cross_entropy(p.net(p.xf), 1 - p.yf), mask, p.net, p.start)
        move(o, F.cross_entropy(p.net(p.xr), p.yr), mask, p.net, p.start)
    return p.net


def divergence(teacher, student, t):
    return F.kl_div(F.log_softmax(student / t, 1), F.softmax(teacher / t, 1), reduction="batchmean")


def scrub():
    p = Problem("convolution")
    with torch.no_grad():
        tf, tr = p.teacher(p.xf), p.teacher(p.xr)
    o = sgd(p.net, 0.02)
    for epoch in range(4):
        if epoch < 2:
            move(o, -divergence(tf, p.net(p.xf), 4.0) * 16)
        z = p.net(p.xr)
        move(o, 0.9 * F.cross_entropy(z, p.yr) + 0.3 * divergence(tr, z, 4.0) * 16)
    return p.net


def fisher(net, x, y):
    total = torch.zeros(sum(w.numel() for w in net.parameters()), dtype=torch.float64)
    for i in range(len(x)):
        net.zero_grad()
        F.cross_entropy(net(x[i:i + 1]), y[i:i + 1]).backward()
        total += flat([w.grad for w in net.parameters()]).double() ** 2
    return total / len(x)


def ssd():
    p = Problem("convolution")
    p.net.eval()
    ff, fd = fisher(p.net, p.xf, p.yf), fisher(p.net, p.x, p.y)
    factor = torch.where(ff > 1.05 * fd, torch.clamp(0.5 * fd / ff, max=1), torch.ones_like(ff))
    print("ssd dampens", int((factor < 1).sum()), "of", len(factor))
    put(p.net, (p.start.double() * factor).float())
    return p.net


def task_arithmetic():
    p = Problem("convolution")
    p.net.eval()
    o = torch.optim.AdamW(p.net.parameters(), lr=0.01)
    for _ in range(5):
        move(o, F.cross_entropy(p.net(p.xf), p.yf))
    expert = [w.detach().clone() for w in p.net.parameters()]
    put(p.net, p.start)
    for w, e in zip(p.net.parameters(), expert):
        tau = e - w.data
        size = tau.abs()
        w.data += -1.5 * torch.where(size >= torch.quantile(size, 0.7), tau, torch.zeros_like(tau))
    return p.net


def npo(retain):
    p = Problem("perceptron")
    beta, weight = 0.3, 0.7
    with torch.no_grad():
        lf = -F.cross_entropy(p.teacher(p.xf), p.yf, reduction="none")
        tr = p.teacher(p.xr)
    o = sgd(p.net, 0.05)
    for _ in range(5):
        ratio = -F.cross_entropy(p.net(p.xf), p.yf, reduction="none") - lf
        z = p.net(p.xr)
        keep = F.cross_entropy(z, p.yr) if retain == "classes" else divergence(tr, z, 1.0)
        move(o, (2 / beta) * torch.log(1 + torch.exp(ratio) ** beta).mean() + weight * keep)
    return p.net


golden = {
    "torch": torch.__version__,
    "fine-tune": result(fine_tune()),
    "gradient-ascent": result(gradient_ascent()),
    "negative-gradient": result(negative_gradient()),
    "random-label-split": result(random_label_split()),
    "random-label-joint": result(random_label_joint()),
    "salun": result(salun()),
    "scrub": result(scrub()),
    "ssd": result(ssd()),
    "task-arithmetic": result(task_arithmetic()),
    "npo-classes": result(npo("classes")),
    "npo-divergence": result(npo("divergence")),
}
out = pathlib.Path(__file__).parent.parent / "resources" / "golden" / "strategies.json"
out.write_text(json.dumps(golden))
print("wrote", out)
