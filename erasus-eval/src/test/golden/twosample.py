"""Kolmogorov-Smirnov, Mann-Whitney and Wilcoxon by SciPy.

For large samples SciPy uses the distribution of the one-sample statistic; the limit is taken from scipy.special.

Run from erasus-eval: python src/test/golden/twosample.py
"""
import numpy as np
from scipy.special import kolmogorov
from scipy.stats import ks_2samp, mannwhitneyu, wilcoxon

from common import scores, write

EXACT = 100000  # products of the sizes below this have an exact p-value

rng = np.random.default_rng(5)
cases = []
for m, n, shift, decimals in [(8, 8, 0.3, 6), (12, 12, 0.0, 6), (30, 20, 0.8, 1), (50, 60, 1.0, 6), (150, 100, 0.2, 6), (400, 400, 0.1, 1), (9, 5, 9.0, 6), (300, 300, 0.0, 6), (280, 300, 3.0, 6), (60, 60, 0.4, 6)]:
    a, b = scores(rng, m, shift, decimals), scores(rng, n, 0.0, decimals)
    ks = ks_2samp(a, b, method="exact" if m * n < EXACT else "asymp")
    k = min(m, n)
    # Rounding makes ties of the differences exact where the values themselves have one decimal.
    d = np.round(np.array(a[:k]) - np.array(b[:k]), decimals)
    tied = len(set(np.abs(d))) < k
    # SciPy counts a zero as no difference and drops it, as Wilcoxon did.
    exact = not tied and k <= 50
    w = wilcoxon(d, zero_method="wilcox", method="exact" if exact else "approx", correction=not exact)
    u = mannwhitneyu(a, b, method="asymptotic", use_continuity=True)
    cases.append({
        "a": a, "b": b, "d": ks.statistic,
        "ksP": ks.pvalue if m * n < EXACT else kolmogorov(ks.statistic * np.sqrt(m * n / (m + n))),
        "u": u.statistic, "uP": u.pvalue,
        "differences": d.tolist(), "w": w.statistic, "wP": w.pvalue, "wExact": exact,
    })
write("twosample", cases)
