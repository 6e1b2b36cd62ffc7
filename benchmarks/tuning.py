"""Searches the settings of all strategies and writes what is found into docs/tuning.md.

    python benchmarks/tuning.py --data-dir DIR [--data fashion-mnist] [--strategies a,b] [--found DIR] [--write-only] [options of Tune]

DIR holds the original files. With --first 1 the defaults alone are looked at, and what they do is written in full. An interrupted search goes on where it was: what is done is kept in --found, and done again when options or candidates change.
"""

import argparse
import json
import pathlib
import subprocess

import run

TUNING = run.ROOT / "docs" / "tuning.md"


def differences(best, default):
    """The settings in which two trials differ, as «what was → is»."""
    found = []

    def walk(path, a, b):
        if isinstance(a, dict) and isinstance(b, dict):
            for k in sorted(set(a) | set(b)):
                walk(path + [k], a.get(k), b.get(k))
        elif a != b:
            name = ".".join(k for k in path if k not in ("training", "rate")) or "value"
            found.append(f"{name} {a} → {b}")

    walk([], default, best)
    return ", ".join(found) or "the defaults"


def gap(trial):
    gaps = [r.get("gap") for r in trial["runs"]]
    return None if None in gaps or not gaps else sum(gaps) / len(gaps)


def row(name, found):
    """Best and default, compared on the runs both have: the first of every request."""
    defaults, result = found["candidates"][0], found["result"]
    requests = len(result["references"])
    first = lambda trial: gap({"runs": trial["runs"][:requests]})
    show = lambda value: "diverged" if value is None else f"{value:.3f}"
    by_request = lambda trial: " / ".join(show(r.get("gap")) for r in trial["runs"][:requests])
    trials = result["trials"]
    best = trials[0]
    default = next(t for t in trials if t["strategy"] == defaults)
    return (
        f"| `{name}` | {len(trials)} | {show(first(default))} ({by_request(default)}) | {show(first(best))} ({by_request(best)}) |"
        f" {differences(best['strategy'], default['strategy'])} |"
    )


def behaviour(name, behaviours, gaps, seconds):
    """What the defaults do to every request."""
    numbers = ("forgetAccuracy", "retainAccuracy", "validationAccuracy", "lossAuc")
    show = lambda b: " | ".join(f"{b[n]:.3f}" for n in numbers) if b else "diverged | | |"
    return f"| {name} | " + " | ".join(f"{show(b)} | {g}" for b, g in zip(behaviours, gaps)) + f" | {seconds} |"


def searched(results):
    return [
        "Gap to retraining on validation rows, mean over both requests (random rows / whole class), of one run each.",
        "",
        "| strategy | candidates | gap of the defaults | gap of the best | the best differs in |",
        "|---|---|---|---|---|",
        *[row(name, found) for name, found in results.items()],
    ]


def looked_at(results):
    references = next(iter(results.values()))["result"]["references"]
    rows = []
    for name, found in results.items():
        runs = found["result"]["trials"][0]["runs"]
        gaps = [f"**{r['gap']:.3f}**" if "gap" in r else "–" for r in runs]
        rows.append(behaviour(f"`{name}`", [r.get("behaviour") for r in runs], gaps, f"{sum(r['seconds'] for r in runs):.0f}"))
    return [
        "Accuracy on forget (FA), retain (RA) and validation rows (VA) of the classes that remain, AUC of the loss attack, and the gap to",
        "retraining, the mean of the four differences; a tenth of the rows on the left, a whole class on the right; one run each.",
        "",
        "| strategy | FA | RA | VA | AUC | gap | FA | RA | VA | AUC | gap | s |",
        "|" + "---|" * 12,
        behaviour("retrained", references, ["–"] * len(references), "–"),
        *rows,
    ]


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", default="fashion-mnist")
    p.add_argument("--data-dir", required=True)
    p.add_argument("--found", type=pathlib.Path, default=run.ROOT / "benchmarks" / "target" / "tuning")
    p.add_argument("--write-only", action="store_true", help="from what is there")
    p.add_argument("--network", help="another than that of Tune: its rows stand apart")
    p.add_argument("--first", type=int, help="most candidates of a strategy; 1 for the defaults alone")
    p.add_argument("--machine", default=run.java_side(), help="where it ran, when written elsewhere")
    args, options = p.parse_known_args()
    options = [*(["--network", args.network] if args.network else []), *options, *(["--first", str(args.first)] if args.first else [])]
    section = ", ".join(filter(None, (args.data, args.network, args.first == 1 and "defaults")))
    folder = args.found / section.replace(", ", "-")
    if not args.write_only:
        command = run.java(run.class_path(), "Tune", "--data", args.data, "--data-dir", args.data_dir, "--out", str(folder), *options)
        subprocess.run(command, check=True, cwd=run.ROOT)
    results = {f.stem: json.loads(f.read_text()) for f in sorted(folder.glob("*.json"))}
    settings = {found["settings"] for found in results.values()}
    if len(settings) > 1:
        raise SystemExit(f"{folder} holds results of different settings: {sorted(settings)}")
    text = [
        f"## {section}",
        "",
        f"`python benchmarks/tuning.py --data {args.data} --data-dir DIR {' '.join(options)}`; {settings.pop()}; {args.machine}.",
        *(looked_at if args.first == 1 else searched)(results),
    ]
    run.write(section.replace(", ", "-"), "\n".join(text), TUNING)
