"""Rounded and pruned weights by PyTorch, the linear probe by scikit-learn.

scikit-learn minimises C sum CE + |W|^2 / 2 over centred features, so C = 1 / (n lambda); of two
classes it fits one vector, whose halves are ours, so C is twice that.

Run from erasus-eval: python src/test/golden/recovery.py
"""
import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch.nn.utils import prune

from common import write

rng = np.random.default_rng(21)
quantised = []
for bits in (8, 4, 2):
    w = torch.from_numpy(rng.normal(0, [[0.1], [1.0], [3.0]], (3, 5)).astype(np.float32))
    top = 2 ** (bits - 1) - 1
    rows = w.abs().max(dim=1).values / top
    whole = float(w.abs().max()) / top
    quantised.append({
        "bits": bits, "weights": w.flatten().tolist(),
        "perChannel": torch.fake_quantize_per_channel_affine(w, rows, torch.zeros(3, dtype=torch.int32), 0, -top, top).flatten().tolist(),
        "perTensor": torch.fake_quantize_per_tensor_affine(w, whole, 0, -top, top).flatten().tolist(),
    })

pruned = []
for share in (0.2, 0.5, 0.9):
    a, b = torch.nn.Linear(6, 4, bias=False), torch.nn.Linear(4, 3, bias=False)
    for layer in (a, b):
        layer.weight.data = torch.from_numpy(rng.normal(0, 1, layer.weight.shape).astype(np.float32))
    weights = torch.cat([a.weight.flatten(), b.weight.flatten()]).tolist()
    layerwise = []
    for layer in (a, b):
        copy = torch.nn.Linear(1, 1, bias=False)
        copy.weight = torch.nn.Parameter(layer.weight.detach().clone())
        prune.l1_unstructured(copy, "weight", amount=share)
        layerwise += copy.weight.flatten().tolist()
    prune.global_unstructured([(a, "weight"), (b, "weight")], pruning_method=prune.L1Unstructured, amount=share)
    pruned.append({"share": share, "weights": weights, "first": 24,
                   "global": torch.cat([a.weight.flatten(), b.weight.flatten()]).tolist(), "perTensor": layerwise})

probes = []
for n, width, classes, lam in [(60, 4, 3, 1e-2), (200, 12, 5, 1e-3), (40, 3, 2, 1.0)]:
    means = rng.normal(0, 1.2, (classes, width))
    y = np.arange(n + 20) % classes
    x = (means[y] + rng.normal(0, 1, (n + 20, width))).astype(np.float32)
    x[:, 0] = x[:, 0] * 50 + 300  # features of another scale
    model = make_pipeline(StandardScaler(), LogisticRegression(C=(2 if classes == 2 else 1) / (n * lam), tol=1e-10, max_iter=10000))
    model.fit(x[:n].astype(np.float64), y[:n])
    p = model.predict_log_proba(x[n:].astype(np.float64))
    probes.append({"classes": classes, "lambda": lam, "x": x[:n].tolist(), "y": y[:n].tolist(), "unseen": x[n:].tolist(),
                   "logProbabilities": p.tolist(), "predicted": model.predict(x[n:].astype(np.float64)).tolist()})

write("recovery", {"quantised": quantised, "pruned": pruned, "probes": probes}, torch=torch.__version__)
