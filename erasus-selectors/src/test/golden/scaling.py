"""Makes src/test/resources/golden/scaling.json: 32-bit features as scikit-learn's StandardScaler scales them. The last feature is
the rounding of a constant, which StandardScaler, whose rule is for features in 64 bits, takes for a variance.

Python 3.11, numpy 2.4.6, scikit-learn 1.9.1; from the folder above src:

    python src/test/golden/scaling.py
"""

import json
import pathlib

import numpy as np
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(11)
N = 24
ulp = np.spacing(np.float32(1000))
rows = np.stack(
    [
        rng.normal(size=N),
        np.full(N, 0.1),
        1000 + 0.5 * rng.normal(size=N),
        1e-5 * rng.normal(size=N) + 2e-5,
        1000 + ulp * (np.arange(N) % 3),
    ],
    axis=1,
).astype(np.float32)

scaled = StandardScaler().fit_transform(rows.astype(np.float64))
golden = {"rows": rows.astype(float).tolist(), "scaled": scaled.tolist()}
out = pathlib.Path("src/test/resources/golden/scaling.json")
out.write_text(json.dumps(golden) + "\n")
