"""Scores of rows from their logits, and of rows from several passes, by SciPy and scikit-learn; the
mutual information as a mean divergence, which is another way to the same number.

    python uncertainty.py > ../resources/golden/uncertainty.json

made with the versions that stand in the file.
"""

import json
import sys

import numpy as np
import scipy
import sklearn
from scipy.special import softmax
from scipy.stats import entropy
from sklearn.metrics import log_loss

rng = np.random.default_rng(7)
N, C, T = 12, 5, 6
logits = np.float32(rng.normal(size=(N, C)) * rng.uniform(0.1, 12, size=(N, 1))).astype(np.float64)
labels = rng.integers(C, size=N)
p = softmax(logits, axis=1)
ordered = np.sort(p, axis=1)
passes = softmax(rng.normal(size=(T, N, C)) * 3, axis=2)


def information(table):
    """Mutual information of pass and class, the passes being equally likely: the mean divergence of a pass from their mean."""
    return float(np.mean([entropy(row, table.mean(axis=0)) for row in table]))


out = {
    "made with": f"Python {sys.version.split()[0]}, NumPy {np.__version__}, SciPy {scipy.__version__}, scikit-learn {sklearn.__version__}",
    "logits": logits.tolist(),
    "labels": labels.tolist(),
    "loss": [log_loss([y], [row], labels=list(range(C))) for y, row in zip(labels, p)],
    "entropy": entropy(p, axis=1).tolist(),
    "margin": (1 - (ordered[:, -1] - ordered[:, -2])).tolist(),
    "least-confidence": (1 - ordered[:, -1]).tolist(),
    "passes": passes.reshape(T, N * C).tolist(),
    "bald": [information(passes[:, i]) for i in range(N)],
}
json.dump(out, sys.stdout, indent=1)
