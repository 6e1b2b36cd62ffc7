"""KL, Jensen-Shannon and ZRF of random logits by SciPy; the published ZRF by its authors' formula, written with NumPy.

The authors' code is 1 - (0.5 * F.kl_div(log p, m) + 0.5 * F.kl_div(log q, m)) with PyTorch's default reduction, the mean
over rows and classes of m (log m - log p).

Run from erasus-eval: python src/test/golden/metrics.py
"""
import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.special import softmax
from scipy.stats import entropy

from common import write

rng = np.random.default_rng(77)
cases = []
for rows, classes, scale in [(5, 3, 1.0), (40, 10, 3.0), (12, 2, 8.0)]:
    mine, theirs, other, random = (rng.normal(0, scale, (rows, classes)).astype(np.float32) for _ in range(4))
    p, q, o, r = (softmax(z.astype(np.float64), axis=1) for z in (mine, theirs, other, random))
    m = (p + r) / 2
    cases.append({
        "network": mine.tolist(), "reference": theirs.tolist(), "reference2": other.tolist(), "random": random.tolist(),
        "kl": float(np.mean([entropy(b, a) for a, b in zip(p, q)])),
        "klOfTwo": float(np.mean([(entropy(b, a) + entropy(c, a)) / 2 for a, b, c in zip(p, q, o)])),
        "zrf": float(1 - np.mean([jensenshannon(a, b, base=2) ** 2 for a, b in zip(p, r)])),
        "zrfAsPublished": float(1 - 0.5 * np.mean(m * (np.log(m) - np.log(p))) - 0.5 * np.mean(m * (np.log(m) - np.log(r)))),
    })
write("metrics", cases)
