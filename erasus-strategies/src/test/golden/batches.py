"""Weights after a few epochs of small batches, in the order they come in: which batches meet, and how often each is used.

Independent of the Java code: rules written out with autograd. The order of the rows of a pass follows from the seed by the
published rules of data.py. Batches of 6: two of the 8 forget rows and six of the 32 retain rows, the last of each with 2.

    python erasus-strategies/src/test/golden/batches.py

Python 3.11, torch 2.13.0 (float32, CPU). Writes ../resources/golden/batches.json.
"""

import math

import torch
import torch.nn.functional as F

from common import Problem, divergence, flat, move, put, result, sgd, write
from data import SplittableRandom, number, permutation

SEED, SIZE = 9, 6


def batch(purpose, n, index):
    """Rows of a batch of an endless stream: pass after pass over n rows, each in an order of its own."""
    per_pass = -(-n // SIZE)
    order = permutation(n, SplittableRandom(number(SEED, purpose, index // per_pass)))
    at = index % per_pass * SIZE
    return order[at:at + SIZE]


def forget_batch(index):
    return batch("forget-order", 8, index)


def retain_batch(index):
    return batch("retain-order", 32, index)


def scrub():
    """Three epochs: two of forget batches before the retain batches, one of these alone."""
    p = Problem("convolution")
    with torch.no_grad():
        tf, tr = p.teacher(p.xf), p.teacher(p.xr)
    o = sgd(p.net, 0.02)
    f = r = 0
    for epoch in range(3):
        for _ in range(2 if epoch < 2 else 0):
            rows = forget_batch(f)
            f += 1
            move(o, -divergence(tf[rows], p.net(p.xf[rows]), 4.0) * 16)
        for _ in range(6):
            rows = retain_batch(r)
            r += 1
            z = p.net(p.xr[rows])
            move(o, 0.9 * F.cross_entropy(z, p.yr[rows]) + 0.3 * divergence(tr[rows], z, 4.0) * 16)
    return p.net


def npo(steps):
    """Pairs of a forget and a retain batch: as many an epoch as there are of one or of the other; both streams go on."""
    p = Problem("perceptron")
    beta, weight = 0.3, 0.7
    with torch.no_grad():
        lf = -F.cross_entropy(p.teacher(p.xf), p.yf, reduction="none")
    o = sgd(p.net, 0.05)
    for i in range(3 * steps):
        rows, kept = forget_batch(i), retain_batch(i)
        ratio = -F.cross_entropy(p.net(p.xf[rows]), p.yf[rows], reduction="none") - lf[rows]
        keep = F.cross_entropy(p.net(p.xr[kept]), p.yr[kept])
        move(o, (2 / beta) * torch.log(1 + torch.exp(ratio) ** beta).mean() + weight * keep)
    return p.net


def gradient(net, loss):
    return flat(torch.autograd.grad(loss, list(net.parameters())))


def fisher(net, x, y):
    return torch.stack([gradient(net, F.cross_entropy(net(x[i:i + 1]), y[i:i + 1])) ** 2 for i in range(len(x))]).mean(0)


def sfron():
    """Six epochs of two pairs, as six retain batches last for two; the three fast steps of a pair take three retain batches, one after the other."""
    p = Problem("three classes")
    salient = fisher(p.teacher, p.xf, p.yf) >= 0.7 * fisher(p.teacher, p.xr, p.yr)
    for step in range(12):
        slow = flat(p.net.parameters())
        rows = forget_batch(step)
        losses = F.cross_entropy(p.net(p.xf[rows]), p.yf[rows], reduction="none")
        coefficients = losses.detach() ** -0.5
        coefficients = coefficients / coefficients.sum() * len(losses)
        g = gradient(p.net, (coefficients * losses).mean()) * salient
        if g.norm() > 0.5:
            g = g * (0.5 / g.norm())
        fast = slow + 0.8 * (1 + math.cos(math.pi * step / 12)) / 2 * g
        for j in range(3):
            kept = retain_batch(3 * step + j)
            put(p.net, fast)
            fast = fast - 0.1 * gradient(p.net, F.cross_entropy(p.net(p.xr[kept]), p.yr[kept]))
        put(p.net, slow - 0.5 * (slow - fast))
    return p.net


write("batches", {
    "scrub": result(scrub()),
    "npo-joint": result(npo(2)),
    "npo-cycle": result(npo(6)),
    "sfron": result(sfron()),
})
