"""Conversions between F32 and the 16-bit formats, by NumPy (F16) and PyTorch (BF16), as checksums.

Versions: Python 3.11, numpy 2.4.6, torch 2.13.0+cu130 (CPU)
Command:  python erasus-core/src/test/golden/half.py
Writes:   erasus-core/src/test/resources/golden/half.json

widen:  the float32 bits of all 65,536 patterns in order, little-endian; NaN as 0x7fc00000.
narrow: the 16-bit patterns of these floats in order, little-endian, without those that are NaN:
        for every pattern p from 0 to 65,534 whose value a and whose successor's value b are finite and of one sign,
        the float32 values a, the one above a, the one below m, m, the one above m, where m = (a + b) / 2.
        "Above" means the next larger pattern of float32 bits. Then float32 patterns 0, 65537, 131074, … (each 65,537th).
"""

import numpy as np
import torch

from tensors import sha256, write_json


def canonical(floats):
    return np.where(np.isnan(floats), np.uint32(0x7FC00000), floats.view(np.uint32)).astype("<u4")


def narrow_inputs(values):
    with np.errstate(invalid="ignore"):
        a, b = values[:-1].astype(np.float64), values[1:].astype(np.float64)
        keep = np.isfinite(a) & np.isfinite(b) & (np.signbit(a) == np.signbit(b))
    a, m = a[keep].astype(np.float32), ((a[keep] + b[keep]) / 2).astype(np.float32)
    bits = lambda x, step: (x.view(np.int32) + np.int32(step)).view(np.float32)
    near = np.stack([a, bits(a, 1), bits(m, -1), m, bits(m, 1)], axis=1).reshape(-1)
    spread = np.arange(0, 2**32, 65537, dtype=np.uint64).astype(np.uint32).view(np.float32)
    inputs = np.concatenate([near, spread])
    return inputs[~np.isnan(inputs)]


patterns = np.arange(65536, dtype=np.uint16)
result = {}

f16 = patterns.view(np.float16).astype(np.float32)
with np.errstate(over="ignore"):
    result["f16"] = {
        "widen": sha256(canonical(f16)),
        "inputs": int(narrow_inputs(f16).size),
        "narrow": sha256(narrow_inputs(f16).astype(np.float16).view(np.uint16).astype("<u2")),
    }

bf16 = torch.from_numpy(patterns.view(np.int16).copy()).view(torch.bfloat16).to(torch.float32).numpy()
narrowed = torch.from_numpy(narrow_inputs(bf16)).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
result["bf16"] = {
    "widen": sha256(canonical(bf16)),
    "inputs": int(narrow_inputs(bf16).size),
    "narrow": sha256(narrowed.astype("<u2")),
}

write_json("half.json", result)
