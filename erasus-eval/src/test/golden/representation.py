"""Distances between outputs and features: Jensen-Shannon, Euclid and W1 by SciPy, linear CKA by NumPy.

W1 of clouds of one size by scipy.optimize.linear_sum_assignment, of different sizes by linear programming; on a line by
scipy.stats.wasserstein_distance.

Run from erasus-eval: python src/test/golden/representation.py
"""
import numpy as np
from scipy.optimize import linear_sum_assignment, linprog
from scipy.spatial.distance import cdist, jensenshannon
from scipy.special import softmax
from scipy.stats import wasserstein_distance

from common import write

rng = np.random.default_rng(31)

outputs = []
for rows, classes, scale in [(6, 3, 1.0), (50, 10, 3.0), (15, 2, 8.0)]:
    mine, one, two = (rng.normal(0, scale, (rows, classes)).astype(np.float32) for _ in range(3))
    p, q, r = (softmax(z.astype(np.float64), axis=1) for z in (mine, one, two))
    js = lambda a, b: np.mean([jensenshannon(x, y, base=2) ** 2 for x, y in zip(a, b)])
    distance = lambda a, b: np.mean(np.linalg.norm(a - b, axis=1))
    agree = lambda a, b: np.mean(a.argmax(1) == b.argmax(1))
    outputs.append({
        "network": mine.tolist(), "one": one.tolist(), "two": two.tolist(),
        **{name: {"one": f(p, q), "both": (f(p, q) + f(p, r)) / 2} for name, f in (("js", js), ("distance", distance), ("agree", agree))},
    })


def cka(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    return np.linalg.norm(y.T @ x) ** 2 / np.linalg.norm(x.T @ x) / np.linalg.norm(y.T @ y)


kernels = []
for rows, a, b in [(40, 3, 5), (25, 8, 8), (100, 6, 2)]:
    x = rng.normal(2, 1, (rows, a)).astype(np.float32)
    y = np.tanh(x @ rng.normal(0, 1, (a, b)) + rng.normal(0, 1, (rows, b))).astype(np.float32)
    kernels.append({"x": x.tolist(), "y": y.tolist(), "cka": cka(x.astype(np.float64), y.astype(np.float64))})


def exact(a, b):
    cost = cdist(a, b)
    if len(a) == len(b):
        return cost[linear_sum_assignment(cost)].mean()
    n, m = cost.shape
    rows = np.kron(np.eye(n), np.ones((1, m)))
    columns = np.kron(np.ones((1, n)), np.eye(m))
    plan = linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.r_[np.full(n, 1 / n), np.full(m, 1 / m)], method="highs")
    return plan.fun


clouds = []
for n, m, width in [(1, 1, 2), (7, 7, 3), (40, 40, 5), (3, 8, 2), (30, 12, 4), (25, 24, 6), (1, 9, 3)]:
    a, b = rng.normal(0, 1, (n, width)).astype(np.float32), rng.normal(0.7, 2, (m, width)).astype(np.float32)
    u = rng.normal(0, 1, width)
    clouds.append({"a": a.tolist(), "b": b.tolist(), "w1": exact(a.astype(np.float64), b.astype(np.float64)),
                   "direction": u.tolist(), "onLine": wasserstein_distance(a.astype(np.float64) @ u, b.astype(np.float64) @ u)})

write("representation", {"outputs": outputs, "kernels": kernels, "clouds": clouds})
