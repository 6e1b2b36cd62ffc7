"""Runs the study of all strategies on Fashion-MNIST and writes its tables into docs/results.md.

    python benchmarks/results.py --data-dir DIR [--seeds 1,2,3] [--strategies a,b] [--reports DIR]

DIR holds the four IDX files. An interrupted study goes on where it was: the reports of what is done are kept in --reports.
"""

import argparse
import json
import math
import pathlib
import statistics
import subprocess

import run

RESULTS = run.ROOT / "docs" / "results.md"
STUDENT_T = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262,
    11: 2.228, 12: 2.201, 13: 2.179, 14: 2.160, 15: 2.145, 16: 2.131, 17: 2.120, 18: 2.110, 19: 2.101, 20: 2.093}  # 97.5 % quantile for so many seeds
REQUESTS = {"random-rows": "A tenth of the rows, by chance", "whole-class": "One whole class, another in every seed"}
COLUMNS = {
    "RA": ("retain-accuracy", 3),
    "FA": ("forget-accuracy", 3),
    "TA": ("test-accuracy", 3),
    "AUC loss": ("loss", 3),
    "AUC conf.": ("confidence", 3),
    "gap to retrain": ("gap-to-retrain", 3),
    "AIN": ("anamnesis-index", 1),
    "time, s": ("wall-seconds", 0),
    "rows / retraining": ("rows-ratio", 2),
}


def value(network, name):
    """A number, and the sign of a bound if it is one; None where there is none."""
    if name in ("loss", "confidence"):
        return next(a["auc"]["estimate"] for a in network["attacks"] if a["attack"] == name), ""
    m = network["metrics"].get(name, {"kind": "unavailable"})
    if m["kind"] == "unavailable":
        return None
    if m["kind"] == "censored":
        return m["bound"], "≥ " if m["atLeast"] else "≤ "
    return m["number"] if m["kind"] == "single" else m["interval"]["estimate"], ""


def cell(networks, name, digits):
    if name == "wall-seconds":
        networks = networks[:1]
    found = [v for v in (value(n, name) for n in networks) if v]
    if not found:
        return "–"
    numbers = [v for v, _ in found]
    bound = next((b for _, b in found if b), "")
    text = f"{bound}{statistics.mean(numbers):.{digits}f}"
    if len(numbers) > 1 and not bound:
        half = STUDENT_T[len(numbers)] * statistics.stdev(numbers) / math.sqrt(len(numbers))
        text += f" ± {half:.{digits}f}"
    return text if len(found) == len(networks) else f"{text} ({len(found)} of {len(networks)})"


def verdicts(networks):
    found = [n["verdict"]["outcome"] for n in networks if n.get("verdict")]
    return ", ".join(f"{found.count(o)} {o}" for o in ("PASS", "INCONCLUSIVE", "FAIL") if o in found) or "reference"


def table(request, seeds, folder):
    reports = [json.loads((folder / f"{request}-{s}.json").read_text()) for s in seeds]
    failures = [json.loads((folder / f"{request}-{s}-failures.txt").read_text()) for s in seeds]
    names = list(dict.fromkeys(n["name"] for kind in ("control", "reference", "candidate") for r in reports for n in of_kind(r, kind)))
    lines = ["| network | " + " | ".join(COLUMNS) + " | verdicts |", "|" + "---|" * (len(COLUMNS) + 2)]
    for name in names:
        networks = [n for r in reports for n in r["networks"] if n["name"] == name]
        cells = [cell(networks, metric, digits) for metric, digits in COLUMNS.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {verdicts(networks)} |")
    stopped = [f"Seed {s}: `{name}` stopped: {why}" for s, failed in zip(seeds, failures) for name, why in failed.items()]
    return lines + ([""] + stopped if stopped else [])


def of_kind(report, kind):
    roles = {"CANDIDATE": "candidate", "REFERENCE": "reference"}
    return [n for n in report["networks"] if roles.get(n["role"], "control") == kind]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data-dir", required=True, type=pathlib.Path)
    p.add_argument("--seeds", default="1,2,3")
    p.add_argument("--strategies", help="all when not given")
    p.add_argument("--reports", type=pathlib.Path, default=run.ROOT / "benchmarks" / "target" / "reports")
    args = p.parse_args()
    study = run.java(run.class_path(), "Study", "--data-dir", str(args.data_dir.resolve()), "--out", str(args.reports.resolve()))
    choice = ["--strategies", args.strategies] if args.strategies else []
    subprocess.run([*study, "--seeds", args.seeds, *choice], cwd=run.ROOT, check=True)
    seeds = [int(s) for s in args.seeds.split(",")]
    text = [
        f"`python benchmarks/results.py --data-dir DIR {' '.join(['--seeds', args.seeds, *choice])}`; {run.java_side()}.",
        f"Means of {len(seeds)} seeds, ± half the 95 % interval over seeds (Student); times are of seed {seeds[0]} alone, during",
        "which nothing else ran.",
    ]
    for request, title in REQUESTS.items():
        text += ["", f"### {title}", "", *table(request, seeds, args.reports)]
    run.write("results", "\n".join(text), RESULTS)


if __name__ == "__main__":
    main()
