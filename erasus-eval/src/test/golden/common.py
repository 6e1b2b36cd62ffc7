"""Shared by the golden scripts: rounded random data and a JSON file that names what made it."""
import json
import pathlib
import platform

import numpy
import scipy
import sklearn

OUT = pathlib.Path(__file__).resolve().parent.parent / "resources" / "golden"


def write(name, cases, **versions):
    made_by = {
        "script": f"src/test/golden/{name}.py",
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
        **versions,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"madeBy": made_by, "cases": cases}, indent=1, default=float)
    (OUT / f"{name}.json").write_text(text + "\n")


def scores(rng, count, shift, decimals):
    """Normal scores; few decimals make ties."""
    return [round(float(v), decimals) for v in rng.normal(shift, 1, count)]
