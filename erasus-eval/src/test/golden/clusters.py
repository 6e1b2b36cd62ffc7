"""BCa of a share over whole groups by scipy.stats.bootstrap, which draws pairs of a group's sum and size.

Run from erasus-eval: python src/test/golden/clusters.py
"""
import numpy as np
from scipy.stats import bootstrap

from common import write

rng = np.random.default_rng(41)
cases = []
for groups, level in [(12, 0.95), (30, 0.9), (60, 0.95)]:
    sizes = rng.integers(1, 9, groups)
    rates = rng.beta(2, 1, groups)
    group = np.repeat(np.arange(groups), sizes)
    values = (rng.random(len(group)) < rates[group]).astype(float)
    order = rng.permutation(len(group))
    group, values = group[order], values[order]
    sums = np.array([values[group == g].sum() for g in range(groups)])
    share = lambda s, n, axis=-1: s.sum(axis=axis) / n.sum(axis=axis)
    many = bootstrap((sums, sizes.astype(float)), share, paired=True, n_resamples=20000, confidence_level=level, method="BCa",
                     rng=np.random.default_rng(5), vectorized=True)
    cases.append({"groups": group.tolist(), "values": values.tolist(), "level": level, "estimate": values.mean(),
                  "low": many.confidence_interval.low, "high": many.confidence_interval.high,
                  "standardError": many.standard_error})
write("clusters", cases)
