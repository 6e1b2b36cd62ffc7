"""Power of TOST by adaptive quadrature of the chi density; sizes by walking up from the smallest.

Run from erasus-eval: python src/test/golden/power.py
"""
import numpy as np
from scipy.integrate import quad
from scipy.stats import chi, nct, norm, t

from common import write


def equivalence(delta, se, df, margin, alpha):
    if np.isinf(df):
        z = norm.ppf(1 - alpha)
        return max(0.0, norm.cdf((margin - delta) / se - z) - norm.cdf(z - (margin + delta) / se))
    c = t.ppf(1 - alpha, df)
    end = margin / (c * se)

    def part(s):
        return (norm.cdf((margin - delta) / se - c * s) - norm.cdf(c * s - (margin + delta) / se)) * chi.pdf(s * np.sqrt(df), df) * np.sqrt(df)

    knots = [k for k in (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 9.0) if k < end] + [min(end, 12.0)]
    return sum(quad(part, lo, hi, epsabs=1e-14, epsrel=1e-13, limit=200)[0] for lo, hi in zip([0.0] + knots[:-1], knots))


def difference(delta, se, df, margin, alpha):
    excess = (abs(delta) - margin) / se
    if np.isinf(df):
        return norm.cdf(excess - norm.ppf(1 - alpha / 2))
    return nct.sf(t.ppf(1 - alpha / 2, df), df, excess)


def smallest(power, start=2):
    n = start
    while power(n) < 0.8:
        n += 1
    return n


powers = []
for delta, se, df, margin, alpha in [(0.0, 0.4, 4, 1.0, 0.05), (0.2, 0.3, 8.5, 1.0, 0.05), (-0.3, 0.2, 18, 1.0, 0.025), (0.0, 1.0, 2, 1.0, 0.1),
                                     (0.1, 0.1, float("inf"), 0.3, 0.05), (0.0, 0.9, 3, 1.0, 0.01), (0.02, 0.05, 198, 0.2, 0.05)]:
    far = margin + 3 * se
    powers.append({"delta": delta, "standardError": se, "df": "inf" if np.isinf(df) else df, "margin": margin, "alpha": alpha,
                   "equivalence": equivalence(delta, se, df, margin, alpha),
                   "far": far, "difference": difference(far, se, df, margin, alpha)})

seeds = []
for delta, sa, sb, margin in [(0.0, 1.0, 1.0, 1.0), (0.005, 0.01, 0.02, 0.02), (0.5, 1.0, 0.1, 1.0), (2.0, 1.0, 1.0, 1.0), (0.0, 0.001, 0.001, 0.1)]:
    va, vb = sa ** 2, sb ** 2
    rule = equivalence if abs(delta) < margin else difference
    n = smallest(lambda n: rule(delta, np.sqrt((va + vb) / n), (n - 1) * (va + vb) ** 2 / (va ** 2 + vb ** 2), margin, 0.05))
    seeds.append({"delta": delta, "deviationA": sa, "deviationB": sb, "margin": margin, "seeds": n})
write("power", {"powers": powers, "seeds": seeds})
