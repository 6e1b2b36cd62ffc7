"""Weights after edits that train nothing or little, written from the papers' rules in plain PyTorch.

Independent of the Java code: modules of torch.nn, autograd row by row, numpy.percentile, numpy.linalg.

    python erasus-strategies/src/test/golden/edits.py

Python 3.11, torch 2.13.0 (CPU), numpy 2.4.6, scipy 1.17.1. Writes ../resources/golden/edits.json.
"""

import math

import numpy
import scipy.optimize
import scipy.special
import torch
import torch.nn.functional as F

from common import Problem, flat, forget, move, put, result, sgd, write


def importance(net, x, y, of, size):
    total = torch.zeros(sum(w.numel() for w in net.parameters()), dtype=torch.float64)
    for i in range(len(x)):
        net.zero_grad()
        of(net(x[i:i + 1]), y[i:i + 1]).backward()
        total += size(flat([w.grad for w in net.parameters()]).double())
    return total / len(x)


def dampen(p, of_forget, of_all, alpha, strength):
    factor = torch.where(of_forget > alpha * of_all, torch.clamp(strength * of_all / of_forget, max=1), 1.0)
    put(p.net, (p.start.double() * factor).float())
    return int((factor < 1).sum())


def squared_norm(z, _):
    return z.pow(2).sum()


def norm(z, _):
    return z.norm()


def importances(p, of, size):
    p.net.eval()
    return (importance(p.net, p.xf, p.yf, of, size), importance(p.net, p.x, p.y, of, size))


def lf_ssd():
    p = Problem("convolution")
    found = dampen(p, *importances(p, squared_norm, torch.abs), 1.05, 0.5)
    print("lf-ssd dampens", found, "of", len(p.start))
    return p.net


def alpha_of(of_forget, of_all, share):
    ratio = (of_forget / of_all).numpy()
    return numpy.percentile(ratio[numpy.isfinite(ratio)], 100 - math.log(1 + 100 * share))


def assd():
    p = Problem("convolution")
    found = importances(p, F.cross_entropy, torch.square)
    n = dampen(p, *found, alpha_of(*found, len(p.xf) / len(p.x)), 0.1)
    print("assd dampens", n, "of", len(p.start))
    return p.net


def accuracy(net, x, y):
    return (net(x).argmax(1) == y).double().mean().item()


def potion():
    p = Problem("three classes")
    found = importances(p, norm, torch.abs)
    before = accuracy(p.net, p.xf, p.yf)
    share = len(p.xf) / len(p.x) / 25
    for t in range(500):
        n = dampen(p, *found, alpha_of(*found, share), 1.0)
        if accuracy(p.net, p.xf, p.yf) <= 0.8 * before:
            print("potion dampens", n, "of", len(p.start), "after", t + 1, "tries;", before)
            return p.net
        share *= 1.1


def fisher_variances(p, retain, last_layer, forgotten):
    """Of every weight for alpha 1e-3, the last layer's rows of forgotten classes at 1e-4 whatever they were."""
    p.net.eval()
    fisher = torch.zeros(len(p.start), dtype=torch.float64)
    for x in p.x[retain]:
        probabilities = p.net(x[None]).detach().softmax(1)[0].double()
        for c in range(len(probabilities)):
            p.net.zero_grad()
            F.cross_entropy(p.net(x[None]), torch.tensor([c])).backward()
            fisher += probabilities[c] * flat([w.grad for w in p.net.parameters()]).double() ** 2
    fisher /= retain.sum()
    variances, at, names = [], 0, list(p.net.named_parameters())
    for name, w in names:
        v = 1 / fisher[at:at + w.numel()]
        last = name.startswith(last_layer)
        v = v.clamp(max=100 if last else 1000) * 1e-3
        v = v * 10 if last or w.dim() == 1 else v
        if last:
            v = v.reshape(w.shape)
            v[forgotten] = 1e-4
        variances.append(v.flatten())
        at += w.numel()
    v = torch.cat(variances)
    print("fisher: variances", v.min().item(), "to", v.max().item(), "at a bound", int((v == v.max()).sum()))
    return v.tolist()


