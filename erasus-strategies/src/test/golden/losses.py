"""Weights after a few steps of the strategies that are a loss of forget rows and one of retain rows.

Independent of the Java code: probabilities where that works with logarithms, sums over classes where that has an operation.
Batches hold all rows of a kind, so that their order does not matter; where a wrong label is drawn there are two classes, so
that it is the other one. Fresh weights are drawn by the generator of PyTorch, its seed by the published rules of data.py.

    python erasus-strategies/src/test/golden/losses.py

Python 3.11, torch 2.13.0 (float32, CPU). Writes ../resources/golden/losses.json.
"""

import copy
import math

import torch
import torch.nn.functional as F

from common import Problem, divergence, flat, forget, move, network, put, result, sgd, write
from data import number


def of(p, y):
    """The entries of a table (B, C) that belong to the classes y, (B)."""
    return p[torch.arange(len(y)), y]


def l1_sparse():
    p = Problem("convolution")
    gamma, epochs = 0.03, 5
    o = sgd(p.net, 0.05)
    for epoch in range(epochs):
        norm = sum(w.abs().sum() for w in p.net.parameters())
        move(o, F.cross_entropy(p.net(p.xr), p.yr) + gamma * (1 - epoch / epochs) * norm)
    return p.net


def distillation():
    p = Problem("three classes")
    t = 3.0
    with torch.no_grad():
        tr = p.teacher(p.xr)
    o = sgd(p.net, 0.05)
    for _ in range(5):
        q = F.softmax(p.net(p.xf), 1)
        forgotten = (1 / 3 * torch.log(1 / 3 / q)).sum(1).mean()
        move(o, forgotten + t * t * divergence(tr, p.net(p.xr), t))
    return p.net


def simnpo():
    p = Problem("three classes")
    beta, gamma, weight = 1.5, 0.4, 0.7
    o = sgd(p.net, 0.05)
    for _ in range(5):
        likely = of(F.softmax(p.net(p.xf), 1), p.yf)
        forgotten = 2 / beta * torch.log(1 + torch.e ** gamma * likely ** beta).mean()
        move(o, forgotten + weight * F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def wga():
    p = Problem("convolution")
    beta, weight = 1.5, 0.7
    o = sgd(p.net, 0.05)
    for _ in range(5):
        z = p.net(p.xf)
        with torch.no_grad():
            w = of(F.softmax(z, 1), p.yf) ** beta
        forgotten = -(w * F.cross_entropy(z, p.yf, reduction="none")).mean()
        move(o, forgotten + weight * F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def undial():
    p = Problem("three classes")
    beta, weight = 4.0, 0.7
    with torch.no_grad():
        z = p.teacher(p.xf)
        z[torch.arange(len(z)), p.yf] -= beta
        q = torch.exp(z) / torch.exp(z).sum(1, keepdim=True)
    o = sgd(p.net, 0.05)
    for _ in range(5):
        forgotten = -(q * F.log_softmax(p.net(p.xf), 1)).sum(1).mean()
        move(o, forgotten + weight * F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def alt_po():
    p = Problem("perceptron")
    beta, weight = 0.8, 0.7
    with torch.no_grad():
        before = F.softmax(p.teacher(p.xf), 1)
    o = sgd(p.net, 0.05)
    for _ in range(5):
        now = F.softmax(p.net(p.xf), 1)
        won = of(now, 1 - p.yf) / of(before, 1 - p.yf)
        lost = of(now, p.yf) / of(before, p.yf)
        forgotten = 2 / beta * torch.log(1 + (lost / won) ** beta).mean()
        move(o, forgotten + weight * F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def bad_teacher():
    p = Problem("three classes")
    t = 2.0
    bad = network("three classes")
    put(bad, torch.tensor([0.5 * math.cos(2.3 * (i + 1)) for i in range(len(p.start))], dtype=torch.float64).float())
    with torch.no_grad():
        believed = torch.where(forget[:, None], F.softmax(bad(p.x) / t, 1), F.softmax(p.teacher(p.x) / t, 1))
    o = sgd(p.net, 0.05)
    for _ in range(5):
        q = F.softmax(p.net(p.x) / t, 1)
        move(o, (believed * torch.log(believed / q)).sum() / len(q))
    return p.net


def salun_soft():
    p = Problem("perceptron")
    share, steps = 0.6, 5
    taught = torch.where(forget, 1 - p.y, p.y)
    o = sgd(p.net, 0.05)
    for step in range(steps):
        move(o, F.cross_entropy(p.net(p.x), taught))
        way = flat(p.net.parameters()) - p.start
        k = int(share * (1 - (step + 1) / steps) * len(way))
        if k:
            beta = way.abs().sort().values[k - 1]
            put(p.net, p.start + F.softshrink(way, beta.item()))
    return p.net


def boundary_shrink():
    p = Problem("three classes")
    x = p.xf.clone().requires_grad_()
    uphill, = torch.autograd.grad(F.cross_entropy(p.teacher(x), p.yf, reduction="sum"), x)
    with torch.no_grad():
        beyond = p.teacher(p.xf + 0.05 * uphill.sign()).argmax(1)
    assert 0 < (beyond != p.yf).sum() < len(p.yf)
    o = sgd(p.net, 0.05)
    for _ in range(5):
        move(o, F.cross_entropy(p.net(p.xf), beyond))
    return p.net


def cf_k():
    p = Problem("convolution")
    p.net.eval()
    last = list(p.net.parameters())[-2:]
    o = torch.optim.SGD(last, lr=0.05, momentum=0.9, weight_decay=5e-4)
    for _ in range(5):
        move(o, F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def eu_k():
    """The last layer as PyTorch draws it, U(-1/sqrt(n), 1/sqrt(n)), after the convolution was drawn; then that layer alone."""
    p = Problem("convolution")
    seed = number(9, "initial-weights")
    torch.manual_seed((seed ^ seed >> 32) & 0xFFFFFFFF)
    torch.rand(p.net[0].weight.shape)
    with torch.no_grad():
        for w in p.net[4].weight, p.net[4].bias:
            w.uniform_(-1 / math.sqrt(6), 1 / math.sqrt(6))
    o = torch.optim.SGD(p.net[4].parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
    for _ in range(5):
        move(o, F.cross_entropy(p.net(p.xr), p.yr))
    return p.net


def neg_merge():
    p = Problem("three classes")
    ways = []
    for rate in (0.05, 0.4):
        expert = copy.deepcopy(p.net)
        o = sgd(expert, rate)
        for _ in range(4):
            move(o, F.cross_entropy(expert(p.xf), p.yf))
        ways.append(flat(expert.parameters()) - p.start)
    up, down = (ways[0] > 0) & (ways[1] > 0), (ways[0] < 0) & (ways[1] < 0)
    assert 0 < (~(up | down)).sum() < len(p.start)
    put(p.net, torch.where(up | down, p.start - 1.5 * (ways[0] + ways[1]) / 2, p.start))
    return p.net


write("losses", {
    "neg-merge": result(neg_merge()),
    "cf-k": result(cf_k()),
    "eu-k": result(eu_k()),
    "boundary-shrink": result(boundary_shrink()),
    "bad-teacher": result(bad_teacher()),
    "salun-soft": result(salun_soft()),
    "l1-sparse": result(l1_sparse()),
    "distillation": result(distillation()),
    "simnpo": result(simnpo()),
    "wga": result(wga()),
    "undial": result(undial()),
    "alt-po": result(alt_po()),
})
