"""Steps of torch.optim, rates of torch's schedulers, clipped gradients, gradients and Hessian-vector products.

Versions: Python 3.11, torch 2.13.0+cu130 (CPU), all in float64 from inputs that float32 holds exactly
Command:  python erasus-core/src/test/golden/optimizers.py
Writes:   erasus-core/src/test/resources/golden/optimizers.json
"""

import torch

from tensors import write_json

torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def drawn(*shape):
    """Multiples of 1/64, exact in float32."""
    return torch.randint(-128, 129, shape).double() / 64


START = drawn(7)
GRADIENTS = drawn(6, 7)
RATES = [0.125, 0.125, 0.0625, 0.25, 0.0, 0.03125]


def steps(make):
    p = torch.nn.Parameter(START.clone())
    optimizer = make([p])
    after = []
    for g, rate in zip(GRADIENTS, RATES):
        optimizer.param_groups[0]["lr"] = rate
        p.grad = g.clone()
        optimizer.step()
        after.append(p.detach().tolist())
    return after


def rates(make, n):
    p = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([p], lr=0.5)
    scheduler = make(optimizer)
    found = []
    for _ in range(n):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def clipped(scale, limit):
    p = torch.nn.Parameter(torch.zeros(7))
    p.grad = GRADIENTS[0] * scale
    torch.nn.utils.clip_grad_norm_([p], limit)
    return {"gradient": (GRADIENTS[0] * scale).tolist(), "limit": limit, "clipped": p.grad.tolist()}


def smooth():
    """Mean cross entropy of a perceptron with tanh: the gradient, and the Hessian times a vector."""
    x, y = drawn(5, 4), torch.tensor([0, 2, 1, 1, 0])
    shapes = [(3, 4), (3,), (3, 3), (3,)]
    p = [(drawn(*s) / 2).requires_grad_() for s in shapes]
    v = drawn(sum(t.numel() for t in p))
    h = torch.tanh(torch.nn.functional.linear(x, p[0], p[1]))
    loss = torch.nn.functional.cross_entropy(torch.nn.functional.linear(h, p[2], p[3]), y)
    g = torch.cat([t.reshape(-1) for t in torch.autograd.grad(loss, p, create_graph=True)])
    hv = torch.cat([t.reshape(-1) for t in torch.autograd.grad(g @ v, p)])
    flat = torch.cat([t.detach().reshape(-1) for t in p])
    return {
        "x": x.reshape(-1).tolist(),
        "y": y.tolist(),
        "parameters": flat.tolist(),
        "v": v.tolist(),
        "loss": loss.item(),
        "gradient": g.detach().tolist(),
        "hv": hv.tolist(),
    }


S = torch.optim.lr_scheduler
write_json(
    "optimizers.json",
    {
        "start": START.tolist(),
        "gradients": GRADIENTS.tolist(),
        "rates": RATES,
        "steps": {
            "sgd": steps(lambda p: torch.optim.SGD(p)),
            "decay": steps(lambda p: torch.optim.SGD(p, weight_decay=0.25)),
            "momentum": steps(lambda p: torch.optim.SGD(p, momentum=0.75, weight_decay=0.25)),
            "nesterov": steps(lambda p: torch.optim.SGD(p, momentum=0.75, weight_decay=0.25, nesterov=True)),
            "adam": steps(lambda p: torch.optim.Adam(p)),
            "adam-decay": steps(lambda p: torch.optim.Adam(p, betas=(0.5, 0.75), eps=0.125, weight_decay=0.25)),
            "adamw": steps(lambda p: torch.optim.AdamW(p, betas=(0.5, 0.75), eps=0.125, weight_decay=0.25)),
        },
        "schedules": {
            "cosine": rates(lambda o: S.CosineAnnealingLR(o, 12, eta_min=0.125), 13),
            "step": rates(lambda o: S.StepLR(o, 3, gamma=0.5), 13),
            "linear": rates(lambda o: S.LinearLR(o, 1.0, 0.25, total_iters=12), 13),
            "warm-up": rates(lambda o: S.LinearLR(o, 0.2, 1.0, total_iters=4), 13),
        },
        "clips": [clipped(1, 0.5), clipped(1, 100), clipped(1 / 1024, 0.5), clipped(0, 0.5)],
        "smooth": smooth(),
    },
)
