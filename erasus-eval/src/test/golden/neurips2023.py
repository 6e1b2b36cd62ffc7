"""The forgetting score and the epsilons of the NeurIPS 2023 competition by its authors' code, run on the CPU.

Needs metric.py of github.com/google-deepmind/unlearning_evaluation, which is not kept here. Its calls of .cuda() are taken
out, and so is an assertion that NumPy refuses for more than one threshold.

Run from erasus-eval: python src/test/golden/neurips2023.py /path/to/metric.py
"""
import pathlib
import sys
import types

import numpy as np
import torch

from common import write

source = pathlib.Path(sys.argv[1]).read_text()
source = source.replace(".cuda()", "").replace("assert thr_eps,", "assert len(thr_eps),")
metric = types.ModuleType("metric")
exec(compile(source, "metric.py", "exec"), metric.__dict__)

rng = np.random.default_rng(2023)
cases = []
for networks, rows, shift, scale in [(8, 6, 0.0, 1.0), (24, 8, 1.0, 1.0), (40, 8, 0.5, 2.5), (16, 4, 9.0, 1.0), (20, 3, 0.0, 0.001)]:
    unlearned = np.round(rng.normal(shift * rng.choice([-1, 1], rows), scale, (networks, rows)), 3)
    retrained = np.round(rng.normal(0, 1, (networks, rows)), 3)
    medians = np.median(retrained, axis=0) > np.median(unlearned, axis=0)
    epsilons = metric._get_epsilons(np.where(medians, retrained, unlearned), np.where(medians, unlearned, retrained), metric.DELTA)
    cases.append({"networks": networks, "unlearned": unlearned.T.tolist(), "retrained": retrained.T.tolist(),
                  "epsilons": np.asarray(epsilons, dtype=float).tolist(),
                  "score": float(metric.compute_forget_score_from_confs(unlearned, retrained))})
write("neurips2023", cases, torch=torch.__version__)
