"""What networks say after strategies that combine networks, steer them, or look into their layers.

Independent of the Java code: whole modules run one after the other, with hooks of PyTorch where a layer is looked at. Batches
hold all rows of a kind, so that their order does not matter; what Java draws from its seeds is given by a formula.

    python erasus-strategies/src/test/golden/layers.py

Python 3.11, torch 2.13.0 (float32, CPU). Writes ../resources/golden/layers.json.
"""

import copy
import math

import torch
import torch.nn.functional as F

from common import Problem, flat, move, network, put, result, sgd, write


def wave(n, step, size):
    return torch.tensor([size * math.sin(step * (i + 1)) for i in range(n)], dtype=torch.float64).float()


def says(p, function):
    with torch.no_grad():
        return {"logits": function(p.x).tolist(), "before": p.teacher(p.x).tolist()}


def tuned(p, x, y):
    net = copy.deepcopy(p.net)
    o = sgd(net, 0.05)
    for _ in range(4):
        move(o, F.cross_entropy(net(x), y))
    return net.eval()


def dexperts(retain):
    p = Problem("convolution")
    anti = tuned(p, p.xf, p.yf)
    expert = tuned(p, p.xr, p.yr) if retain else p.teacher
    return says(p, lambda x: p.teacher(x) + 1.5 * (expert(x) - anti(x)))


