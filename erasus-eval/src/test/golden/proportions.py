"""Clopper-Pearson and Wilson by SciPy; Newcombe's method 10 from SciPy's Wilson intervals.

Run from erasus-eval: python src/test/golden/proportions.py
"""
import math

from scipy.stats import binomtest

from common import write

cases = []
for k, n, k2, n2, level in [(0, 10, 3, 9, 0.95), (10, 10, 0, 7, 0.95), (81, 263, 15, 148, 0.95), (1, 29, 0, 20, 0.9),
                            (7, 100000, 3, 50000, 0.99), (500000, 1000000, 499000, 1000000, 0.95), (56, 70, 48, 80, 0.95), (1, 1, 1, 1, 0.5)]:
    exact = binomtest(k, n).proportion_ci(level, "exact")
    a = binomtest(k, n).proportion_ci(level, "wilson")
    b = binomtest(k2, n2).proportion_ci(level, "wilson")
    pa, pb = k / n, k2 / n2
    cases.append({
        "successes": k, "trials": n, "successes2": k2, "trials2": n2, "level": level,
        "exactLow": exact.low, "exactHigh": exact.high, "wilsonLow": a.low, "wilsonHigh": a.high,
        "newcombeLow": pa - pb - math.sqrt((pa - a.low) ** 2 + (b.high - pb) ** 2),
        "newcombeHigh": pa - pb + math.sqrt((a.high - pa) ** 2 + (pb - b.low) ** 2),
    })
write("proportions", cases)
