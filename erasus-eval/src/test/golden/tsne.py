"""Affinities, divergence and gradient of t-SNE by scikit-learn's own functions, and the divergence its exact method ends with.

Run from erasus-eval: python src/test/golden/tsne.py
"""
import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities, _kl_divergence

from common import write

rng = np.random.default_rng(5)
cases = []
for rows, width, perplexity in [(20, 4, 5.0), (60, 8, 12.0)]:
    x = np.round(np.concatenate([rng.normal(3 * c, 1, (rows // 4, width)) for c in range(4)]), 3).astype(np.float32)
    p = _joint_probabilities(squareform(pdist(x.astype(np.float64), "sqeuclidean")).astype(np.float32), perplexity, 0)
    y = np.round(rng.normal(0, 1, (rows, 2)), 3)
    divergence, gradient = _kl_divergence(y.ravel(), p, 1, rows, 2)
    fitted = TSNE(2, perplexity=perplexity, method="exact", init="pca", max_iter=1000, random_state=1).fit(x.astype(np.float64))
    cases.append({
        "x": x.tolist(), "perplexity": perplexity, "p": squareform(p).tolist(), "y": y.tolist(),
        "divergence": float(divergence), "gradient": gradient.reshape(rows, 2).tolist(), "fitted": float(fitted.kl_divergence_),
    })
write("tsne", cases)
