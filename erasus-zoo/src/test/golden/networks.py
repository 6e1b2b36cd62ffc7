"""Golden values of the networks of org.erasus.zoo, from plain PyTorch modules.

Made with Python 3.11.7, numpy 2.4.6, torch 2.13.0+cu130 on a CPU, one thread:

    python erasus-zoo/src/test/golden/networks.py

writes erasus-zoo/src/test/resources/golden/<name>.json, and mlp.pt and small-cnn.pt with torch.save. Modules are written
as torchvision 0.26 writes them (names and order of the state dict), with the changes for CIFAR told in the Javadoc.

The big networks have eleven million weights, so none are stored: value i of tensor t is computed by `uniform(t, i)`, in
whole numbers below 2^32, here and in GoldenNetwork.java alike. t counts the tensors of the state dict from 0, counters
(num_batches_tracked) left out; the inputs have t = 1000.

In each JSON file:
  state            name: shape, in the order of the state dict, counters left out
  classes          label of each row
  evaluate         logits (4, C) in evaluation mode
  train            logits (4, C) in training mode, no dropout; the first forward pass only
  gradientNorms    norm of the gradient of the mean cross entropy in either mode, for each trainable tensor
  statistics       running statistics of the first and the last batch normalisation after that pass
"""

import json
import math
import pathlib

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "resources" / "golden"
ROWS = 4
CLASSES = 10
LABELS = [3, 0, 9, 5]


# ---- the formula -----------------------------------------------------------------------------------------------------


def uniform(t, n):
    """n values in [-0.5, 0.5), multiples of 2^-24, exactly the same in Java."""
    i = torch.arange(n, dtype=torch.int64)
    h = (i * 2654435761 + t * 40503 + 12345) & 0xFFFFFFFF
    h = h ^ (h >> 16)
    h = (h * 0x45D9F3B) & 0xFFFFFFFF
    h = h ^ (h >> 16)
    h = (h * 0x45D9F3B) & 0xFFFFFFFF
    h = h ^ (h >> 16)
    return (h >> 8).double() / 2.0**24 - 0.5


def golden_value(t, name, shape):
    """He's variance for what has inputs, values near those of a fresh layer for the rest."""
    u = uniform(t, math.prod(shape)).reshape(shape)
    if name.endswith("running_var"):
        v = 1 + u
    elif len(shape) > 1:
        v = u * (2 * math.sqrt(6.0 / math.prod(shape[1:])))
    elif name.endswith("weight"):
        v = 0.75 + 0.5 * u
    else:
        v = 0.25 * u
    return v.float()


# ---- the networks ----------------------------------------------------------------------------------------------------


class Mlp(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.fc1 = nn.Linear(784, hidden)
        self.fc2 = nn.Linear(hidden, CLASSES)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class SmallCnn(nn.Module):
    def __init__(self, channels, size, filters1=16, filters2=32, hidden=128):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters1, 3, padding=1)
        self.conv2 = nn.Conv2d(filters1, filters2, 3, padding=1)
        self.fc1 = nn.Linear(filters2 * (size // 4) ** 2, hidden)
        self.fc2 = nn.Linear(hidden, CLASSES)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class ConvBn(nn.Module):
    """DAWNBench's conv_bn: pooling where asked for, ReLU last or before it."""

    def __init__(self, inputs, filters, pool=False):
        super().__init__()
        self.conv = nn.Conv2d(inputs, filters, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(filters)
        self.pool = pool

    def forward(self, x):
        x = F.relu(self.bn(self.conv(x)))
        return F.max_pool2d(x, 2) if self.pool else x


class Stage9(ConvBn):
    def __init__(self, inputs, filters, residual):
        super().__init__(inputs, filters, pool=True)
        if residual:
            self.residual = nn.Module()
            self.residual.res1 = ConvBn(filters, filters)
            self.residual.res2 = ConvBn(filters, filters)

    def forward(self, x):
        x = super().forward(x)
        if hasattr(self, "residual"):
            x = x + self.residual.res2(self.residual.res1(x))
        return x


class ResNet9(nn.Module):
    def __init__(self):
        super().__init__()
        self.prep = ConvBn(3, 64)
        self.layer1 = Stage9(64, 128, True)
        self.layer2 = Stage9(128, 256, False)
        self.layer3 = Stage9(256, 512, True)
        self.linear = nn.Linear(512, CLASSES)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.prep(x))))
        return self.linear(F.max_pool2d(x, 4).flatten(1)) * 0.125


class BasicBlock(nn.Module):
    def __init__(self, inputs, planes, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = None
        if stride != 1 or inputs != planes:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, planes, 1, stride=stride, bias=False), nn.BatchNorm2d(planes)
            )

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(out)) + identity)


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, stride=1, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, CLASSES)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(torch.flatten(self.avgpool(x), 1))


