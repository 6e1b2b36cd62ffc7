"""ROC curve and AUC by scikit-learn; DeLong by its definition, O(m n), from the kernel matrix.

Run from erasus-eval: python src/test/golden/roc.py
"""
import numpy as np
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from common import scores, write

LEVEL = 0.95


def kernel(x, y):
    x, y = np.array(x)[:, None], np.array(y)[None, :]
    return (x > y) + 0.5 * (x == y)


def components(x, y):
    psi = kernel(x, y)
    return psi.mean(axis=1), psi.mean(axis=0), psi.mean()


def covariance(a, b):
    """Matrix of DeLong 1988, eq. 5-6, for two scores."""
    return np.cov(a[0], b[0])[0, 1] / len(a[0]) + np.cov(a[1], b[1])[0, 1] / len(a[1])


rng = np.random.default_rng(20260101)
cases = []
for m, n, shift, decimals in [(7, 5, 0.5, 6), (30, 40, 0.3, 1), (60, 25, 2.0, 6), (200, 150, 0.05, 2), (4, 3, 0.0, 1), (50, 50, 1.0, 0)]:
    x, y = scores(rng, m, shift, decimals), scores(rng, n, 0.0, decimals)
    # A second score of the same rows, correlated with the first.
    x2 = [round(0.6 * v + 0.8 * float(rng.normal(0.2)), decimals) for v in x]
    y2 = [round(0.6 * v + 0.8 * float(rng.normal()), decimals) for v in y]
    truth = [1] * m + [0] * n
    fpr, tpr, thresholds = roc_curve(truth, x + y, drop_intermediate=False)
    a, b = components(x, y), components(x2, y2)
    variance = covariance(a, a)
    auc, se, z = a[2], np.sqrt(variance), norm.ppf((1 + LEVEL) / 2)
    logit, half = np.log(auc / (1 - auc)), z * se / (auc * (1 - auc))
    vd = variance + covariance(b, b) - 2 * covariance(a, b)
    zd = (auc - b[2]) / np.sqrt(vd)
    cases.append({
        "positives": x, "negatives": y, "positives2": x2, "negatives2": y2,
        "fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": thresholds[1:].tolist(),
        "auc": roc_auc_score(truth, x + y), "auc2": roc_auc_score(truth, x2 + y2),
        "standardError": se,
        "low": 1 / (1 + np.exp(-(logit - half))), "high": 1 / (1 + np.exp(-(logit + half))),
        "differenceLow": auc - b[2] - z * np.sqrt(vd), "differenceHigh": auc - b[2] + z * np.sqrt(vd),
        "differenceZ": zd, "differenceP": 2 * norm.sf(abs(zd)),
        "tprAt1Percent": max(t for f, t in zip(fpr, tpr) if f <= 0.01),
        "tprAt10Percent": max(t for f, t in zip(fpr, tpr) if f <= 0.1),
    })
write("roc", cases)
