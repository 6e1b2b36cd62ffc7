"""Selectors by gradients on a small perceptron whose weights and rows come from formulas.

Independent of the Java code: gradients by autograd, one row at a time, in float64; the definitions of the papers written out
with NumPy; weights of matching pursuit by scikit-learn where none is negative, else by SciPy's non-negative least squares on
the rows chosen; facility location by looking at every row in every step.

    python erasus-selectors/src/test/golden/attribution.py

Python 3.11, torch 2.13.0, numpy, scipy, scikit-learn (CPU). Writes ../resources/golden/attribution.json.
"""

import itertools
import json
import math
import pathlib

import numpy
import scipy
import sklearn
import torch
import torch.nn.functional as F
from scipy.optimize import nnls
from sklearn.linear_model import OrthogonalMatchingPursuit

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
N, V, WIDTH, HIDDEN, CLASSES = 30, 8, 4, 5, 3
NAMES = ["hidden.weight", "hidden.bias", "head.weight", "head.bias"]
SHAPES = [(HIDDEN, WIDTH), (HIDDEN,), (CLASSES, HIDDEN), (CLASSES,)]
RATES = [0.1, 0.03]


def single(values):
    """As the Java code sees them."""
    return torch.tensor(values, dtype=torch.float32).double()


def rows(n, phase):
    return single([[math.sin(1.9 * (i * WIDTH + d) + phase) * 1.5 for d in range(WIDTH)] for i in range(n)])


def state(number):
    size = sum(math.prod(s) for s in SHAPES)
    values = single([0.9 * math.sin(2.3 * (i + 1) + 1.1 * number) for i in range(size)])
    parts, at = [], 0
    for s in SHAPES:
        parts.append(values[at:at + math.prod(s)].reshape(s).requires_grad_())
        at += math.prod(s)
    return parts


x, y = rows(N, 0.0), torch.arange(N) * 7 % 5 % CLASSES
xv, yv = rows(V, 0.7), torch.arange(V) * 5 % 4 % CLASSES
wv = single([1.0, 0.5, 2.0, 1.0, 0.25, 1.0, 3.0, 1.0])
states = [state(0), state(1)]


def features(p, a):
    return torch.relu(a @ p[0].T + p[1])


def logits(p, a):
    return features(p, a) @ p[2].T + p[3]


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def gradients(p, a, b, by=slice(None), of=lambda z, t: F.cross_entropy(z, t, reduction="sum")):
    return torch.stack([flat(torch.autograd.grad(of(logits(p, r[None]), t[None]), p[by])) for r, t in zip(a, b)])


def margin(z, t):
    q = F.softmax(z, 1)[0, t[0]]
    return torch.log(q / (1 - q))


LAST = slice(2, 4)


def mean(scores):
    return (sum(scores) / len(scores)).tolist()


def el2n(p):
    return (F.softmax(logits(p, x), 1) - F.one_hot(y, CLASSES)).norm(dim=1).detach()


def tracin(by):
    total = torch.zeros(N)
    for p, rate in zip(states, RATES):
        target = (wv[:, None] * gradients(p, xv, yv, by)).sum(0) / wv.sum()
        for i, g in enumerate(gradients(p, x, y, by)):
            total[i] += rate * torch.dot(g, target)
    return total.tolist()


# ---- the random numbers of java.util.SplittableRandom and of org.erasus.Seeds

MASK = (1 << 64) - 1


def finalise(z):
    z = (z ^ (z >> 33)) * 0xFF51AFD7ED558CCD & MASK
    z = (z ^ (z >> 33)) * 0xC4CEB9FE1A85EC53 & MASK
    return z ^ (z >> 33)


def seed_of(seed, purpose, *indices):
    h = finalise((seed ^ 0x6A09E667F3BCC908) & MASK)
    for c in purpose:
        h = finalise(h ^ ord(c))
    for i in indices:
        h = finalise((h + i + 0x9E3779B97F4A7C15) & MASK)
    return h


