"""Weights after a few steps of each strategy, written from the papers' rules in plain PyTorch.

Independent of the Java code: modules of torch.nn, torch.optim, autograd row by row, torch.quantile. Batches hold all rows
of a kind, so that their order does not matter; there are two classes, so that the wrong label is the other one.

    python erasus-strategies/src/test/golden/strategies.py

Python 3.11, torch 2.13.0 (float32, CPU). Writes ../resources/golden/strategies.json.
"""

import math

import torch
import torch.nn.functional as F

from common import ROWS, Problem, divergence, flat, forget, move, put, result, sgd, write


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


def separable():
    """The rows of a problem and twelve more, whose class is the sign of their first value; of the twelve, every fourth is mislabelled."""
    p = Problem("perceptron")
    values = [math.sin(0.37 * (i * 8 + d) + 1.3 * (i % 2)) for i in range(ROWS, ROWS + 12) for d in range(8)]
    xv = torch.tensor(values, dtype=torch.float64).float().reshape(12, 8)
    y, yv = (p.x[:, 0] > 0).long(), (xv[:, 0] > 0).long()
    return p, y, xv, torch.where(torch.arange(12) % 4 == 0, 1 - yv, yv)


def gradient_ascent_start():
    """Trained on all rows, so that there is something to lose."""
    p, y, _, _ = separable()
    o = sgd(p.net, 0.1)
    for _ in range(100):
        move(o, F.cross_entropy(p.net(p.x), y))
    return flat(p.net.parameters())


def gradient_ascent_watched(target, drop):
    """Ascent that is looked at after every step: too much lost on validation rows goes a step back, the target ends it."""
    p, y, xv, yv = separable()
    put(p.net, gradient_ascent_start())
    xf, yf = p.xf, y[forget]

    def accuracy(x, y):
        return (p.net(x).argmax(1) == y).double().mean().item()

    before = accuracy(xv, yv)
    print("ascent: accuracy", accuracy(xf, yf), "on forget,", before, "on validation rows")
    wanted = before if target is None else target
    o = sgd(p.net, 0.01)
    for step in range(1, 201):
        passed = flat(p.net.parameters()).clone()
        move(o, -F.cross_entropy(p.net(xf), yf))
        if accuracy(xv, yv) < before - drop:
            print("ascent went back from", accuracy(xv, yv), "in step", step)
            put(p.net, passed)
            return result(p.net) | {"steps": step}
        if accuracy(xf, yf) <= wanted:
            print("ascent ended at", accuracy(xf, yf), "in step", step)
            return result(p.net) | {"steps": step}
    raise AssertionError("neither was reached")


def in_sequence():
    p = Problem("convolution")
    o = sgd(p.net, 0.02)
    for _ in range(3):
        move(o, -F.cross_entropy(p.net(p.xf), p.yf))
    o = sgd(p.net, 0.05)
    for _ in range(4):
        move(o, F.cross_entropy(p.net(p.xr), p.yr))
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
    taught = torch.where(forget, 1 - p.y, p.y)
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


def retrain():
    p = Problem("three classes")
    for layer in (p.net[0], p.net[2]):
        out = layer.weight.shape[0]
        values = [0.5 * math.sin(1.7 * (i + 1) + out) for i in range(layer.weight.numel())]
        layer.weight.data.copy_(torch.tensor(values, dtype=torch.float64).float().reshape(layer.weight.shape))
        layer.bias.data.zero_()
    o = sgd(p.net, 0.05)
    for _ in range(5):
        move(o, F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


write("strategies", {
    "retrain": result(retrain()),
    "fine-tune": result(fine_tune()),
    "gradient-ascent": result(gradient_ascent()),
    "gradient-ascent-start": gradient_ascent_start().tolist(),
    "gradient-ascent-target": gradient_ascent_watched(None, 1.0),
    "gradient-ascent-guard": gradient_ascent_watched(0.0, 0.2),
    "in-sequence": result(in_sequence()),
    "negative-gradient": result(negative_gradient()),
    "random-label-split": result(random_label_split()),
    "random-label-joint": result(random_label_joint()),
    "salun": result(salun()),
    "scrub": result(scrub()),
    "ssd": result(ssd()),
    "task-arithmetic": result(task_arithmetic()),
    "npo-classes": result(npo("classes")),
    "npo-divergence": result(npo("divergence")),
})
