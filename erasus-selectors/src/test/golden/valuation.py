"""Makes src/test/resources/golden/valuation.json: values of rows by brute force over all subsets, weights of semivalues from
SciPy, small classifiers of scikit-learn, and the objective of DVRL with its gradient from PyTorch.

Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1, torch 2.13.0; from the folder above src:

    python src/test/golden/valuation.py
"""

import itertools
import json
import pathlib

import numpy as np
import torch
from scipy.special import beta as B
from scipy.special import comb
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

rng = np.random.default_rng(7)
ROWS, TARGETS, WIDTH, CLASSES = 12, 5, 3, 3
labels = np.arange(ROWS) % CLASSES
labels[4] = 2
target_labels = np.arange(TARGETS) % CLASSES
centres = 1.2 * np.eye(CLASSES, WIDTH)
x = (centres[np.arange(ROWS) % CLASSES] + rng.normal(size=(ROWS, WIDTH))).astype(np.float32)
targets = (centres[target_labels] + rng.normal(size=(TARGETS, WIDTH))).astype(np.float32)


def subsets(players):
    return itertools.chain.from_iterable(itertools.combinations(players, r) for r in range(len(players) + 1))


def semivalues(n, v, weight):
    """Σ_S weight(|S|)·(v(S ∪ i) − v(S)), v a function of a tuple in ascending order."""
    known = {s: v(s) for s in subsets(range(n))}
    return [
        sum(weight(len(s)) * (known[tuple(sorted(s + (i,)))] - known[s]) for s in subsets([j for j in range(n) if j != i]))
        for i in range(n)
    ]


def shapley(n):
    return lambda s: 1 / (n * comb(n - 1, s, exact=True))


def of_beta(n, a, b):
    """The paper's (1/n)·w(j)/C(n−1, j−1), j = |S| + 1."""
    return lambda s: B(s + b, n - s - 1 + a) / B(a, b)


def knn(k):
    def v(s):
        total = 0
        for t, y in zip(targets.astype(float), target_labels):
            near = sorted(s, key=lambda i: np.linalg.norm(x[i].astype(float) - t))[:k]
            total += sum(labels[i] == y for i in near) / k
        return total / TARGETS

    return semivalues(ROWS, v, shapley(ROWS))


n = 8
table = rng.normal(size=2**n).round(6)
worth = lambda s: float(table[sum(1 << i for i in s)])

chosen = [0, 1, 2, 3, 5, 7, 8, 10]
scaled = (x - x.mean(0)) / x.std(0)
asked = (targets - x.mean(0)) / x.std(0)
decay = 0.05
logistic = LogisticRegression(C=1 / (decay * len(chosen)), tol=1e-12, max_iter=10000).fit(scaled[chosen].astype(float), labels[chosen])

z = torch.tensor(rng.normal(size=(6, 2)), dtype=torch.float32)


def objective(shift, advantage, taken=(1, 0, 0, 1, 1, 0), e=0.9):
    w = z.double().clone()
    w[:, 1] += shift
    w.requires_grad_()
    p = torch.softmax(w, 1)[:, 1]
    s = torch.tensor(taken, dtype=torch.float64)
    loss = -advantage * (s * p.log() + (1 - s) * (1 - p).log()).sum()
    loss = loss + 1e3 * (torch.clamp(p.mean() - e, min=0) + torch.clamp(1 - e - p.mean(), min=0))
    loss.backward()
    return {"logits": w.detach().float().flatten().tolist(), "advantage": advantage, "gradient": w.grad.flatten().tolist()}


golden = {
    "rows": x.flatten().tolist(),
    "labels": labels.tolist(),
    "targets": targets.flatten().tolist(),
    "targetLabels": target_labels.tolist(),
    "knn": {str(k): knn(k) for k in (1, 3, 5, 20)},
    "table": table.tolist(),
    "shapley": semivalues(n, worth, shapley(n)),
    "banzhaf": semivalues(n, worth, lambda s: 0.5 ** (n - 1)),
    "beta": {f"{a},{b}": semivalues(n, worth, of_beta(n, a, b)) for a, b in ((16, 1), (4, 1), (1, 4), (1, 1))},
    "betaWeights": {
        f"{a},{b}": [m * comb(m - 1, j - 1) * B(j + b - 1, m - j + a) / B(a, b) for j in range(1, m + 1)]
        for a, b, m in ((16, 1, 8), (4, 1, 30), (0.5, 2, 5), (1, 1, 6))
    },
    "chosen": chosen,
    "decay": decay,
    "logistic": logistic.predict_proba(asked.astype(float)).flatten().tolist(),
    "centroid": NearestCentroid().fit(x[chosen], labels[chosen]).predict(targets).tolist(),
    "neighbours": {str(k): KNeighborsClassifier(k).fit(x[chosen], labels[chosen]).predict(targets).tolist() for k in (1, 3)},
    "objective": {"middle": objective(0, 0.3), "many": objective(6, -0.2), "few": objective(-6, 0.1)},
}
pathlib.Path("src/test/resources/golden/valuation.json").write_text(json.dumps(golden, indent=1))
