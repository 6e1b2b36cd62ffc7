"""A small classifier as TorchScript files, scripted and traced, with its logits for a fixed input; another with attention, a
recurrent layer, a frozen layer and a buffer; and one with a parameter of its own.

Made with Python 3.11.7, torch 2.13.0 (CPU):  python src/test/golden/torchscript.py src/test/resources/golden
"""

import json
import pathlib
import sys

import torch
from torch import nn

out = pathlib.Path(sys.argv[1])
torch.manual_seed(7)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.head = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3))

    def forward(self, x):
        return self.head(torch.relu(self.bn(self.conv(x))).mean(dim=(2, 3)))


model = Small()
x = torch.arange(3 * 2 * 4 * 4, dtype=torch.float32).reshape(3, 2, 4, 4).sin()
model.train()
for _ in range(5):  # running statistics that are not 0 and 1
    model(x)
model.eval()
torch.jit.script(model).save(out / "torchscript_scripted.pt")
torch.jit.trace(model, x).save(out / "torchscript_traced.pt")


class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.frozen = nn.Linear(8, 8).requires_grad_(False)
        self.norm = nn.LayerNorm(8)
        self.attn = nn.MultiheadAttention(8, 2, batch_first=True)
        self.lstm = nn.LSTM(8, 16, batch_first=True)
        self.act = nn.PReLU()
        self.head = nn.Linear(16, 3)
        self.register_buffer("scale", torch.tensor([2.5]))

    def forward(self, x):
        x = self.norm(self.frozen(x.reshape(x.shape[0], 4, 8)) * self.scale)
        x = self.attn(x, x, x, need_weights=False)[0]
        return self.head(self.act(self.lstm(x)[0][:, -1]))


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(32, 3)
        self.logit_scale = nn.Parameter(torch.tensor([2.0]))

    def forward(self, x):
        return self.head(x.reshape(x.shape[0], 32)) * self.logit_scale


layers = Layers().eval()
torch.jit.script(layers).save(out / "torchscript_layers.pt")
torch.jit.script(Scaled()).save(out / "torchscript_scaled.pt")
state = {k: v.flatten().tolist() for k, v in model.state_dict().items() if v.dtype == torch.float32}
(out / "torchscript.json").write_text(
    json.dumps({"torch": torch.__version__, "logits": model(x).tolist(), "layers": layers(x).tolist(), "state": state}, indent=1) + "\n"
)
