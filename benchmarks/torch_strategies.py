"""The counterpart of StrategyTime.java in plain PyTorch, as a user writes each method from its paper: for every line N on
standard input, N runs from the same weights and their mean time in milliseconds."""

import argparse
import copy
import importlib.util
import pathlib
import sys
import time

import torch
import torch.nn.functional as F

ROOT = pathlib.Path(__file__).resolve().parent.parent
spec = importlib.util.spec_from_file_location("networks", ROOT / "erasus-zoo/src/test/golden/networks.py")
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)

p = argparse.ArgumentParser()
p.add_argument("--strategy", required=True)
p.add_argument("--forget", type=int, default=128)
p.add_argument("--retain", type=int, default=512)
p.add_argument("--epochs", type=int, default=3)
p.add_argument("--batch", type=int, default=128)
p.add_argument("--threads", type=int, default=2)
a = p.parse_args()

torch.set_num_threads(a.threads)
torch.manual_seed(1)
CLASSES = 10
original = networks.ResNet18()
x = torch.rand(a.forget + a.retain, 3, 32, 32) * 4 - 2
y = torch.randint(0, CLASSES, (len(x),))
forget, retain = torch.arange(a.forget), torch.arange(a.forget, len(x))


def batches(rows):
    return rows[torch.randperm(len(rows))].split(a.batch)


def wrong(rows):
    return (y[rows] + torch.randint(1, CLASSES, (len(rows),))) % CLASSES


def sgd(net, lr=0.01):
    return torch.optim.SGD([p for p in net.parameters() if p.requires_grad], lr=lr, momentum=0.9, weight_decay=5e-4)


def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss.item()


def frozen(net):
    return copy.deepcopy(net).eval().requires_grad_(False)


def divergence(teacher, student, t):
    p, q = F.log_softmax(teacher / t, 1), F.log_softmax(student / t, 1)
    return F.kl_div(q, p, log_target=True, reduction="batchmean")


def fine_tune(net):
    o = sgd(net)
    for _ in range(a.epochs):
        for b in batches(retain):
            step(o, F.cross_entropy(net(x[b]), y[b]))


def negative_gradient(net):
    o = sgd(net)
    for _ in range(a.epochs):
        f, r = batches(forget), batches(retain)
        for i in range(max(len(f), len(r))):
            bf, br = f[i % len(f)], r[i % len(r)]
            step(o, 0.95 * F.cross_entropy(net(x[br]), y[br]) - 0.05 * F.cross_entropy(net(x[bf]), y[bf]))


def random_label(net, mask=None):
    o = sgd(net)
    for _ in range(a.epochs):
        for rows, lie in ((forget, True), (retain, False)):
            for b in batches(rows):
                labels = wrong(b) if lie else y[b]
                loss = F.cross_entropy(net(x[b]), labels)
                o.zero_grad()
                loss.backward()
                if mask:
                    for p, m in zip(net.parameters(), mask):
                        p.grad *= m
                o.step()
                loss.item()


