"""What became of rows over some visits, from the logits of each, by NumPy and SciPy: forgetting events as differences of
consecutive accuracies.

    python history.py > ../resources/golden/history.json

made with the versions that stand in the file.
"""

import json
import sys

import numpy as np
import scipy
from scipy.special import log_softmax

rng = np.random.default_rng(11)
T, N, C = 9, 15, 4
labels = rng.integers(C, size=N)
logits = rng.normal(size=(T, N, C)) * 2
logits[:, np.arange(N), labels] += np.linspace(-6, 4, N)  # from never right to nearly always
logits = np.float32(logits).astype(np.float64)
right = (logits.argmax(axis=2) == labels).astype(int)

out = {
    "made with": f"Python {sys.version.split()[0]}, NumPy {np.__version__}, SciPy {scipy.__version__}",
    "labels": labels.tolist(),
    "logits": logits.reshape(T, N * C).tolist(),
    "forgotten": (np.diff(right, axis=0) == -1).sum(axis=0).tolist(),
    "learned": right.any(axis=0).astype(int).tolist(),
    "right": right[-1].tolist(),
    "loss": (-log_softmax(logits, axis=2)[:, np.arange(N), labels]).sum(axis=0).tolist(),
}
json.dump(out, sys.stdout, indent=1)