class SplittableRandom:
    def __init__(self, seed):
        self.seed = seed

    def integer(self):
        self.seed = (self.seed + 0x9E3779B97F4A7C15) & MASK
        z = self.seed
        z = (z ^ (z >> 33)) * 0x62A9D9ED799705F5 & MASK
        return ((z ^ (z >> 28)) * 0xCB24D0A5C88C35B3 & MASK) >> 32

    def below(self, bound):
        if bound & (bound - 1) == 0:
            return self.integer() & (bound - 1)
        while True:
            u = self.integer() >> 1
            r = u % bound
            if u + bound - 1 - r < 1 << 31:
                return r

    def boolean(self):
        return self.integer() >= 1 << 31


def projection(parameters, m, seed, number):
    random = SplittableRandom(seed_of(seed, "trak-projection", number))
    matrix = torch.zeros(parameters, m)
    for i in range(parameters):
        place = random.below(m)
        matrix[i, place] = 1 if random.boolean() else -1
    return matrix


def trak(m, damping, seed):
    doubts, parts = [], []
    for number, p in enumerate(states):
        matrix = projection(flat(p).numel(), m, seed, number)
        phi = gradients(p, x, y, of=margin) @ matrix
        targets = gradients(p, xv, yv, of=margin) @ matrix
        gram = phi.T @ phi
        inverse = torch.linalg.inv(gram + damping * gram.trace() / m * torch.eye(m))
        parts.append(targets @ inverse @ phi.T)
        doubts.append(1 - F.softmax(logits(p, x), 1)[torch.arange(N), y].detach())
    scores = sum(parts) / len(parts) * (sum(doubts) / len(doubts))
    return ((wv[:, None] * scores).sum(0) / wv.sum()).tolist()


# ---- one network, its last layer, class by class

p0 = states[0]
g = gradients(p0, x, y, LAST).numpy()


def quotas(k):
    sizes = [int((y == c).sum()) for c in range(CLASSES)]
    shares = [k * s / N for s in sizes]
    result = [int(s) for s in shares]
    for c in sorted(range(CLASSES), key=lambda c: result[c] - shares[c])[:k - sum(result)]:
        result[c] += 1
    return result


def craig(k):
    result = {}
    for c, wanted in enumerate(quotas(k)):
        ids = numpy.flatnonzero(y.numpy() == c)
        distance = numpy.linalg.norm(g[ids][:, None] - g[ids][None], axis=2)
        chosen = []
        for _ in range(wanted):
            # two rows nearest to each other are worth the same: the first is taken
            cost = sorted((round(distance[:, chosen + [j]].min(1).sum(), 10), j)
                          for j in range(len(ids)) if j not in chosen)
            assert len(cost) == 1 or cost[0][0] == cost[1][0] or cost[1][0] - cost[0][0] > 2e-6
            chosen.append(cost[0][1])
        owner = distance[:, chosen].argmin(1)
        best = min(distance[:, list(s)].min(1).sum() for s in itertools.combinations(range(len(ids)), wanted))
        result[c] = {"ids": ids[chosen].tolist(), "weights": numpy.bincount(owner, minlength=wanted).tolist(),
                     "cost": distance[:, chosen].min(1).sum(), "best": best}
    return result


def pursuit(a, b, ridge, k):
    """Greedy choice of columns of a, weights by SciPy; those of weight 0 leave."""
    wide = numpy.vstack([a, math.sqrt(ridge) * numpy.eye(a.shape[1])])
    long = numpy.concatenate([b, numpy.zeros(a.shape[1])])
    chosen, w, left = [], numpy.zeros(0), 0
    while len(chosen) < k:
        slope = a.T @ (b - a[:, chosen] @ w)
        slope[chosen] = -numpy.inf
        order = slope.argsort()[::-1]
        if slope[order[0]] <= 1e-9 * abs(a.T @ b).max():
            break
        assert len(order) == 1 or slope[order[0]] - slope[order[1]] > 3e-6 * slope[order[0]]
        chosen.append(int(order[0]))
        w, _ = nnls(wide[:, chosen], long)
        left += (w == 0).sum()
        chosen, w = [j for j, v in zip(chosen, w) if v > 0], w[w > 0]
    return chosen, w, left


