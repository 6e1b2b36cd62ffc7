"""What greedy maximisation of submodular functions chooses, and herding and k-means, on sixty random rows.

Facility location, saturated coverage, graph cuts and feature-based functions by apricot-select 0.6.1, from similarities made
by scikit-learn; the log determinant by numpy.linalg.slogdet of every candidate set; herding by its definition; the inertia of
k-means by scikit-learn.

    python erasus-selectors/src/test/golden/subsets.py

Python 3.11, apricot-select 0.6.1, numpy 2.3.5, numba 0.68.1, scipy 1.17.1, scikit-learn 1.9.1. Writes ../resources/golden/subsets.json.
"""

import json
import math
import pathlib

import numpy
from apricot import FacilityLocationSelection, FeatureBasedSelection, GraphCutSelection, SaturatedCoverageSelection
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances
from sklearn.neighbors import NearestNeighbors

N, D, K, NEIGHBOURS, SEED = 60, 6, 5, 5, 6
random = numpy.random.default_rng(SEED)
x = random.gamma(0.6, size=(N, D)).astype(numpy.float32).astype(numpy.float64)

distances = euclidean_distances(x)
similarities = {
    "COSINE": cosine_similarity(x),
    "DOT": x @ x.T,
    "EUCLIDEAN": distances.max() - distances,
    "RBF": numpy.exp(-(distances**2) / (distances**2).mean()),
}


def nearest(s):
    kept = numpy.eye(N, dtype=bool)
    d = s.max() - s + 1
    numpy.fill_diagonal(d, 0)  # a row is nearest to itself, whatever its product with itself
    found = NearestNeighbors(n_neighbors=NEIGHBOURS, metric="precomputed").fit(d)
    for i, row in enumerate(found.kneighbors(return_distance=False)):
        kept[i, row] = True  # asked without rows, a row is no neighbour of its own
    return numpy.where(kept | kept.T, s, 0.0)


def choice(make, data, scale=1.0):
    """Refuses problems with ties, which rounding settles: rows in another order must give the same choice."""
    selector, other = make().fit(data), make().fit(data[::-1, ::-1] if data.shape[0] == data.shape[1] else data[::-1])
    assert all(int(i) == N - 1 - int(j) for i, j in zip(selector.ranking, other.ranking)), "ties; take another seed"
    return {"rows": [int(i) for i in selector.ranking], "gains": [float(g) * scale for g in selector.gains]}


result = {"features": x.tolist(), "choices": {}}
for form, make in {"all": lambda s: s, "near": lambda s: csr_matrix(nearest(s))}.items():
    for name, full in similarities.items():
        s = make(full)
        common = dict(n_samples=K, metric="precomputed", optimizer="naive")
        result["choices"][f"facility-location {form} {name}"] = choice(lambda: FacilityLocationSelection(**common), s)
        result["choices"][f"saturated-coverage {form} {name}"] = choice(lambda: SaturatedCoverageSelection(alpha=0.5, **common), s)
        # λ f(A) there is ours here, with the weight on the other term: 2 Σ Σ − Σ Σ = 2 (Σ Σ − ½ Σ Σ)
        result["choices"][f"graph-cut {form} {name}"] = choice(lambda: GraphCutSelection(alpha=2.0, **common), s, 0.5)
for name, concave in {"ROOT": "sqrt", "LOG": "log", "RATIO": "sigmoid"}.items():
    result["choices"][f"feature-based {name}"] = choice(lambda: FeatureBasedSelection(K, concave, optimizer="naive"), x)

NOISE = 0.1
for name in ("COSINE", "DOT", "RBF"):
    m = numpy.eye(N) + similarities[name] / NOISE
    rows, gains, before = [], [], 0.0
    for _ in range(K):
        found = [-numpy.inf if i in rows else numpy.linalg.slogdet(m[numpy.ix_(rows + [i], rows + [i])])[1] for i in range(N)]
        rows.append(int(numpy.argmax(found)))
        gains.append(float(max(found)) - before)
        before = float(max(found))
    result["choices"][f"log-determinant {name}"] = {"rows": rows, "gains": gains}

rows = []
for t in range(1, N + 1):
    error = [numpy.inf if i in rows else numpy.linalg.norm(x.mean(0) - x[rows + [i]].sum(0) / t) for i in range(N)]
    rows.append(int(numpy.argmin(error)))
result["herding"] = {"rows": rows}

# five clouds of forty rows; centres far from each other against their width
clouds = numpy.array(
    [[10 * math.sin(3.0 * (i % 5) + d) + math.sin(12.9 * i + 78.2 * d) for d in range(4)] for i in range(200)], dtype=numpy.float32
).astype(numpy.float64)
result["k-means"] = {
    "rows": clouds.tolist(),
    "inertia of 5": float(KMeans(5, n_init=20, random_state=0).fit(clouds).inertia_),
    "inertia of 20": float(KMeans(20, n_init=20, random_state=0).fit(clouds).inertia_),
}

path = pathlib.Path(__file__).parent.parent / "resources/golden/subsets.json"
path.write_text(json.dumps(result, indent=1) + "\n")
