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

SIDES = {"FORGET": "forget rows", "RETAIN": "retain rows", "BOTH": "rows, forget and retain"}
KEEPS = 0.01
PLACE_HOLDERS = ("one-row", "fewer-epochs", "full", "–")


def study(lines, machine):
    """The sections of the page by name: how to read it, and two for everything that was trained."""
    sections = {
        "how": [
            "Strategies work on a share of the rows that a selector chose, of the forget rows, of the retain rows, or of both; of the",
            "side that is not named all rows are used. *Gap*: to a retrained network, the mean of four absolute differences (accuracy on",
            "forget, retain and unseen rows, AUC of the loss attack), less is better. *Passes*: rows that went forward and backward, and a",
            "third of those that only went forward, as a share of what the strategy takes with all rows; in brackets without those that",
            "only went forward, most of them over validation rows after each epoch. Selecting is not in it and stands beside it in",
            "seconds. Means over seeds, and differences seed by seed, ± half the 95 % interval (Student).",
            f"**Bold**: the quality is kept, the whole interval lies below +{KEEPS}. ↑ ↓: a larger or smaller gap than `random` at the same",
            "share, by the 95 % interval of the differences; of so many cells one in twenty is marked by chance.",
            "`full`, fewer epochs: all rows, for that share of the epochs. One row: the first, whatever it is.",
            "All settings are defaults, none was chosen on these rows.",
            "",
            f"{machine}.",
        ]
    }
    for _, group in grouped(lines, lambda l: json.dumps(l["cell"]["setting"], sort_keys=True)).items():
        name = network(group[0]["cell"]["setting"])
        sections[f"{name}: at a tenth"] = [f"## {name}", "", f"`{command(group)}`", "", *tenth(group)]
        text = []
        for request, of_request in requests(group):
            for side in SIDES:
                for strategy in strategies(of_request):
                    own = [l for l in of_request if l["cell"]["side"] == side and l["cell"]["strategy"] == strategy]
                    if own:
                        text += ["", f"#### {REQUESTS[request].capitalize()}: `{strategy}`, a share of the {SIDES[side]}", ""]
                        text += table(own, [l for l in of_request if l["cell"]["side"] == "NONE" and l["cell"]["strategy"] == strategy])
        sections[f"{name}: all"] = text
    sections["against random"] = [
        f"Cells of both data sets, both requests, three strategies and six shares, each over {len({l['cell']['seed'] for l in lines})} seeds; nearer and farther by the 95 %",
        "interval of the differences, of which chance alone gives one in forty each.",
        "",
        *against_random(lines),
    ]
    return sections


def against_random(lines):
    """How often each selector comes nearer to retraining than random rows, over all cells that all seeds have."""
    key = lambda l: tuple(json.dumps(l["cell"][k], sort_keys=True) for k in ("setting", "request", "side", "fraction", "strategy"))
    cells = grouped([l for l in lines if "found" in l], key)
    seeds = max(len(gaps(of(ls, "random"))) for ls in cells.values())
    found = {}
    for cell, ls in cells.items():
        random = gaps(of(ls, "random"))
        for selector in dict.fromkeys(l["cell"]["selector"] for l in ls):
            values = paired(gaps(of(ls, selector)), random)
            if selector not in ("random", *PLACE_HOLDERS) and len(values) == seeds:
                mean = statistics.mean(values)
                half = STUDENT_T[seeds] * statistics.stdev(values) / math.sqrt(seeds)
                side = json.loads(cell[2])
                found.setdefault((selector, side), []).append((mean, mean + half < 0, mean - half > 0))
    text = ["| selector | of | cells | nearer than `random` | farther | median difference of the gap |", "|---|---|---|---|---|---|"]
    for (selector, side), values in sorted(found.items()):
        means, nearer, farther = zip(*values)
        text.append(f"| `{selector}` | {SIDES[side]} | {len(values)} | {sum(nearer)} | {sum(farther)} | {statistics.median(means):+.4f} |")
    return text


def command(group):
    cells = [l["cell"] for l in group]
    setting = cells[0]["setting"]
    of = lambda key, skip=(): ",".join(str(v) for v in dict.fromkeys(c[key] for c in cells) if v not in skip)
    return (
        f"python benchmarks/selection.py study --data-dir DIR --data {setting['data']} --network {setting['network']['network']}"
        f" --rows {setting['rows']} --test-rows {setting['testRows']} --epochs {setting['network']['epochs']} --seeds {of('seed')}"
        f" --sides {of('side', ('NONE',))} --selectors {of('selector', PLACE_HOLDERS)}"
        f" --strategies {of('strategy', ('original', 'retrained-again'))}"
    )


def requests(group):
    return sorted(grouped(group, lambda l: l["cell"]["request"]).items())


def strategies(lines):
    return dict.fromkeys(l["cell"]["strategy"] for l in lines if l["cell"]["selector"] == "full")


def of(lines, selector, fraction=None):
    """By seed, what was found."""
    return {
        l["cell"]["seed"]: l
        for l in lines
        if "found" in l and l["cell"]["selector"] == selector and fraction in (None, l["cell"]["fraction"])
    }


def gaps(by_seed):
    return {seed: l["found"]["gap"]["estimate"] for seed, l in by_seed.items()}


def passes(line):
    return line["rowsForwardBackward"] + line["rowsForward"] / 3


def paired(a, b):
    """a − b seed by seed."""
    return [a[seed] - b[seed] for seed in a if seed in b]


