"""The counterpart of SelectionTime.java by apricot-select: facility location of all pairs by cosine, lazily; for every line on
standard input one selection, and as answer a line of JSON with its milliseconds, the sum of its gains and the peak of memory.

apricot's own metric "cosine" squares the cosines, so they are made by scikit-learn in 32 bits; its time is counted."""

import argparse
import json
import resource
import sys
import time

import numba
import numpy
from apricot import FacilityLocationSelection
from sklearn.metrics.pairwise import cosine_similarity
from threadpoolctl import threadpool_limits

p = argparse.ArgumentParser()
p.add_argument("--features", required=True)
p.add_argument("--width", type=int, default=512)
p.add_argument("--wanted", type=int, required=True)
p.add_argument("--threads", type=int, default=2)
a = p.parse_args()

numba.set_num_threads(a.threads)
x = numpy.fromfile(a.features, dtype=numpy.float32).reshape(-1, a.width)
for line in sys.stdin:
    start = time.perf_counter()
    with threadpool_limits(a.threads):
        selector = FacilityLocationSelection(a.wanted, metric="precomputed", optimizer="lazy")
        selector.fit(cosine_similarity(x))
    millis = (time.perf_counter() - start) * 1000
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"ms": millis, "scores": float(sum(selector.gains)), "peak_mib": peak}), flush=True)
    del selector
