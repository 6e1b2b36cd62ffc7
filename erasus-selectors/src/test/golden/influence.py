"""Influences and representer values by their definitions, with dense matrices and training again, in 64 bits.

Independent of the Java code: torch.func and autograd row by row, numpy.linalg, scipy.optimize.

    python erasus-selectors/src/test/golden/influence.py

Python 3.11, torch 2.13.0, numpy 2.4.6, scipy 1.17.1. Writes ../resources/golden/influence.json.
"""

import json
import math
import pathlib

import numpy
import scipy
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def rounded(x):
    """What 32 bits hold, since the Java side reads them."""
    return numpy.asarray(x, dtype=numpy.float32).astype(numpy.float64)


def log_softmax(z):
    z = z - z.max(1, keepdims=True)
    return z - numpy.log(numpy.exp(z).sum(1, keepdims=True))


class Logistic:
    """Mean cross entropy + (l/2) |theta|^2 of three classes, theta = (W, b); 60 rows to train on, 20 to look at."""

    n, d, classes, decay = 60, 5, 3, 0.05

    def __init__(self):
        random = numpy.random.RandomState(1)
        x = rounded(random.normal(size=(80, self.d)))
        truth = random.normal(size=(self.d, self.classes))
        self.y = (x @ truth + random.gumbel(size=(80, self.classes))).argmax(1)
        self.x = x
        self.h = numpy.concatenate([x, numpy.ones((80, 1))], 1)

    def losses(self, theta, rows):
        z = self.h[rows] @ theta.reshape(self.d + 1, self.classes)
        return -log_softmax(z)[numpy.arange(len(rows)), self.y[rows]]

    def gradients(self, theta, rows):
        z = self.h[rows] @ theta.reshape(self.d + 1, self.classes)
        residual = numpy.exp(log_softmax(z)) - numpy.eye(self.classes)[self.y[rows]]
        return (self.h[rows][:, :, None] * residual[:, None, :]).reshape(len(rows), -1)

    def hessian(self, theta, rows):
        total = numpy.zeros((theta.size, theta.size))
        for i in rows:
            p = numpy.exp(log_softmax(self.h[[i]] @ theta.reshape(self.d + 1, self.classes)))[0]
            total += numpy.kron(numpy.outer(self.h[i], self.h[i]), numpy.diag(p) - numpy.outer(p, p))
        return total / len(rows)

    def fit(self, rows, start):
        theta = start
        for _ in range(20):
            g = self.gradients(theta, rows).mean(0) + self.decay * theta
            theta = theta - numpy.linalg.solve(self.hessian(theta, rows) + self.decay * numpy.eye(theta.size), g)
        assert numpy.abs(self.gradients(theta, rows).mean(0) + self.decay * theta).max() < 1e-13
        check = scipy.optimize.minimize(
            lambda t: self.losses(t, rows).mean() + self.decay / 2 * t @ t, theta + 0.1, tol=1e-12)
        assert numpy.abs(check.x - theta).max() < 1e-4
        return theta

    def golden(self):
        trained, seen = numpy.arange(self.n), numpy.arange(self.n, 80)
        theta = self.fit(trained, numpy.zeros((self.d + 1) * self.classes))
        inverse = numpy.linalg.inv(self.hessian(theta, trained) + self.decay * numpy.eye(theta.size))
        influence = -self.gradients(theta, trained) @ inverse @ self.gradients(theta, seen).mean(0)
        before = self.losses(theta, seen).mean()
        without = [self.losses(self.fit(numpy.delete(trained, i), theta), seen).mean() - before for i in trained]
        print("rank correlation with training again", scipy.stats.spearmanr(-influence, without)[0])

        # alpha = (onehot - p)/(2 l n) for l |theta|^2, so l = decay/2
        z = self.h @ theta.reshape(self.d + 1, self.classes)
        alpha = (numpy.eye(self.classes)[self.y] - numpy.exp(log_softmax(z)))[trained] / (self.decay * self.n)
        k = numpy.einsum("ic,id,td->tic", alpha, self.h[trained], self.h[seen])
        assert numpy.abs(k.sum(1) - z[seen]).max() < 1e-10
        representer = k[numpy.arange(len(seen)), :, self.y[seen]].mean(0)
        weights = theta.reshape(self.d + 1, self.classes)
        return {
            "x": self.x.ravel().tolist(), "y": self.y.tolist(), "decay": self.decay,
            "optimum": weights[:-1].T.ravel().tolist() + weights[-1].tolist(),
            "influence": influence.tolist(), "without": without,
            "representer": representer.tolist(), "logit": z[seen, self.y[seen]].mean(),
        }