def difference(a, b, seeds):
    """a − b with its interval, bold where the quality is kept, and of how many seeds where some are missing."""
    values = paired(a, b)
    if not values:
        return "–"
    mean = statistics.mean(values)
    text = f"{mean:+.3f}"
    if len(values) > 1:
        half = STUDENT_T[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
        text += f" ± {half:.3f}"
        text = f"**{text}**" if mean + half < KEEPS else text
    return text + (f" ({len(values)} of {seeds})" if len(values) < seeds else "")


def share(some, full):
    """Passes as a share of those with all rows, and the same without forward passes; medians over seeds."""
    both = [s for s in some if s in full]
    if not both:
        return "–"
    whole = statistics.median(passes(some[s]) / passes(full[s]) for s in both)
    backward = statistics.median(some[s]["rowsForwardBackward"] / full[s]["rowsForwardBackward"] for s in both)
    return f"{100 * whole:.0f} % ({100 * backward:.0f} %)"


def tenth(group):
    seeds = len({l["cell"]["seed"] for l in group})
    text = []
    for request, lines in requests(group):
        none = [l for l in lines if l["cell"]["side"] == "NONE"]
        controls = {name: gaps({l["cell"]["seed"]: l for l in none if l["cell"]["strategy"] == name}) for name in ("original", "retrained-again")}
        text += [
            f"### To forget: {REQUESTS[request]}",
            "",
            f"Gap of the original network {interval(list(controls['original'].values()))}, of a second retrained network"
            f" {interval(list(controls['retrained-again'].values()))}; {seeds} seeds.",
            "",
            "| strategy | gap with all rows | less than the original's | a tenth of | `random` | the best of the other selectors | passes | one row |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for strategy in strategies(lines):
            full = of([l for l in none if l["cell"]["strategy"] == strategy], "full")
            gained = difference(gaps(full), controls["original"], seeds).replace("**", "")
            head = f"| `{strategy}` | {interval(list(gaps(full).values()))} | {gained} "
            for side in SIDES:
                own = [l for l in lines if l["cell"]["side"] == side and l["cell"]["strategy"] == strategy]
                if own:
                    chosen = of(own, "random", 0.1)
                    others = [n for n in dict.fromkeys(l["cell"]["selector"] for l in own) if n not in PLACE_HOLDERS + ("random",)]
                    ranked = sorted((statistics.mean(paired(gaps(of(own, n, 0.1)), gaps(full))), n) for n in others if len(of(own, n, 0.1)) == len(chosen))
                    best = f"{difference(gaps(of(own, ranked[0][1], 0.1)), gaps(full), seeds)} `{ranked[0][1]}`" if ranked else "–"
                    text.append(
                        f"{head}| {SIDES[side]} | {difference(gaps(chosen), gaps(full), seeds)} | {best} | {share(chosen, full)}"
                        f" | {difference(gaps(of(own, 'one-row')), gaps(full), seeds)} |"
                    )
                    head = "| | | "
            fewer = [l for l in none if l["cell"]["strategy"] == strategy and l["cell"]["selector"] == "fewer-epochs"]
            if fewer:
                least = min(l["cell"]["fraction"] for l in fewer if l["cell"]["fraction"] >= 0.1)
                some = of(fewer, "fewer-epochs", least)
                text.append(
                    f"{head}| all rows, {100 * least:g} % of the epochs | {difference(gaps(some), gaps(full), seeds)} | | {share(some, full)} | |"
                )
        text.append("")
    return text


def table(lines, none):
    """Gaps less that with all rows, by selector and share."""
    full = of(none, "full")
    seeds = len(full)
    fractions = sorted({l["cell"]["fraction"] for l in lines} - {0.0})
    text = [
        "| gap − gap with all rows | one row | " + " | ".join(f"{100 * f:g} %" for f in fractions) + " | selection, s |",
        "|" + "---|" * (len(fractions) + 3),
    ]
    failures = {}
    for name in dict.fromkeys(l["cell"]["selector"] for l in lines if l["cell"]["selector"] not in PLACE_HOLDERS):
        own = [l for l in lines if l["cell"]["selector"] == name]
        cells = []
        for f in fractions:
            found = gaps(of(own, name, f))
            against = paired(found, gaps(of(lines, "random", f))) if name != "random" else []
            mark = {0: "", -1: " ↓", 1: " ↑"}[differs(against)]
            cells.append(difference(found, gaps(full), seeds) + mark)
            for l in own:
                if l["cell"]["fraction"] == f and "failure" in l:
                    failures.setdefault(f"`{name}`: {l['failure']}", []).append(f"{100 * f:g} %")
        seconds = [l["selectionSeconds"] for l in own if "found" in l]
        text.append(f"| `{name}` | | " + " | ".join(cells) + f" | {statistics.median(seconds):.2f} |" if seconds else f"| `{name}` | | " + " | ".join(cells) + " | – |")
    one = difference(gaps(of(lines, "one-row")), gaps(full), seeds)
    text.append(f"| one row | {one} | " + " | ".join([""] * len(fractions)) + " | |")
    text.append("| `full`, fewer epochs | | " + " | ".join(difference(gaps(of(none, "fewer-epochs", f)), gaps(full), seeds) for f in fractions) + " | |")
    costs = [share(of(lines, "random", f), full) for f in fractions]
    text.append(f"| passes | {share(of(lines, 'one-row'), full)} | " + " | ".join(costs) + " | |")
    costs = [share(of(none, "fewer-epochs", f), full) for f in fractions]
    text.append("| passes, `full` with fewer epochs | | " + " | ".join(costs) + " | |")
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