class Vgg11Bn(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for v in [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]:
            if v == "M":
                layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            else:
                layers += [nn.Conv2d(inputs, v, 3, padding=1), nn.BatchNorm2d(v), nn.ReLU(inplace=True)]
                inputs = v
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Sequential(
            nn.Linear(512, 512),
            nn.ReLU(True),
            nn.Dropout(0.5),
            nn.Linear(512, 512),
            nn.ReLU(True),
            nn.Dropout(0.5),
            nn.Linear(512, CLASSES),
        )

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class ConvNormActivation(nn.Sequential):
    def __init__(self, inputs, filters, kernel, stride=1, groups=1):
        super().__init__(
            nn.Conv2d(inputs, filters, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
            nn.BatchNorm2d(filters),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    def __init__(self, inputs, filters, stride, expand_ratio):
        super().__init__()
        hidden = inputs * expand_ratio
        self.use_res_connect = stride == 1 and inputs == filters
        layers = []
        if expand_ratio != 1:
            layers.append(ConvNormActivation(inputs, hidden, 1))
        layers += [
            ConvNormActivation(hidden, hidden, 3, stride, groups=hidden),
            nn.Conv2d(hidden, filters, 1, 1, 0, bias=False),
            nn.BatchNorm2d(filters),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        features, inputs = [ConvNormActivation(3, 32, 3, 1)], 32
        for t, c, n, s in [
            (1, 16, 1, 1),
            (6, 24, 2, 1),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        ]:
            for i in range(n):
                features.append(InvertedResidual(inputs, c, s if i == 0 else 1, t))
                inputs = c
        features.append(ConvNormActivation(inputs, 1280, 1))
        self.features = nn.Sequential(*features)
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, CLASSES))

    def forward(self, x):
        return self.classifier(F.adaptive_avg_pool2d(self.features(x), (1, 1)).flatten(1))


# ---- what is stored --------------------------------------------------------------------------------------------------


def state(model):
    return {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}


def fill(model):
    values = {name: golden_value(t, name, v.shape) for t, (name, v) in enumerate(state(model).items())}
    model.load_state_dict(values, strict=False)


def rows(shape):
    return (uniform(1000, ROWS * math.prod(shape)).reshape(ROWS, *shape) * 4).float()


def floats(tensor):
    """The shortest decimals that read back as the same floats."""
    return [float(numpy.format_float_positional(v, unique=True)) for v in tensor.detach().flatten().numpy()]


def table(tensor):
    return [floats(row) for row in tensor]


def gradient_norms(model):
    return {name: float(p.grad.double().norm()) for name, p in model.named_parameters()}


def golden(model, shape):
    fill(model)
    x, y = rows(shape), torch.tensor(LABELS)
    result = {"rowShape": list(shape), "classes": LABELS}
    result["state"] = {name: list(v.shape) for name, v in state(model).items()}
    result["gradientNorms"] = {}
    model.eval()
    logits = model(x)
    F.cross_entropy(logits, y).backward()
    result["evaluate"] = table(logits)
    result["gradientNorms"]["evaluate"] = gradient_norms(model)
    model.zero_grad()
    model.train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.eval()
    logits = model(x)
    F.cross_entropy(logits, y).backward()
    result["train"] = table(logits)
    result["gradientNorms"]["train"] = gradient_norms(model)
    norms = [name for name, m in model.named_modules() if isinstance(m, nn.BatchNorm2d)]
    wanted = [f"{n}.{s}" for n in (norms[:1] + norms[-1:]) for s in ("running_mean", "running_var")]
    result["statistics"] = {name: floats(model.state_dict()[name]) for name in wanted}
    return result


def main():
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    grey, colour = (1, 28, 28), (3, 32, 32)
    networks = {
        "mlp": (Mlp(256), grey),
        "small-cnn": (SmallCnn(1, 28), grey),
        "small-cnn-colour": (SmallCnn(3, 32), colour),
        "resnet9": (ResNet9(), colour),
        "resnet18": (ResNet18(), colour),
        "vgg11-bn": (Vgg11Bn(), colour),
        "mobilenet-v2": (MobileNetV2(), colour),
    }
    for name, (model, shape) in networks.items():
        result = golden(model, shape)
        text = json.dumps(result)
        (OUT / f"{name}.json").write_text(text + "\n")
        e, t = torch.tensor(result["evaluate"]), torch.tensor(result["train"])
        size = sum(p.numel() for p in model.parameters())
        print(f"{name}: {size} parameters, {len(text)} bytes; logits {e.abs().max():.3g} {t.abs().max():.3g}")
        print("  spread over rows", e.std(0).mean().item(), t.std(0).mean().item())

    # real files of torch.save, of narrow networks with weights as PyTorch draws them
    torch.manual_seed(20)
    for name, model in {"mlp": Mlp(16), "small-cnn": SmallCnn(1, 28, 4, 8, 16)}.items():
        torch.save(model.state_dict(), OUT / f"{name}.pt")
        with torch.no_grad():
            logits = table(model(rows(grey)))
        (OUT / f"{name}-pt.json").write_text(json.dumps({"evaluate": logits}) + "\n")


if __name__ == "__main__":
    main()