def salun(net):
    net.eval()
    for b in batches(forget):
        F.cross_entropy(net(x[b]), y[b], reduction="sum").backward()
    g = [p.grad.abs() for p in net.parameters()]
    everything = torch.cat([v.flatten() for v in g])
    least = everything.kthvalue(len(everything) // 2).values
    mask = [(v > least).float() for v in g]
    random_label(net.train(), mask)


def scrub(net):
    teacher, o, t = frozen(net), sgd(net, 5e-4), 4
    for epoch in range(a.epochs):
        if epoch < 2:
            for b in batches(forget):
                step(o, -divergence(teacher(x[b]), net(x[b]), t) * t * t)
        for b in batches(retain):
            z = net(x[b])
            step(o, 0.99 * F.cross_entropy(z, y[b]) + 0.001 * divergence(teacher(x[b]), z, t) * t * t)


def bad_teacher(net):
    teacher, incompetent = frozen(net), networks.ResNet18().eval().requires_grad_(False)
    o = torch.optim.Adam(net.parameters(), lr=1e-4)
    for _ in range(a.epochs):
        for b in batches(torch.cat([forget, retain])):
            believed = torch.where((b < a.forget)[:, None], incompetent(x[b]), teacher(x[b]))
            step(o, divergence(believed, net(x[b]), 1))


def distillation(net):
    teacher, o = frozen(net), sgd(net)
    for _ in range(a.epochs):
        f, r = batches(forget), batches(retain)
        for i in range(max(len(f), len(r))):
            bf, br = f[i % len(f)], r[i % len(r)]
            uniform = torch.zeros(len(bf), CLASSES)
            step(o, divergence(teacher(x[br]), net(x[br]), 4) + divergence(uniform, net(x[bf]), 1))


def joint(net, optimizer, forget_loss, weight):
    """A batch to retain beside each to forget."""
    for _ in range(a.epochs):
        r = batches(retain)
        for i, bf in enumerate(batches(forget)):
            br = r[i % len(r)]
            step(optimizer, forget_loss(bf) + weight * F.cross_entropy(net(x[br]), y[br]))


def likelihood(net, rows, labels=None):
    return -F.cross_entropy(net(x[rows]), y[rows] if labels is None else labels, reduction="none")


def npo(net):
    teacher, beta = frozen(net), 0.1

    def forget_loss(b):
        return -2 / beta * F.logsigmoid(-beta * (likelihood(net, b) - likelihood(teacher, b))).mean()

    joint(net, sgd(net, 0.003), forget_loss, 3)


def simnpo(net):
    beta = 2.5
    joint(net, sgd(net), lambda b: -2 / beta * F.logsigmoid(-beta * likelihood(net, b)).mean(), 1)


def wga(net):
    def forget_loss(b):
        logs = likelihood(net, b)
        return (logs.detach().exp() * logs).mean()

    joint(net, sgd(net), forget_loss, 1)


def undial(net):
    teacher = frozen(net)

    def forget_loss(b):
        wanted = (teacher(x[b]) - 10 * F.one_hot(y[b], CLASSES)).softmax(1)
        return F.cross_entropy(net(x[b]), wanted)

    joint(net, sgd(net, 0.003), forget_loss, 3)


def alt_po(net):
    teacher = frozen(net)

    def forget_loss(b):
        logs, before = F.log_softmax(net(x[b]), 1), F.log_softmax(teacher(x[b]), 1)
        own, other = y[b, None], wrong(b)[:, None]
        gain = (logs - before).gather(1, other) - (logs - before).gather(1, own)
        return -2 * F.logsigmoid(gain).mean()

    joint(net, sgd(net, 0.003), forget_loss, 5)


def gradient_ascent(net):
    o = sgd(net, 3e-4)
    for _ in range(a.epochs):
        for b in batches(forget):
            step(o, -F.cross_entropy(net(x[b]), y[b]))


def l1_sparse(net):
    o = sgd(net)
    for epoch in range(a.epochs):
        for b in batches(retain):
            norm = sum(p.abs().sum() for p in net.parameters())
            step(o, F.cross_entropy(net(x[b]), y[b]) + 5e-4 * (1 - epoch / a.epochs) * norm)


def last(net):
    """The last two layers, to which alone gradients go."""
    layers = [net.layer4[1].bn2, net.fc]
    net.requires_grad_(False)
    for layer in layers:
        layer.requires_grad_(True)
    return layers


def cf_k(net):
    last(net.eval())
    fine_tune(net)


def eu_k(net):
    for layer in last(net):
        layer.reset_parameters()
    fine_tune(net)


def boundary_shrink(net):
    teacher, o = frozen(net), sgd(net, 1e-5)
    found = []
    for b in forget.split(a.batch):
        rows = x[b].requires_grad_()
        (g,) = torch.autograd.grad(F.cross_entropy(teacher(rows), y[b]), rows)
        found.append(teacher(rows.detach() + 0.1 * g.sign()).argmax(1))
    nearest = torch.cat(found)
    for _ in range(a.epochs):
        for b in batches(forget):
            step(o, F.cross_entropy(net(x[b]), nearest[b]))


def boundary_expand(net):
    wider = torch.nn.Linear(512, CLASSES + 1)
    with torch.no_grad():
        wider.weight[:CLASSES], wider.bias[:CLASSES] = net.fc.weight, net.fc.bias
    net.fc = wider
    o = sgd(net, 1e-4)
    for _ in range(a.epochs):
        for b in batches(forget):
            step(o, F.cross_entropy(net(x[b]), torch.full((len(b),), CLASSES)))


def mu_mis(net):
    o = sgd(net.eval(), 1e-3)

    def sensitivity(z, labels, rows):
        (g,) = torch.autograd.grad(z.gather(1, labels[:, None]).sum(), rows, create_graph=True)
        return (g**2).flatten(1).sum(1)

    for _ in range(a.epochs):
        for b in batches(forget):
            rows = x[b].requires_grad_()
            z = net(rows)
            loss = (sensitivity(z, y[b], rows) - sensitivity(z, wrong(b), rows)).mean()
            o.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1)
            o.step()
            loss.item()