def delta():
    p = Problem("convolution")
    small = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(32, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    put(small, wave(sum(q.numel() for q in small.parameters()), 2.1, 0.4))
    offset = copy.deepcopy(small)

    def whole(x):
        with torch.no_grad():
            fixed = p.teacher(x) - 1.5 * small(x)
        return fixed + 1.5 * offset(x)

    o = sgd(offset, 0.05)
    for _ in range(5):
        move(o, 0.8 * F.cross_entropy(whole(p.xr), p.yr) - 0.2 * F.cross_entropy(whole(p.xf), p.yf))
    return says(p, whole)


def steering(gate):
    p = Problem("convolution")
    given = {}
    handle = p.teacher[1].register_forward_hook(lambda m, a, y: given.update(h=y))
    with torch.no_grad():
        p.teacher(p.xf)
        hf = given["h"].mean((2, 3))
        p.teacher(p.xr)
        hr = given["h"].mean((2, 3))
    handle.remove()
    v = 20.0 * (hr.mean(0) - hf.mean(0))
    distance = (hf - hf.mean(0)).norm(dim=1).sort().values
    radius = distance[math.ceil(0.5 * len(distance)) - 1]
    radius += 1e-5 * (radius + hf.mean(0).norm())
    net = copy.deepcopy(p.teacher)
    near = []

    def push(m, a, y):
        inside = (y.mean((2, 3)) - hf.mean(0)).norm(dim=1) <= radius
        near.append(inside.sum().item())
        return torch.where(inside[:, None, None, None] | (not gate), y + v[None, :, None, None], y)

    net[1].register_forward_hook(push)
    told = says(p, net)
    assert 4 <= near[0] < 36
    return told


def rmu(kind, layer, trained, unit):
    p = Problem(kind)
    p.net.eval()
    given = {}
    for name, net in (("now", p.net), ("before", p.teacher)):
        net[layer].register_forward_hook(lambda m, a, y, name=name: given.update({name: y}))
    h = p.net(p.x) is not None and given["now"]
    u = wave(h.shape[1], 0.9, 1.0).abs()
    u = u / u.norm()
    c, alpha = 3.0, 0.7
    o = torch.optim.SGD([q for i in trained for q in p.net[i].parameters()], lr=unit, momentum=0.9, weight_decay=5e-4)
    for _ in range(5):
        p.net(p.xf)
        d = given["now"] - c * u.reshape([1, -1] + [1] * (h.dim() - 2))
        forget = (d ** 2).sum(1).mean()
        p.net(p.xr)
        with torch.no_grad():
            p.teacher(p.xr)
        retain = ((given["now"] - given["before"]) ** 2).sum(1).mean()
        move(o, forget + alpha * retain)
    return result(p.net)


def pruning():
    p = Problem("convolution")
    p.net.eval()
    with torch.no_grad():
        read = lambda x: p.net[:4](x).abs().mean(0)
        score = read(p.xf) / (read(p.xr) + 0.01)
        p.net[4].weight[:, score.argsort(descending=True)[:2]] = 0
    return result(p.net)


def pruning_dense():
    p = Problem("three classes")
    with torch.no_grad():
        f, r = torch.relu(p.net[0](p.xf)).mean(0), torch.relu(p.net[0](p.xr)).mean(0)
        score = f / (r + 0.05)
        p.net[2].weight[:, score >= score.sort().values[-4]] = 0
    return result(p.net)


def boundary_expand():
    p = Problem("convolution")
    head = torch.nn.Linear(6, 3)
    with torch.no_grad():
        extra = wave(7, 1.1, 0.3)
        head.weight.copy_(torch.cat([p.net[4].weight, extra[None, :6]]))
        head.bias.copy_(torch.cat([p.net[4].bias, extra[6:]]))
    wide = torch.nn.Sequential(*list(p.net)[:4], head)
    o = sgd(wide, 0.05)
    for _ in range(5):
        move(o, F.cross_entropy(wide(p.xf), torch.full((len(p.xf),), 2)))
    with torch.no_grad():
        p.net[4].weight.copy_(head.weight[:2])
        p.net[4].bias.copy_(head.bias[:2])
    return result(p.net)


def unsir():
    p = Problem("three classes")
    gone = p.y == 1
    noise = wave(5 * 8, 1.9, 1.0).reshape(5, 8).requires_grad_()
    adam = torch.optim.Adam([noise], lr=0.1)
    for _ in range(6):
        loss = -F.cross_entropy(p.teacher(noise), torch.ones(5, dtype=torch.long)) + 0.1 * (noise ** 2).sum(1).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    n = noise.detach()
    x = torch.cat([p.x[~gone], n, n, n])
    y = torch.cat([p.y[~gone], torch.ones(15, dtype=torch.long)])
    o = sgd(p.net, 0.5)
    move(o, F.cross_entropy(p.net(x), y))
    o = sgd(p.net, 0.25)
    move(o, F.cross_entropy(p.net(p.x[~gone]), p.y[~gone]))
    return result(p.net)


def low_rank(sign):
    p = Problem("convolution")
    p.net.eval()
    conv, bn, head = p.net[0], p.net[1], p.net[4]
    sizes = [(2, 18), (6, 2), (2, 6), (2, 2)]
    values = wave(sum(m * n for m, n in sizes), 1.3, 0.2)
    parts = [v.reshape(m, n).clone().requires_grad_()
             for v, (m, n) in zip(values.split([m * n for m, n in sizes]), sizes)]
    a1, b1, a2, b2 = parts

    def adapted(x):
        h = F.conv2d(x, conv.weight.detach() + 1.5 * (b1 @ a1).reshape(6, 2, 3, 3), padding=1)
        h = F.batch_norm(h, bn.running_mean, bn.running_var, bn.weight.detach(), bn.bias.detach(), False)
        return F.linear(torch.relu(h).mean((2, 3)), head.weight.detach() + 1.5 * b2 @ a2, head.bias.detach())

    o = torch.optim.SGD(parts, lr=0.05, momentum=0.9, weight_decay=5e-4)
    for _ in range(5):
        move(o, 0.8 * F.cross_entropy(adapted(p.xr), p.yr) - 0.2 * F.cross_entropy(adapted(p.xf), p.yf))
    with torch.no_grad():
        conv.weight += sign * 1.5 * (b1 @ a1).reshape(6, 2, 3, 3)
        head.weight += sign * 1.5 * b2 @ a2
    return result(p.net)


write("layers", {
    "low-rank": low_rank(1),
    "low-rank-negated": low_rank(-1),
    "dexperts": dexperts(False),
    "dexperts-retain": dexperts(True),
    "delta-unlearning": delta(),
    "steering": steering(False),
    "steering-gated": steering(True),
    "rmu": rmu("convolution", 1, [0, 1], 0.02),
    "rmu-dense": rmu("three classes", 0, [0], 0.005),
    "neuron-pruning": pruning(),
    "neuron-pruning-dense": pruning_dense(),
    "boundary-expand": boundary_expand(),
    "unsir": unsir(),
})