def grad_match(k, regularization):
    result, left_in_all, checked = {}, 0, 0
    for c, wanted in enumerate(quotas(k)):
        ids = numpy.flatnonzero(y.numpy() == c)
        a = g[ids].T
        b = a.sum(1)
        chosen, w, left = pursuit(a, b, regularization * (a ** 2).sum(0).mean(), wanted)
        left_in_all += left
        if regularization == 0 and left == 0:
            omp = OrthogonalMatchingPursuit(n_nonzero_coefs=len(chosen), fit_intercept=False).fit(a, b).coef_
            if set(numpy.flatnonzero(omp)) == set(chosen):
                w = omp[chosen]
                checked += 1
        result[c] = {"ids": ids[chosen].tolist(), "weights": w.tolist(), "left": int(left),
                     "error": float(numpy.linalg.norm(a[:, chosen] @ w - b))}
    print("grad-match", k, regularization, "left", left_in_all, "by scikit-learn", checked)
    return result


def glister(k, rounds, rate):
    head = [t.detach().clone() for t in p0[2:]]
    chosen, scores = [], []
    for left in range(min(rounds, k), 0, -1):
        moved = [t.clone().requires_grad_() for t in head]
        if chosen:
            step = torch.tensor(g[chosen].sum(0))
            moved[0] = (head[0] - rate * step[:CLASSES * HIDDEN].reshape(CLASSES, HIDDEN)).requires_grad_()
            moved[1] = (head[1] - rate * step[CLASSES * HIDDEN:]).requires_grad_()
        z = features(p0, xv).detach() @ moved[0].T + moved[1]
        loss = (wv * F.cross_entropy(z, yv, reduction="none")).sum() / wv.sum()
        gains = rate * g @ flat(torch.autograd.grad(loss, moved)).numpy()
        gains[chosen] = -numpy.inf
        order = (-gains).argsort(kind="stable")[:-(-(k - len(chosen)) // left)]
        chosen += order.tolist()
        scores += gains[order].tolist()
    return {"ids": chosen, "scores": scores}


def nonnegative():
    """Whole non-negative least squares, where many columns enter and leave."""
    random = numpy.random.default_rng(3)
    cases = []
    for ridge in (0.0, 0.3):
        a, b = random.standard_normal((12, 20)), random.standard_normal(12)
        a[:, 7] = a[:, 3]  # twice the same column
        w, _ = nnls(numpy.vstack([a, math.sqrt(ridge) * numpy.eye(20)]), numpy.concatenate([b, numpy.zeros(20)]))
        error = numpy.linalg.norm(a @ w - b) ** 2 + ridge * (w ** 2).sum()
        cases.append({"columns": a.T.tolist(), "b": b.tolist(), "ridge": ridge, "error": error, "fit": (a @ w).tolist()})
    return cases


golden = {
    "torch": torch.__version__, "numpy": numpy.__version__, "scipy": scipy.__version__, "sklearn": sklearn.__version__,
    "inputs": x.reshape(-1).tolist(), "labels": y.tolist(),
    "targetInputs": xv.reshape(-1).tolist(), "targetLabels": yv.tolist(), "targetWeights": wv.tolist(),
    "states": [{n: t.detach().reshape(-1).tolist() for n, t in zip(NAMES, s)} for s in states],
    "rates": RATES,
    "el2n": mean([el2n(p) for p in states]),
    "gradientNorm": mean([gradients(p, x, y).norm(dim=1) for p in states]),
    "grand": mean([gradients(p, x, y, LAST).norm(dim=1) for p in states]),
    "tracinLast": tracin(LAST), "tracinAll": tracin(slice(None)),
    "trak": trak(8, 0.0, 11), "trakDamped": trak(13, 0.05, 12),
    "craig": craig(9), "gradMatch": grad_match(9, 0.5), "gradMatchPlain": grad_match(18, 0.0),
    "glister": glister(12, 12, 0.3), "glisterRounds": glister(12, 5, 0.3), "nonNegative": nonnegative(),
}
out = pathlib.Path(__file__).parent.parent / "resources" / "golden" / "attribution.json"
out.write_text(json.dumps(golden) + "\n")
print("wrote", out)
