"""Row scores of the threshold attacks from their definitions, in 400-digit arithmetic of the standard library.

Run from erasus-eval: python src/test/golden/attacks.py
"""
from decimal import Decimal, getcontext

import numpy as np

from common import write

getcontext().prec = 400  # enough that 1 - p keeps its digits at logits of a few hundred

rng = np.random.default_rng(13)
rows = [[round(float(v), 3) for v in rng.normal(0, 3, 5)] for _ in range(12)]
rows += [[0.0] * 5, [120.0, 0.0, -3.0, 1.5, 60.0], [-300.0, 20.0, 20.0, 0.0, 1.0], [40.0, 2.0, 1.0, 0.0, -1.0], [1e4 / 64, 0.0, 0.0, 0.0, 0.0]]
rows = [[float(np.float32(v)) for v in row] for row in rows]
cases = []
for i, row in enumerate(rows):
    z = [Decimal(v) for v in row]
    weights = [v.exp() for v in z]
    p = [w / sum(weights) for w in weights]
    # The chance of the other classes is summed, not subtracted from one.
    rest = [sum(q for k, q in enumerate(p) if k != c) for c in range(5)]
    for y in {i % 5, p.index(max(p))}:
        cases.append({
            "logits": row, "label": y,
            "loss": p[y].ln(),
            "confidence": max(p).ln(),
            "correctness": 1.0 if p.index(max(p)) == y else 0.0,
            "entropy": sum(q * q.ln() for q in p),
            "modified-entropy": rest[y] * p[y].ln() + sum(p[c] * rest[c].ln() for c in range(5) if c != y),
            "margin": p[y].ln() - max(p[c] for c in range(5) if c != y).ln(),
            "logit-scaled-confidence": (p[y] / rest[y]).ln(),
        })
write("attacks", cases)
