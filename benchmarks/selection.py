"""Runs the studies of selectors and writes their tables.

    python benchmarks/selection.py noisy-rows --data-dir DIR [options of NoisyRows]        into docs/results.md
    python benchmarks/selection.py study --data-dir DIR [options of SelectionStudy]        into docs/selection-study.md
    python benchmarks/selection.py noisy-rows|study --write-only [--lines FILE ...]

An interrupted study goes on where it was: every result is a line of --lines (one file when something is run), and checkpoints
are in --work. The page of the study is made of all lines of all files, so parts may be run by themselves.
"""

import argparse
import collections
import json
import math
import pathlib
import statistics
import subprocess

import run
from results import RESULTS, STUDENT_T

STUDY = run.ROOT / "docs" / "selection-study.md"
TARGET = run.ROOT / "benchmarks" / "target"
REQUESTS = {"RANDOM_ROWS": "a tenth of the rows, by chance", "WHOLE_CLASS": "one whole class, another in every seed"}


def interval(values, digits=3):
    """Mean and half the 95 % interval over seeds (Student)."""
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) > 1:
        text += f" ± {STUDENT_T[min(len(values), max(STUDENT_T))] * statistics.stdev(values) / math.sqrt(len(values)):.{digits}f}"
    return text


def differs(values):
    """Whether the Student interval of the mean leaves 0 out, and to which side."""
    if len(values) < 2:
        return 0
    mean = statistics.mean(values)
    half = STUDENT_T[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
    return 0 if abs(mean) <= half else math.copysign(1, mean)


def network(setting):
    n = setting["network"]
    dropout = f", dropout {n['dropout']}" if n["dropout"] else ""
    return f"{n['network']}{dropout}, {n['epochs']} epochs on {setting['rows']:,} rows of {setting['data']}"


def grouped(lines, key):
    groups = collections.OrderedDict()
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    return groups


# ---- noisy rows


def noisy_rows(lines):
    text = [
        "How often a mislabelled row comes before another when a selector ranks all rows: AUC, mean over seeds ± half the 95 %",
        "interval over seeds (Student), and of every seed with its DeLong interval over rows. `random` is the control, which may have",
        "more seeds. `tracin`, `trak`, `representer`, `valuation-network` and the Shapley and Banzhaf values tell what a row is worth to",
        "others: there it is how often the mislabelled row comes after. Selectors in their defaults, but for the budgets that `NoisyRows`",
        "states; those without scores by the order of their choice.",
    ]
    for _, group in grouped(lines, lambda l: json.dumps(l["setting"], sort_keys=True)).items():
        setting = group[0]["setting"]
        seeds = sorted({l["seed"] for l in group if l["selector"] != "random"} or {l["seed"] for l in group})
        text += [
            "",
            f"{network(setting)}, {100 * setting['noise']:g} % of them mislabelled, every wrong class as likely.",
            "",
            "| selector | AUC | " + " | ".join(f"seed {s}" for s in seeds) + " | selection, s |",
            "|" + "---|" * (len(seeds) + 3),
        ]
        rows, failures = [], []
        for name, of in grouped(group, lambda l: l["selector"]).items():
            found = {l["seed"]: l for l in of if "auc" in l}
            failures += [f"`{name}`, seed {l['seed']}: {l['failure']}" for l in of if "failure" in l]
            if found:
                values = [l["auc"] for l in found.values()]
                cells = [f"{found[s]['auc']:.3f} ({found[s]['low']:.3f}–{found[s]['high']:.3f})" if s in found else "–" for s in seeds]
                seconds = statistics.median(l["seconds"] for l in found.values())
                many = f" ({len(values)} seeds)" if len(values) > len(seeds) else ""
                rows.append((-statistics.mean(values), f"| `{name}` | {interval(values)}{many} | " + " | ".join(cells) + f" | {seconds:.1f} |"))
        text += [r for _, r in sorted(rows)]
        text += [""] + failures if failures else []
    return text


# ---- the study


def study(lines, machine):
    """The sections of the page by name: how to read it, and one for everything that was trained."""
    sections = {
        "how": [
            "Strategies work on a share of the forget rows, or of the retain rows, that a selector chose; all of the others are used.",
            "Numbers are gaps to a retrained network, the mean of four absolute differences (accuracy on forget, retain and unseen rows,",
            "AUC of the loss attack) on unseen rows, less is better: means over seeds ± half the 95 % interval over seeds (Student).",
            "**Bold**: better than `random` at the same share by a 95 % interval of the differences seed by seed; _slanted_: worse. With",
            "so many cells some are marked by chance, one in twenty where there is no difference. Cost: rows that went forward and",
            "backward and seconds of the strategy, medians over selectors and seeds; seconds of a selection, medians over seeds, made",
            "once for all shares where rows are only scored. All settings are defaults, none was chosen on these rows.",
            "",
            f"`python benchmarks/selection.py study --data-dir DIR`; {machine}.",
        ]
    }
    for _, group in grouped(lines, lambda l: json.dumps(l["cell"]["setting"], sort_keys=True)).items():
        name = network(group[0]["cell"]["setting"])
        text = [f"## {name}"]
        for request, of_request in sorted(grouped(group, lambda l: l["cell"]["request"]).items()):
            text += ["", f"### To forget: {REQUESTS[request]}", "", *controls(of_request)]
            for side in ("FORGET", "RETAIN"):
                of_side = [l for l in of_request if l["cell"]["side"] == side]
                for strategy in dict.fromkeys(l["cell"]["strategy"] for l in of_side):
                    full = [l for l in of_request if l["cell"]["selector"] == "full" and l["cell"]["strategy"] == strategy]
                    own = [l for l in of_side if l["cell"]["strategy"] == strategy]
                    text += ["", f"#### `{strategy}`, a share of the {side.lower()} rows", "", *table(own, full)]
        sections[name] = text
    return sections


def controls(lines):
    text = []
    for name, what in (("original", "The original network"), ("retrained-again", "A second retrained network")):
        gaps = [l["found"]["gap"]["estimate"] for l in lines if l["cell"]["strategy"] == name]
        if gaps:
            text.append(f"{what}: {interval(gaps)} ({len(gaps)} seed{'s' if len(gaps) > 1 else ''}).")
    return text


def by_seed(lines):
    return {l["cell"]["seed"]: l["found"]["gap"]["estimate"] for l in lines if "found" in l}


def table(lines, full):
    fractions = sorted({l["cell"]["fraction"] for l in lines})
    at = lambda f, of: [l for l in of if l["cell"]["fraction"] == f]
    head = [f"{100 * f:g} %" for f in fractions] + (["100 %"] if full else [])
    text = ["| selector | " + " | ".join(head) + " | selection, s |", "|" + "---|" * (len(head) + 2)]
    of_selector = grouped(lines, lambda l: l["cell"]["selector"])
    baseline = {f: by_seed(at(f, of_selector.get("random", []))) for f in fractions}
    all_rows = list(by_seed(full).values())
    failures = {}
    for name, own in of_selector.items():
        cells = []
        for f in fractions:
            found = by_seed(at(f, own))
            for l in at(f, own):
                if "failure" in l:
                    failures.setdefault(f"`{name}`: {l['failure']}", []).append(f"{100 * f:g} %")
            cell = interval(list(found.values())) if found else "–"
            pairs = [found[s] - baseline[f][s] for s in found if s in baseline[f]]
            mark = {0: "", -1: "**", 1: "_"}[differs(pairs) if name != "random" else 0]
            cells.append(f"{mark}{cell}{mark}")
        cells += [""] if full else []
        seconds = [l["selectionSeconds"] for l in own if "found" in l]
        text.append(f"| `{name}` | " + " | ".join(cells) + f" | {statistics.median(seconds):.2f} |" if seconds else f"| `{name}` | " + " | ".join(cells) + " | – |")
    if full:
        text.append("| `full` | " + " | ".join([""] * len(fractions) + [interval(all_rows) if all_rows else "–"]) + " | |")
    for what, key, digits in (("rows forward and backward", "rowsForwardBackward", 0), ("seconds of the strategy", "seconds", 1)):
        groups = [at(f, lines) for f in fractions] + ([full] if full else [])
        numbers = [[l[key] for l in g if "found" in l] for g in groups]
        text.append(f"| {what} | " + " | ".join(f"{statistics.median(n):,.{digits}f}" if n else "–" for n in numbers) + " | |")
    if failures:
        text += [""] + [f"- {why} (at {', '.join(dict.fromkeys(where))})" for why, where in failures.items()]
    return text


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("study", choices=["noisy-rows", "study"])
    p.add_argument("--lines", type=pathlib.Path, nargs="+", help="of results; in benchmarks/target when not given")
    p.add_argument("--work", type=pathlib.Path, default=TARGET / "selection-work")
    p.add_argument("--write-only", action="store_true")
    p.add_argument("--machine", default=run.java_side(), help="where it ran, when written elsewhere")
    args, options = p.parse_known_args()
    files = [f.resolve() for f in args.lines or [TARGET / f"{args.study}.jsonl"]]
    program = {"noisy-rows": "NoisyRows", "study": "SelectionStudy"}[args.study]
    if args.write_only and options:
        p.error(f"nothing is run with --write-only, but there are {options}")
    if not args.write_only:
        if len(files) > 1:
            p.error("results go into one file of --lines")
        command = run.java(run.class_path(), program, "--out", str(files[0]), "--work", str(args.work.resolve()), *options)
        subprocess.run(command, check=True)
    lines = [json.loads(l) for f in files for l in f.read_text().splitlines()]
    if args.study == "study":
        for section, text in study(lines, args.machine).items():
            run.write(section, "\n".join(text), STUDY)
    else:
        text = ["## Mislabelled rows", "", f"`python benchmarks/selection.py noisy-rows --data-dir DIR`; {args.machine}."]
        run.write("noisy-rows", "\n".join(text + noisy_rows(lines)), RESULTS)


if __name__ == "__main__":
    main()
