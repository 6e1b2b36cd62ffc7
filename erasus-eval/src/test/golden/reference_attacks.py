"""Scores of the attacks with reference networks, of the fitted attacks and of quantile regression, from SciPy and
scikit-learn.

Run from erasus-eval: python src/test/golden/reference_attacks.py
"""
import numpy as np
from scipy.special import expit, log_softmax
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression, QuantileRegressor
from sklearn.svm import SVC

from common import write

rng = np.random.default_rng(29)
CLASSES, REFERENCES = 4, 8


def outputs(rows, shift):
    labels = rng.integers(0, CLASSES, rows)
    logits = rng.normal(0, 2, (rows, CLASSES))
    logits[np.arange(rows), labels] += shift
    return np.round(logits, 3).astype(np.float32).astype(np.float64), labels


def confidence(logits, labels):
    """log(p / (1 - p)) of the label: its logit less the logarithm of the sum of the others."""
    others = logits.copy()
    others[np.arange(len(labels)), labels] = -np.inf
    top = others.max(1, keepdims=True)
    return logits[np.arange(len(labels)), labels] - (top[:, 0] + np.log(np.exp(others - top).sum(1)))


def signals(logits, labels):
    logp = log_softmax(logits, axis=1)
    p = np.exp(logp)
    at = np.arange(len(labels)), labels
    log1mp = np.log1p(-p)
    mentr = (1 - p[at]) * logp[at] + (p * log1mp).sum(1) - p[at] * log1mp[at]
    others = logp.copy()
    others[at] = -np.inf
    return np.stack([logp[at], logp.max(1), (p.argmax(1) == labels).astype(float), (p * logp).sum(1), mentr,
                     logp[at] - others.max(1), confidence(logits, labels)], axis=1)


def pooled(values, keep):
    squares = sum(((v[k] - v[k].mean()) ** 2).sum() for v, k in zip(values.T, keep.T))
    return np.sqrt(squares / sum(k.sum() - 1 for k in keep.T))


cases = []
for members, others, shift in [(30, 40, 2.0), (25, 25, 0.5)]:
    n = members + others
    logits, labels = outputs(n, 1.0)
    logits[:members][np.arange(members), labels[:members]] += np.float32(shift)
    logits = logits.astype(np.float32).astype(np.float64)
    inside = np.argsort(rng.random((REFERENCES, n)), axis=0) < REFERENCES // 2
    hardness = rng.normal(1, 2, n)
    refs = np.round(hardness + rng.normal(0, 1, (REFERENCES, n)) + 1.5 * inside, 4)
    phi = confidence(logits, labels)

    case = {"members": members, "logits": logits.tolist(), "labels": labels.tolist(),
            "references": refs.tolist(), "in": inside.tolist()}
    mean_in = np.array([refs[inside[:, i], i].mean() for i in range(n)])
    mean_out = np.array([refs[~inside[:, i], i].mean() for i in range(n)])
    sd_in = np.array([refs[inside[:, i], i].std(ddof=1) for i in range(n)])
    sd_out = np.array([refs[~inside[:, i], i].std(ddof=1) for i in range(n)])
    fixed_in, fixed_out = pooled(refs, inside), pooled(refs, ~inside)
    case["lira-online-fixed"] = (norm.logpdf(phi, mean_in, fixed_in) - norm.logpdf(phi, mean_out, fixed_out)).tolist()
    case["lira-online-row"] = (norm.logpdf(phi, mean_in, sd_in) - norm.logpdf(phi, mean_out, sd_out)).tolist()
    case["lira-offline-fixed"] = norm.cdf(phi, mean_out, fixed_out).tolist()  # 1 - P[Z > phi]
    case["lira-offline-row"] = norm.cdf(phi, mean_out, sd_out).tolist()

    p, pref = expit(phi), expit(refs)
    out = np.array([pref[~inside[:, i], i].mean() for i in range(n)])
    both = np.array([(pref[inside[:, i], i].mean() + pref[~inside[:, i], i].mean()) / 2 for i in range(n)])
    for name, prior in [("rmia-online", both), ("rmia-offline", ((1 + 0.3) * out + (1 - 0.3)) / 2)]:
        ratio = p / prior
        population = ratio[members:]
        case[name] = [float(np.mean(r / population >= 2)) for r in ratio]

    x, y = signals(logits, labels), np.where(np.arange(n) < members, 1, -1)
    z = (x - x.mean(0)) / x.std(0)
    fit = LogisticRegression(C=0.7, class_weight="balanced", tol=1e-12, max_iter=100000).fit(z, y)
    case["logistic-regression"] = fit.decision_function(z).tolist()
    svm = SVC(C=1.3, gamma=0.8 / z.shape[1], class_weight="balanced", tol=1e-6).fit(z, y)
    case["rbf-svm"] = svm.decision_function(z).tolist()

    features = np.round(np.column_stack([hardness + rng.normal(0, 0.5, n), rng.normal(0, 1, n)]), 4)
    case["features"] = features.tolist()
    case["quantiles"] = {}
    outside = slice(members, n)
    for tau in (0.5, 0.9):
        q = QuantileRegressor(quantile=tau, alpha=0, solver="highs").fit(features[outside], phi[outside])
        case["quantiles"][str(tau)] = (phi - q.predict(features)).tolist()
    cases.append(case)
write("reference_attacks", cases)
