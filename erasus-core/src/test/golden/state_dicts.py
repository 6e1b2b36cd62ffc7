"""Files of torch.save and what is in them; files that must be refused.

Versions: Python 3.11, torch 2.13.0+cu130 (CPU), numpy 2.4.6
Command:  python erasus-core/src/test/golden/state_dicts.py
Writes:   erasus-core/src/test/resources/golden/*.pt and state_dicts.json
"""

import collections
import os
import zipfile

import numpy
import torch
from torch import nn

from tensors import OUT, describe, write_json

torch.manual_seed(7)
OUT.mkdir(parents=True, exist_ok=True)
expected = {}


def keep(name, value, state_dict, select="", **options):
    torch.save(value, OUT / f"{name}.pt", **options)
    expected[name] = {
        "select": select,
        "tensors": [{"name": key, **describe(tensor)} for key, tensor in state_dict.items()],
    }


model = nn.Sequential(
    collections.OrderedDict(
        conv=nn.Conv2d(1, 2, 3, bias=False),
        bn=nn.BatchNorm2d(2),
        act=nn.ReLU(),
        flat=nn.Flatten(),
        fc=nn.Linear(8, 3),
    )
)
model(torch.randn(5, 1, 4, 4))  # running statistics and num_batches_tracked (int64 scalar) move
state = model.state_dict()
keep("model", state, state)

optimizer = torch.optim.Adam(model.parameters())
model(torch.randn(5, 1, 4, 4)).sum().backward()
optimizer.step()
state = model.state_dict()
checkpoint = {
    "epoch": 3,
    "seed": 2**64 - 1,
    "best": {"loss": 0.25, "state_dict": {"w": torch.tensor([1.0, 2.0])}},
    "net.v1": {"w": torch.tensor([4.0])},
    "state_dict": state,
    "optimizer": optimizer.state_dict(),
    "history": [0.5, -1, 70000, -70000, None, True, (1, 2, 3, 4)],
    "note": "é😀",
}
keep("checkpoint", checkpoint, state, "state_dict")
expected["checkpoint_best"] = {
    "file": "checkpoint",
    "select": "best.state_dict",
    "tensors": [{"name": "w", **describe(torch.tensor([1.0, 2.0]))}],
}
expected["checkpoint_dotted_key"] = {
    "file": "checkpoint",
    "select": "net.v1",
    "tensors": [{"name": "w", **describe(torch.tensor([4.0]))}],
}

base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
views = {
    "transposed": base.transpose(0, 2),
    "every other": base[:, ::2, 1::2],
    "one row": base[1, 2],
    "column": base[:, 1:2, 3],
    "whole": base,
    "scalar": base[1, 1, 1],
    "empty": base[:, :0],
    "channels last": torch.arange(48, dtype=torch.float64).reshape(2, 2, 3, 4).to(memory_format=torch.channels_last),
    "f16 t": torch.arange(6, dtype=torch.float16).reshape(2, 3).t(),
    "u8 t": torch.arange(6, dtype=torch.uint8).reshape(2, 3).t(),
}
keep("views", views, views)

tied = nn.Linear(3, 3)
shared = {"encoder": tied.weight.data, "decoder": tied.weight.data, "part": tied.weight.data[1:]}
keep("shared", shared, shared)

formats = {
    "f16": torch.tensor([0.1, -65504, 6e-8, float("inf"), float("nan")], dtype=torch.float16),
    "bf16": torch.tensor([0.1, -3e38, 1e-40, float("-inf"), float("nan")], dtype=torch.bfloat16),
    "f32": torch.tensor([0.1]),
    "f64": torch.tensor([0.1, 1e300], dtype=torch.float64),
    "i64": torch.tensor([2**63 - 1, -(2**63)]),
    "i32": torch.tensor([2**31 - 1, -(2**31)], dtype=torch.int32),
    "i16": torch.tensor([-(2**15), 2**15 - 1], dtype=torch.int16),
    "i8": torch.tensor([-128, 127], dtype=torch.int8),
    "u8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
    "empty": torch.zeros(0, 3),
    "parameter": nn.Parameter(torch.tensor([[1.0, 2.0]])),
}
keep("formats", formats, formats)

# More than 256 values in the memo and more than 1000 items in a dict, which Python then writes in parts.
numbers = torch.arange(1200, dtype=torch.int16)
torch.save({f"layer{i}.bias": numbers[i : i + 1] for i in range(1200)}, OUT / "many.pt")

keep("nothing", collections.OrderedDict(), {})

# Refused.


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/erasus-was-here",)


torch.save({"weight": torch.ones(1), "evil": Evil()}, OUT / "evil.pt")
torch.save(nn.Linear(1, 1), OUT / "module.pt")
torch.save({"weight": torch.ones(1), "size": torch.Size([1])}, OUT / "size.pt")
torch.save({"weight": torch.ones(1), "step": numpy.float64(1)}, OUT / "numpy.pt")
torch.save({"weight": torch.ones(2).expand(3, 2)}, OUT / "expanded.pt")
torch.save({"weight": torch.imag(torch.ones(1, dtype=torch.complex64).conj())}, OUT / "negative.pt")
torch.save({"weight": torch.ones(1, dtype=torch.complex64)}, OUT / "complex.pt")
torch.save(torch.ones(1), OUT / "bare.pt")
torch.save({"weight": torch.ones(1)}, OUT / "protocol4.pt", pickle_protocol=4)
torch.save({"weight": torch.ones(1)}, OUT / "legacy.pt", _use_new_zipfile_serialization=False)
torch.jit.save(torch.jit.script(nn.Linear(1, 1)), OUT / "script.pt")
torch.serialization.set_crc32_options(False)
torch.save({"weight": torch.ones(1)}, OUT / "nochecksum.pt")
torch.serialization.set_crc32_options(True)
(OUT / "truncated.pt").write_bytes((OUT / "model.pt").read_bytes()[:-100])


def rezip(name, change, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(OUT / "shared.pt") as old, zipfile.ZipFile(OUT / f"{name}.pt", "w", method) as new:
        for entry in old.namelist():
            content = change(entry, old.read(entry))
            if content is not None:
                new.writestr(zipfile.ZipInfo(entry), content, method)


rezip("bigendian", lambda entry, content: b"big" if entry.endswith("byteorder") else content)
rezip("deflated", lambda entry, content: content, zipfile.ZIP_DEFLATED)
rezip("missing", lambda entry, content: None if entry.endswith("data/0") else content)
rezip("short", lambda entry, content: content[:-1] if entry.endswith("data/0") else content)
rezip("oldzip", lambda entry, content: None if entry.endswith("byteorder") else content)  # torch 1.6 to 1.13
expected["oldzip"] = expected["shared"]

write_json("state_dicts.json", expected)
