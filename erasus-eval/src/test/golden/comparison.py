"""Paired t and signed-rank tests of two experiments against a first, by SciPy, and Holm's correction by statsmodels' definition.

Run from erasus-eval: python src/test/golden/comparison.py
"""
import numpy as np
from scipy.stats import t, ttest_rel, wilcoxon

from common import write

rng = np.random.default_rng(2)
first = np.round(rng.normal(0.05, 0.01, 7), 4)
others = [np.round(first + rng.normal(0.01, 0.008, 7), 4), np.round(first + rng.normal(0.002, 0.01, 7), 4)]


def holm(p):
    order = np.argsort(p)
    adjusted = np.maximum.accumulate([min(1, (len(p) - k) * p[i]) for k, i in enumerate(order)])
    return [float(adjusted[list(order).index(i)]) for i in range(len(p))]


half = lambda v: float(t.ppf(0.975, len(v) - 1) * np.std(v, ddof=1) / np.sqrt(len(v)))
write("comparison", [{
    "first": first.tolist(), "others": [o.tolist() for o in others],
    "means": [float(v.mean()) for v in (first, *others)], "halves": [half(v) for v in (first, *others)],
    "differences": [float((o - first).mean()) for o in others],
    "t": holm([ttest_rel(o, first).pvalue for o in others]),
    "wilcoxon": holm([wilcoxon(o, first, method="exact").pvalue for o in others]),
}])
