"""Ranks of numbers with ties, by SciPy.

    python ranks.py > ../resources/golden/ranks.json

made with the versions that stand in the file.
"""

import json
import sys

import numpy as np
import scipy
from scipy.stats import rankdata

rng = np.random.default_rng(3)
values = np.round(rng.normal(size=40), 1)
out = {
    "made with": f"Python {sys.version.split()[0]}, NumPy {np.__version__}, SciPy {scipy.__version__}",
    "values": values.tolist(),
    "ranks": rankdata(values, method="average").tolist(),
}
json.dump(out, sys.stdout, indent=1)