def fisher_of_a_class():
    """All rows of class 1 are to be forgotten: its row in the last layer has mean 0."""
    p = Problem("three classes")
    variances = fisher_variances(p, p.y != 1, "2.", [1])
    with torch.no_grad():
        p.net[2].weight[1] = 0
        p.net[2].bias[1] = 0
    return {"mean": flat(p.net.parameters()).tolist(), "variances": variances}


def row_gradients(net, x, y):
    rows = []
    for i in range(len(x)):
        net.zero_grad()
        F.cross_entropy(net(x[i:i + 1]), y[i:i + 1]).backward()
        rows.append(flat([w.grad for w in net.parameters()]).double().numpy())
    return numpy.stack(rows)


def direction(p):
    gf, gr = row_gradients(p.net, p.xf, p.yf), row_gradients(p.net, p.xr, p.yr)
    return (gf.sum(0) - len(gf) / len(gr) * gr.sum(0)) / (len(gf) + len(gr))


def influence_wood_fisher():
    p = Problem("three classes")
    g = row_gradients(p.net, p.x, p.y)
    matrix = g.T @ g / len(g) + 0.05 * numpy.eye(g.shape[1])
    step = numpy.linalg.solve(matrix, direction(p))
    put(p.net, (p.start.double() + 2 * torch.tensor(step)).float())
    return p.net


def influence_hessian():
    p = Problem("three classes")
    named = {n: w.detach().double() for n, w in p.net.named_parameters()}
    shapes = [(n, w.shape) for n, w in named.items()]

    def loss(values):
        at, weights = 0, {}
        for n, shape in shapes:
            weights[n] = values[at:at + shape.numel()].reshape(shape)
            at += shape.numel()
        return F.cross_entropy(torch.func.functional_call(p.net.double(), weights, p.xr.double()), p.yr)

    step_direction = direction(p)
    start = p.start.double()
    matrix = torch.autograd.functional.hessian(loss, start).numpy() + 0.5 * numpy.eye(len(start))
    print("hessian: eigenvalues", numpy.linalg.eigvalsh(matrix)[[0, -1]])
    put(p.net, start + 2 * torch.tensor(numpy.linalg.solve(matrix, step_direction)))
    return p.net.float()


def logistic():
    """Softmax regression with (λ/2)‖θ‖², its optimum on D and on D_r, and one Newton step from the first to the second."""
    p = Problem("three classes")
    lam = 0.05

    def parts(theta, x, y):
        w, b = theta[:24].reshape(3, 8), theta[24:]
        z = x @ w.T + b
        q = numpy.exp(z - scipy.special.logsumexp(z, axis=1, keepdims=True))
        xs = numpy.hstack([x, numpy.ones((len(x), 1))])
        value = -numpy.log(q[numpy.arange(len(y)), y]).mean() + lam / 2 * theta @ theta
        e = q - numpy.eye(3)[y]
        gradient = numpy.concatenate([(e.T @ x / len(x)).ravel(), e.mean(0)]) + lam * theta
        hessian = numpy.zeros((27, 27))
        order = [c * 8 + d if d < 8 else 24 + c for c in range(3) for d in range(9)]
        for qi, xi in zip(q, xs):
            block = numpy.kron(numpy.diag(qi) - numpy.outer(qi, qi), numpy.outer(xi, xi)) / len(x)
            hessian[numpy.ix_(order, order)] += block
        return value, gradient, hessian + lam * numpy.eye(27)

    def minimum(x, y):
        found = scipy.optimize.minimize(lambda t: parts(t, x, y)[:2], numpy.zeros(27), jac=True, method="BFGS",
                                        options={"gtol": 1e-11}).x
        for _ in range(3):
            _, g, h = parts(found, x, y)
            found = found - numpy.linalg.solve(h, g)
        return found

    x, xr, y, yr = p.x.double().numpy(), p.xr.double().numpy(), p.y.numpy(), p.yr.numpy()
    optimum, retrained = minimum(x, y), minimum(xr, yr)
    _, g, h = parts(optimum, xr, yr)
    newton = optimum - numpy.linalg.solve(h, g)
    print("logistic: from", numpy.linalg.norm(optimum - retrained), "to", numpy.linalg.norm(newton - retrained))
    return {"lambda": lam, "optimum": optimum.tolist(), "newton": newton.tolist(), "retrained": retrained.tolist()}


