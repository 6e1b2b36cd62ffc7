"""BCa by scipy.stats.bootstrap, which also hands out its replicates; the jackknife is computed here.

Run from erasus-eval: python src/test/golden/bootstrap.py
"""
import numpy as np
from scipy.stats import bootstrap

from common import write

rng = np.random.default_rng(11)
cases = []
for count, level, name, statistic in [(12, 0.95, "mean", np.mean), (25, 0.9, "variance", np.var), (15, 0.95, "median", np.median), (40, 0.8, "share", lambda v, axis=-1: np.mean(np.asarray(v) > 0.8, axis=axis))]:
    data = np.round(rng.exponential(1.0, count), 4)
    # Only some hundred replicates: the file stays small and the formula does not care.
    result = bootstrap((data,), statistic, n_resamples=300, confidence_level=level, method="BCa", rng=np.random.default_rng(3), vectorized=True)
    many = bootstrap((data,), statistic, n_resamples=20000, confidence_level=level, method="BCa", rng=np.random.default_rng(4), vectorized=True)
    cases.append({
        "statistic": name, "data": data.tolist(), "level": level, "estimate": float(statistic(data)),
        "replicates": result.bootstrap_distribution.tolist(),
        "jackknife": [float(statistic(np.delete(data, i))) for i in range(count)],
        "low": result.confidence_interval.low, "high": result.confidence_interval.high,
        "manyLow": many.confidence_interval.low, "manyHigh": many.confidence_interval.high,
    })
write("bootstrap", cases)
