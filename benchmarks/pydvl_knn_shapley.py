"""KNN-Shapley by pyDVL 0.10.0, timed in turns by run.py: for every line N on standard input N runs, and as answer milliseconds each.

Leaves the values in theirs.f64 in the folder.
"""

import argparse
import pathlib
import sys
import time

import numpy as np
from joblib import parallel_config
from pydvl.valuation.dataset import Dataset
from pydvl.valuation.methods.knn_shapley import KNNShapleyValuation
from sklearn.neighbors import KNeighborsClassifier

p = argparse.ArgumentParser()
p.add_argument("--folder", type=pathlib.Path, required=True)
p.add_argument("--width", type=int, required=True)
p.add_argument("--k", type=int, default=5)
p.add_argument("--threads", type=int, default=2)
a = p.parse_args()


def data(x, y):
    return Dataset(np.fromfile(a.folder / f"{x}.f32", dtype="<f4").reshape(-1, a.width), np.fromfile(a.folder / f"{y}.i32", dtype="<i4"))


train, test = data("x", "y"), data("tx", "ty")
for line in sys.stdin:
    n = int(line)
    start = time.perf_counter()
    for _ in range(n):
        found = KNNShapleyValuation(KNeighborsClassifier(a.k), test, progress=False)
        with parallel_config(n_jobs=a.threads):
            found.fit(train)
    millis = (time.perf_counter() - start) * 1000 / n
    found.result.values.astype("<f8").tofile(a.folder / "theirs.f64")
    print(f"{millis:.4f}", flush=True)
