"""Files of the reference implementation of safetensors and what is in them.

Versions: Python 3.11, torch 2.13.0+cu130 (CPU), safetensors 0.8.0
Command:  python erasus-core/src/test/golden/safetensors_files.py
Writes:   erasus-core/src/test/resources/golden/{all,names,empty}.safetensors and safetensors.json

The metadata has one key, since the reference writes several in a random order.
"""

import torch
from safetensors.torch import save

from tensors import OUT, describe, write_json


def bits(dtype, width, patterns):
    return torch.tensor(patterns, dtype=torch.int64).to(width).view(dtype)


inf, nan = float("inf"), float("nan")
FILES = {
    "all": (
        {
            # zero, one, largest, smallest normal, largest and smallest subnormal, infinities, quiet NaN, -0, odd fraction, NaN of ones
            "f16": bits(torch.float16, torch.int16, [0, 0x3C00, 0x7BFF, 0x400, 0x3FF, 1, 0x7C00, -0x400, 0x7E00, -0x8000, 0x3555, -1]),
            "bf16": bits(torch.bfloat16, torch.int16, [0, 0x3F80, 0x7F7F, 0x80, 0x7F, 1, 0x7F80, -0x80, 0x7FC0, -0x8000, 0x3EAB, 0x4049]).reshape(3, 4),
            "f32": torch.tensor([[0.0, -0.0, 1.5], [inf, -inf, nan], [1e-45, 3.4028235e38, 0.1]]),
            "f64": torch.tensor([0.1, 1e-320, 1e300, -inf, nan, 1 + 2**-24, 1 + 3 * 2**-24], dtype=torch.float64),
            "i64": torch.tensor([2**63 - 1, -(2**63), 2**24 + 1], dtype=torch.int64),
            "i32": torch.tensor([2**31 - 1, -(2**31), 7], dtype=torch.int32),
            "i16": torch.tensor([2**15 - 1, -(2**15)], dtype=torch.int16),
            "i8": torch.tensor([127, -128, 0], dtype=torch.int8),
            "u8": torch.tensor([0, 128, 255], dtype=torch.uint8),
            "bool": torch.tensor([True, False, True]),
            "scalar": torch.tensor(2.5),
            "count": torch.tensor(3, dtype=torch.int64),
            "empty": torch.zeros(0, 3),
            "z.last": torch.arange(6, dtype=torch.float32).reshape(1, 2, 3),
            "a.first": torch.arange(4, dtype=torch.float32),
        },
        {"format": "pt"},
    ),
    # Names that need escapes, and an order in which UTF-16 differs from UTF-8 (U+FFEE before U+1F600).
    "names": (
        {
            name: torch.tensor([float(i)])
            for i, name in enumerate(["B", "b", 'ü"\\\n\x7f\u2028', "z😀", "z\uffee", "a/b\x01\x1f\b\f\t", "", "z", "漢"])
        },
        {"a \"key\" é😀": "line\nline </>"},
    ),
    "empty": ({}, None),
}

expected = {}
for name, (tensors, metadata) in FILES.items():
    (OUT / f"{name}.safetensors").write_bytes(save(tensors, metadata))
    expected[name] = {
        "metadata": metadata or {},
        "tensors": {key: describe(value) for key, value in tensors.items()},
    }
write_json("safetensors.json", expected)