class Convolutions:
    """Two convolutions, one with a bias and one with a stride, batch normalisation between, a linear layer."""

    trained, classes = 24, 3
    shapes = [(4, 2, 3, 3), (4,), (4,), (4,), (3, 4, 3, 3), (3, 3), (3,)]

    def __init__(self):
        n = 30
        x = [math.sin(0.37 * i + 1.3 * (i // 32 % 2) + 0.05 * (i // 32)) for i in range(n * 32)]
        self.x = torch.tensor(rounded(x)).reshape(n, 2, 4, 4)
        self.y = torch.arange(n) * 7 % 5 % 3
        self.w = torch.ones(self.trained)
        self.w[:3] = torch.tensor([3, 0.25, 0.5])
        size = sum(math.prod(s) for s in self.shapes)
        self.theta = torch.tensor(rounded([0.5 * math.sin(1.7 * (i + 1)) for i in range(size)]))
        self.mean = torch.tensor(rounded([0.1 * math.sin(j + 1) for j in range(4)]))
        self.var = torch.tensor(rounded([1 + 0.2 * math.cos(j) for j in range(4)]))

    def parts(self, theta):
        return [t.reshape(s) for t, s in zip(theta.split([math.prod(s) for s in self.shapes]), self.shapes)]

    def layers(self, theta, x):
        """Logits, and what each layer takes and gives."""
        c1, b1, gamma, beta, c2, w, b = self.parts(theta)
        y1 = F.conv2d(x, c1, b1, padding=1)
        y2 = F.batch_norm(y1, self.mean, self.var, gamma, beta)
        a3 = torch.tanh(y2)
        y3 = F.conv2d(a3, c2, stride=2, padding=1)
        a4 = torch.tanh(y3).mean((2, 3))
        z = F.linear(a4, w, b)
        return z, [(x, y1), (y1, y2), (a3, y3), (a4, z)]

    def loss(self, theta, x, y):
        return F.cross_entropy(self.layers(theta, x)[0], y, reduction="none")

    def gradient(self, i, label=None):
        theta = self.theta.clone().requires_grad_()
        y = self.y[i:i + 1] if label is None else torch.tensor([label])
        self.loss(theta, self.x[i:i + 1], y).sum().backward()
        return theta.grad

    def at_layer(self, i, label, layer):
        """What a layer takes and the gradient of the loss at what it gives."""
        theta = self.theta.clone().requires_grad_()
        z, seen = self.layers(theta, self.x[i:i + 1])
        took, gave = seen[layer]
        d, = torch.autograd.grad(F.cross_entropy(z, torch.tensor([label])), gave)
        return took.detach(), d

    def slices(self):
        """The places of the parameters of each layer."""
        sizes = [72 + 4, 8, 108, 12]
        at = 0
        for s in sizes:
            yield slice(at, at + s)
            at += s

    def ek_fac(self, g):
        n = self.w.sum()
        with torch.no_grad():
            p = self.layers(self.theta, self.x)[0].softmax(1)
        weights = [(i, c, self.w[i] * p[i, c]) for i in range(self.trained) for c in range(self.classes)]
        of = {(i, c): self.gradient(i, c) for i, c, _ in weights}
        out = torch.zeros_like(g)
        for layer, place in enumerate(self.slices()):
            if layer == 1:
                diagonal = sum(w * of[i, c][place] ** 2 for i, c, w in weights) / n
                out[place] = g[place] / (diagonal + 0.1 * diagonal.mean())
                continue
            outputs, columns, bias = [(4, 18, True), None, (3, 36, False), (3, 3, True)][layer]

            def matrix(flat):
                m = flat[:outputs * columns].reshape(outputs, columns)
                return torch.cat([m, flat[outputs * columns:].reshape(outputs, 1)], 1) if bias else m

            a_total, s_total = 0, 0
            for i, c, w in weights:
                took, d = self.at_layer(i, c, layer)
                if layer < 3:
                    took = F.unfold(took, 3, padding=1, stride=[1, 0, 2][layer])[0].T
                    d = d[0].flatten(1).T
                if bias:
                    took = torch.cat([took, torch.ones(len(took), 1)], 1)
                # A is over rows only: the probabilities of the classes add up to 1
                a_total, s_total = a_total + w * took.T @ took, s_total + w * d.T @ d
                assert torch.allclose(d.T @ took, matrix(of[i, c][place]), atol=1e-12)
            ua, us = torch.linalg.eigh(a_total)[1], torch.linalg.eigh(s_total)[1]
            basis = torch.kron(us, ua)
            moments = sum(w * (basis.T @ matrix(of[i, c][place]).flatten()) ** 2 for i, c, w in weights) / n
            dense = basis @ torch.diag(moments) @ basis.T + 0.1 * moments.mean() * torch.eye(len(moments))
            x = torch.linalg.solve(dense, matrix(g[place]).flatten()).reshape(outputs, -1)
            out[place] = torch.cat([x[:, :columns].flatten()] + ([x[:, columns]] if bias else []))
        return out

    def data_inf(self, g, of):
        n = self.w.sum()
        out = torch.zeros_like(g)
        for place in self.slices():
            own = of[:, place]
            size = own.shape[1]
            damping = 0.1 * (self.w * own.square().sum(1)).sum() / (n * size)
            mean = sum(w * torch.linalg.inv(torch.outer(o, o) + damping * torch.eye(size))
                       for w, o in zip(self.w, own)) / n
            out[place] = mean @ g[place]
        return out

    def golden(self):
        of = torch.stack([self.gradient(i) for i in range(len(self.x))])
        g, of = of[self.trained:].mean(0), of[:self.trained]
        mean = lambda t: (self.w * self.loss(t, self.x[:self.trained], self.y[:self.trained])).sum() / self.w.sum()
        hessian = torch.autograd.functional.hessian(mean, self.theta)
        values = torch.linalg.eigvalsh(hessian)
        damping = float(rounded(0.2 - values[0]))
        print("eigenvalues", values[0].item(), "to", values[-1].item(), "damping", damping)
        eye = torch.eye(len(g))
        last = slice(len(g) - 12, len(g))
        values, vectors = torch.linalg.eigh(hessian)
        top = values.abs().argsort(descending=True)[:5]
        print("kept", values[top].tolist(), "next", values.abs().sort(descending=True)[0][5].item())
        within = vectors[:, top] @ ((vectors[:, top].T @ g) / (values[top] + damping))
        found = {
            "exact": torch.linalg.solve(hessian + damping * eye, g),
            "five-directions": within,
            "ek-fac": self.ek_fac(g),
            "data-inf": self.data_inf(g, of),
            "wood-fisher": torch.linalg.solve(of.T @ of / len(of) + 0.3 * eye, g),
        }
        influences = {name: (-of @ x).tolist() for name, x in found.items()}
        of_last = hessian[last, last] + 0.2 * eye[:12, :12]
        influences["last-layer"] = (-of[:, last] @ torch.linalg.solve(of_last, g[last])).tolist()
        return {"x": self.x.flatten().tolist(), "y": self.y.tolist(), "parameters": self.theta.tolist(),
                "statistics": torch.cat([self.mean, self.var]).tolist(), "damping": damping, "largest": values[-1].item(),
                "products": (of @ self.theta).tolist()} | influences


def main():
    out = pathlib.Path(__file__).parent.parent / "resources" / "golden" / "influence.json"
    out.write_text(json.dumps({"torch": torch.__version__, "logistic": Logistic().golden(),
                               "convolutions": Convolutions().golden()}))
    print("wrote", out)


if __name__ == "__main__":
    main()
