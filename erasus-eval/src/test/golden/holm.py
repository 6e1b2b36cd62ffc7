"""Holm's adjusted p-values by statsmodels.

Run from erasus-eval: python src/test/golden/holm.py
"""
import numpy as np
import statsmodels
from statsmodels.stats.multitest import multipletests

from common import write

rng = np.random.default_rng(43)
cases = []
for count, power in [(1, 1.0), (2, 1.0), (5, 2.0), (12, 3.0), (40, 4.0)]:
    p = rng.random(count) ** power
    if count > 5:
        p[3] = p[1]
    cases.append({"p": p.tolist(), "adjusted": multipletests(p, method="holm")[1].tolist()})
write("holm", cases, statsmodels=statsmodels.__version__)
