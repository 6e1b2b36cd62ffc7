"""t interval, Welch, paired and TOST by SciPy; TOST as two one-sided tests of shifted samples.

Run from erasus-eval: python src/test/golden/means.py
"""
import numpy as np
from scipy.stats import ttest_1samp, ttest_ind, ttest_rel

from common import write

rng = np.random.default_rng(7)
cases = []
for m, n, gap, ratio, margin, level in [(5, 3, 0.0, 1.0, 1.5, 0.95), (10, 10, 0.5, 3.0, 1.0, 0.9), (2, 2, 3.0, 1.0, 0.5, 0.99), (40, 7, 0.02, 0.1, 0.8, 0.95)]:
    a, b = rng.normal(0.9 + gap, 1.0, m), rng.normal(0.9, ratio, n)
    k = min(m, n)
    one, welch, paired = ttest_1samp(a, 0), ttest_ind(a, b, equal_var=False), ttest_rel(a[:k], b[:k])
    ci, cw, cp = (t.confidence_interval(level) for t in (one, welch, paired))
    cases.append({
        "a": a.tolist(), "b": b.tolist(), "margin": margin, "level": level,
        "low": ci.low, "high": ci.high,
        "welchT": welch.statistic, "welchDf": welch.df, "welchP": welch.pvalue, "welchLow": cw.low, "welchHigh": cw.high,
        "pairedT": paired.statistic, "pairedP": paired.pvalue, "pairedLow": cp.low, "pairedHigh": cp.high,
        "tostBelow": ttest_ind(a + margin, b, equal_var=False, alternative="greater").pvalue,
        "tostAbove": ttest_ind(a - margin, b, equal_var=False, alternative="less").pvalue,
        "tostDifferent": min(1.0, 2 * min(ttest_ind(a + margin, b, equal_var=False, alternative="less").pvalue,
                                          ttest_ind(a - margin, b, equal_var=False, alternative="greater").pvalue)),
        "tostPairedBelow": ttest_rel(a[:k] + margin, b[:k], alternative="greater").pvalue,
        "tostPairedAbove": ttest_rel(a[:k] - margin, b[:k], alternative="less").pvalue,
    })
write("means", cases)