def certified():
    """One regression a class against the rest, with bias, λ and a perturbation: optimum on D, removal of D_f, its bound."""
    p = Problem("three classes")
    lam = 0.1

    def extended(x):
        return numpy.hstack([x.double().numpy(), numpy.ones((len(x), 1))])

    kept, gone = extended(p.xr), extended(p.xf)
    everything = numpy.vstack([kept, gone])
    found = {"lambda": lam, "spectral": numpy.linalg.norm(kept, 2), "optimum": [], "delta": [], "gradient": [],
             "bound": []}
    for c in range(3):
        b = numpy.sin(3 * c + numpy.arange(9.0))
        sign = {n: numpy.where(y.numpy() == c, 1.0, -1.0) for n, y in (("kept", p.yr), ("gone", p.yf))}
        both = numpy.concatenate([sign["kept"], sign["gone"]])

        def value(w, x, y):
            return numpy.logaddexp(0, -y * (x @ w)).sum() + lam * len(x) / 2 * w @ w + b @ w

        def gradient(w, x, y, perturbation):
            return -x.T @ (y * scipy.special.expit(-y * (x @ w))) + lam * len(x) * w + perturbation

        w = scipy.optimize.minimize(value, numpy.zeros(9), (everything, both), jac=lambda w, x, y: gradient(w, x, y, b),
                                    method="BFGS", options={"gtol": 1e-9}).x
        for _ in range(3):
            q = scipy.special.expit(everything @ w)
            h = (everything.T * (q * (1 - q))) @ everything + lam * len(everything) * numpy.eye(9)
            w = w - numpy.linalg.solve(h, gradient(w, everything, both, b))
        q = scipy.special.expit(kept @ w)
        h = (kept.T * (q * (1 - q))) @ kept + lam * len(kept) * numpy.eye(9)
        delta = numpy.linalg.solve(h, gradient(w, gone, sign["gone"], 0))
        left = numpy.linalg.norm(gradient(w + delta, kept, sign["kept"], b))
        bound = (numpy.linalg.norm(kept, axis=1).max() * found["spectral"] * numpy.linalg.norm(delta)
                 * numpy.linalg.norm(kept @ delta) / 4)
        found["optimum"].append(w.tolist())
        found["delta"].append(delta.tolist())
        found["gradient"].append(left)
        found["bound"].append(bound)
    print("certified: gradients", found["gradient"], "bounds", found["bound"])
    return found


def average():
    """The mean of fine-tuning, negative gradient and ascent, as strategies.py has them; with one batch seeds do not matter."""
    copies = []
    for rate, loss in (
            (0.05, lambda p: F.cross_entropy(p.net(p.xr), p.yr)),
            (0.05, negative_gradient),
            (0.02, lambda p: -F.cross_entropy(p.net(p.xf), p.yf))):
        p = Problem("convolution")
        o = sgd(p.net, rate)
        for _ in range(5):
            move(o, loss(p))
        copies.append({n: t.double() for n, t in p.net.state_dict().items()})
    mean = Problem("convolution").net
    mean.load_state_dict({n: sum(c[n] for c in copies) / 3 for n in copies[0]})
    return mean


def negative_gradient(p):
    ascent = F.cross_entropy(p.net(p.xf), p.yf)
    descent = F.cross_entropy(p.net(p.xr), p.yr)
    return 0.8 * descent - 0.2 * ascent + 0.01 * sum(w.abs().sum() for w in p.net.parameters())


write("edits", {
    "lf-ssd": result(lf_ssd()),
    "assd": result(assd()),
    "potion": result(potion()),
    "influence-wood-fisher": result(influence_wood_fisher()),
    "influence-hessian": result(influence_hessian()),
    "logistic": logistic(),
    "average": result(average()),
    "certified": certified(),
    "fisher-forgetting": {
        "variances": fisher_variances(Problem("convolution"), ~forget, "4.", []),
        "class": fisher_of_a_class(),
    },
})