def uam(net):
    o, parameters = sgd(net, 0.003), list(net.parameters())
    for _ in range(a.epochs):
        r = batches(retain)
        for i, bf in enumerate(batches(forget)):
            br = r[i % len(r)]
            f = torch.autograd.grad(F.cross_entropy(net(x[bf]), y[bf]), parameters)
            norm = torch.cat([g.flatten() for g in f]).norm()
            with torch.no_grad():
                for p, g in zip(parameters, f):
                    p += 0.01 * g / norm
            o.zero_grad()
            loss = F.cross_entropy(net(x[br]), y[br])
            loss.backward()
            along = sum((p.grad * g).sum() for p, g in zip(parameters, f))
            with torch.no_grad():
                for p, g in zip(parameters, f):
                    p -= 0.01 * g / norm
                    if along > 0:
                        p.grad -= 2 * along / norm**2 * g
            torch.nn.utils.clip_grad_norm_(parameters, 1)
            o.step()
            loss.item()


def task_arithmetic(net):
    expert = copy.deepcopy(net).eval()
    o = torch.optim.AdamW(expert.parameters(), lr=1e-4)
    for _ in range(a.epochs):
        for b in batches(forget):
            step(o, F.cross_entropy(expert(x[b]), y[b]))
    with torch.no_grad():
        for p, q in zip(net.parameters(), expert.parameters()):
            task = q - p
            least = task.abs().flatten().kthvalue(max(1, int(0.9 * task.numel()))).values
            p -= torch.where(task.abs() < least, 0, task)


def ssd(net):
    net.eval()

    def fisher(rows):  # a backward a row: plain autograd has no other way to per-example squares
        total = [torch.zeros_like(p) for p in net.parameters()]
        for i in rows:
            net.zero_grad()
            F.cross_entropy(net(x[i : i + 1]), y[i : i + 1]).backward()
            for s, p in zip(total, net.parameters()):
                s += p.grad**2
        return [s / len(rows) for s in total]

    of_forget, of_all = fisher(forget), fisher(torch.cat([forget, retain]))
    with torch.no_grad():
        for p, f, d in zip(net.parameters(), of_forget, of_all):
            p.copy_(torch.where(f > 3 * d, p * (d / f).clamp(max=1), p))


def fisher_forgetting(net):
    net.eval()
    parameters = list(net.parameters())
    fisher = [torch.zeros_like(p) for p in parameters]
    for i in retain:  # expected over the classes: a backward a row and class
        z = net(x[i : i + 1])
        p = z.detach().softmax(1)[0]
        for c in range(CLASSES):
            g = torch.autograd.grad(F.cross_entropy(z, torch.tensor([c])), parameters, retain_graph=c < CLASSES - 1)
            for s, v in zip(fisher, g):
                s += p[c] * v**2
    with torch.no_grad():
        for p, f in zip(parameters, fisher):
            last_layer = p.shape[0] == CLASSES
            v = (len(retain) / f).clamp(max=100 if last_layer else 1000)
            p += ((10 if last_layer or p.dim() == 1 else 1) * 1e-8 * v).sqrt() * torch.randn_like(p)


METHODS = (
    fine_tune, negative_gradient, gradient_ascent, random_label, salun, l1_sparse, cf_k, eu_k, npo, simnpo, wga, undial, alt_po,
    boundary_shrink, boundary_expand, mu_mis, uam, task_arithmetic, scrub, bad_teacher, distillation, ssd, fisher_forgetting,
)  # fmt: skip
run = {f.__name__.replace("_", "-"): f for f in METHODS}
for line in sys.stdin:
    n = int(line)
    start = time.perf_counter()
    for _ in range(n):
        run[a.strategy](copy.deepcopy(original).train())
    print(f"{(time.perf_counter() - start) * 1000 / n:.4f}", flush=True)
