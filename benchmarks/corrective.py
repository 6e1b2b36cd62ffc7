"""Runs the study of corrective unlearning on Fashion-MNIST and writes its tables into docs/results.md.

    python benchmarks/corrective.py --data-dir DIR [--strategies a,b] [--seeds 1,2,3] [--reports DIR] [--write-only] [options of UndoManipulation]

DIR holds the four IDX files. An interrupted study goes on where it was: the reports of what is done are kept in --reports, and are
done again when options change.
"""

import argparse
import json
import pathlib
import subprocess

import run
from results import RESULTS, verdicts
from selection import interval

TITLES = {
    "poison-trigger": "A backdoor",
    "interclass-confusion": "Two classes confused",
    "random-label-swap": "Wrong labels",
}
MEASURES = {"corrected accuracy": "corrected-accuracy", "accuracy elsewhere": "accuracy-elsewhere", "backdoor opens": "backdoor-success"}


def study(cp, folder, data_dir, strategy, seed, options):
    """The report of one run."""
    out = folder / f"{strategy}-{seed}-{'-'.join(o.strip('-').replace(',', '-') for o in options)}"
    if not (out / "corrective.json").exists():
        own = ["--data", "fashion-mnist", "--data-dir", data_dir, "--strategy", strategy, "--seed", str(seed), "--out", str(out)]
        command = run.java(cp, "", *own, *options)
        command[command.index("org.erasus.benchmarks.")] = "org.erasus.examples.UndoManipulation"
        subprocess.run(command, check=True, cwd=run.ROOT, stdout=subprocess.DEVNULL)
    return json.loads((out / "corrective.json").read_text())


def row(name, cells):
    def mean(measure):
        found = [m["interval"] for m in (c["measures"][measure] for c in cells) if "interval" in m]
        if len(found) == 1:
            return "{estimate:.3f} ({low:.3f}–{high:.3f})".format(**found[0])
        return interval([f["estimate"] for f in found]) if found else "–"

    judged = verdicts([{"verdict": c} for c in cells if c.get("outcome")])
    return f"| {name} | " + " | ".join(mean(m) for m in MEASURES.values()) + f" | {judged} |"


def table(manipulation, reports):
    """Once the networks that all strategies share, then what each made of the original."""
    of = lambda strategy: [c for r in reports[strategy] for c in r["cells"] if c["manipulation"]["name"] == manipulation]
    first = of(next(iter(reports)))
    text = [
        f"### {TITLES[manipulation]}, {first[0]['spoilt']} rows spoilt",
        "",
        "| network | " + " | ".join(MEASURES) + " | verdicts |",
        "|" + "---|" * (len(MEASURES) + 2),
        *(row(name, [c for c in first if c["network"] == name]) for name in ("retrained", "original")),
    ]
    for strategy in reports:
        for share in sorted({c["share"] for c in of(strategy) if c.get("share")}):
            text.append(row(f"`{strategy}`, {share:.0%} found", [c for c in of(strategy) if c.get("share") == share]))
    return text


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data-dir", required=True)
    p.add_argument("--seeds", default="1,2,3")
    p.add_argument("--strategies", default="retrain,fine-tune,scrub,bad-teacher,ssd")
    p.add_argument("--reports", type=pathlib.Path, default=run.ROOT / "benchmarks" / "target" / "corrective")
    p.add_argument("--write-only", action="store_true", help="from what is there")
    p.add_argument("--machine", default=run.java_side(), help="where it ran, when written elsewhere")
    args, options = p.parse_known_args()
    cp = None if args.write_only else run.class_path()
    reports = {
        strategy: [study(cp, args.reports.resolve(), args.data_dir, strategy, int(seed), options) for seed in args.seeds.split(",")]
        for strategy in args.strategies.split(",")
    }
    seeds = len(args.seeds.split(","))
    choice = ["--strategies", args.strategies, "--seeds", args.seeds, *options]
    text = [
        "## Corrective unlearning",
        "",
        f"`python benchmarks/corrective.py --data-dir DIR {' '.join(choice)}`; small CNN, Fashion-MNIST; {args.machine}.",
        "Share of rows with its 95 % interval (Wilson). Corrected accuracy:" if seeds == 1
        else f"Means of {seeds} seeds ± half the 95 % interval over seeds (Student). Corrected accuracy:",
        "on unseen rows that bear the trigger, on those of the two classes, on the spoilt rows' right classes.",
    ]
    for manipulation in TITLES:
        text += ["", *table(manipulation, reports)]
    run.write("corrective", "\n".join(text), RESULTS)


if __name__ == "__main__":
    main()
