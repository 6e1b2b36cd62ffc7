"""Runs the study of task arithmetic and writes its tables into docs/results.md.

    python benchmarks/task_arithmetic.py --data-dir DIR [--results FILE] [--write-only] [options of TaskArithmeticStudy]

DIR holds the original files of Fashion-MNIST. The experts are kept in benchmarks/target and are not trained again.
"""

import argparse
import collections
import json
import pathlib
import statistics
import subprocess

import run
from results import RESULTS
from selection import interval

TARGET = run.ROOT / "benchmarks" / "target" / "task-arithmetic"


def methods(results):
    text = [
        "| method | RA | FA | unseen rows, other classes | unseen rows of the class | rows forward and backward |",
        "|---|---|---|---|---|---|",
    ]
    by_method = collections.OrderedDict()
    for r in results:
        by_method.setdefault(r["method"], []).append(r)
    for name, of in by_method.items():
        numbers = " | ".join(interval([r[k] for r in of]) for k in ("retain", "forget", "unseenKept", "unseenForgotten"))
        text.append(f"| {name} | {numbers} | {statistics.median(r['rowsForwardBackward'] for r in of):,.0f} |")
    return text


def grid(points):
    scales = sorted({p["scale"] for p in points}, reverse=True)
    dropped = sorted({p["dropped"] for p in points})
    text = ["| α | " + " | ".join(f"ρ {d:g}" for d in dropped) + " |", "|" + "---|" * (len(dropped) + 1)]
    for s in scales:
        cells = []
        for d in dropped:
            at = [p for p in points if p["scale"] == s and p["dropped"] == d]
            cells.append(f"{statistics.mean(p['validation'] for p in at):.3f} / {statistics.mean(p['forget'] for p in at):.3f}")
        text.append(f"| {s:g} | " + " | ".join(cells) + " |")
    return text


def classes(results):
    text = ["| class | RA | FA | unseen, others | unseen, the class | chosen |", "|---|---|---|---|---|---|"]
    for r in results:
        if r["method"] == "task-arithmetic":
            numbers = " | ".join(f"{r[k]:.3f}" for k in ("retain", "forget", "unseenKept", "unseenForgotten"))
            text.append(f"| {r['forgottenClass']} | {numbers} | {r['reason']} |")
    return text


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data-dir", required=True)
    p.add_argument("--results", type=pathlib.Path, default=TARGET / "results.json")
    p.add_argument("--write-only", action="store_true", help="from what is there")
    p.add_argument("--machine", default=run.java_side(), help="where it ran, when written elsewhere")
    args, options = p.parse_known_args()
    results = args.results.resolve()
    if not args.write_only:
        own = ["--data-dir", args.data_dir, "--out", str(results), "--experts", str(results.parent / "experts")]
        subprocess.run(run.java(run.class_path(), "TaskArithmeticStudy", *own, *options), check=True)
    found = json.loads(results.read_text())
    kept = [q for q in found["points"] if not q["reestimated"]]
    anew = [q for q in found["points"] if q["reestimated"]]
    same = all(a == dict(b, reestimated=False) for a, b in zip(kept, anew))
    number = len({r["forgottenClass"] for r in found["results"]})
    text = [
        f"## Task arithmetic, {found['network']}",
        "",
        f"`python benchmarks/task_arithmetic.py --data-dir DIR {' '.join(options)}`; {found['network']}, Fashion-MNIST, seed {found['seed']}; {args.machine}.",
        f"An expert for each of {number} classes, that class forgotten alone; α and ρ chosen on validation rows by RA − 1.5 FA among points",
        "that lose at most 0.05 of the validation accuracy. Means over classes ± half the 95 % interval over classes (Student).",
        "",
        *methods(found["results"]),
        "",
        "The grid: accuracy on validation rows of the other classes / on the forget rows, means over classes"
        + (", running statistics kept." if not same else "; the network has no running statistics to estimate anew."),
        "",
        *grid(kept),
        *([] if same else ["", "The same with running statistics estimated anew on retain rows.", "", *grid(anew)]),
        "",
        "Class by class, what was chosen:",
        "",
        *classes(found["results"]),
    ]
    run.write(f"task-arithmetic-{found['network']}", "\n".join(text), RESULTS)


if __name__ == "__main__":
    main()
