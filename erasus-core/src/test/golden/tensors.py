"""Helpers of the scripts beside this one."""

import hashlib
import json
import pathlib

import torch

OUT = pathlib.Path(__file__).parent.parent / "resources" / "golden"

NAMES = {
    torch.bool: "BOOL",
    torch.uint8: "U8",
    torch.int8: "I8",
    torch.int16: "I16",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int32: "I32",
    torch.float32: "F32",
    torch.float64: "F64",
    torch.int64: "I64",
}


def describe(tensor):
    """Format, shape, bytes in row-major order, and the bits of the values as float32 (NaN as the quiet one)."""
    tensor = tensor.detach().contiguous()
    floats = tensor.to(torch.float32).reshape(-1)
    floats = torch.where(torch.isnan(floats), torch.tensor(float("nan")), floats)
    return {
        "dtype": NAMES[tensor.dtype],
        "shape": list(tensor.shape),
        "bytes": tensor.reshape(-1).view(torch.uint8).numpy().tobytes().hex() if tensor.numel() else "",
        "floatBits": [f"{bits & 0xFFFFFFFF:08x}" for bits in floats.view(torch.int32).tolist()],
    }


def write_json(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps(value, indent=1) + "\n")


def sha256(array):
    return hashlib.sha256(array.tobytes()).hexdigest()
