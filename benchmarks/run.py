"""Runs a benchmark in turns with plain PyTorch and writes its table into docs/performance.md.

    python benchmarks/run.py training-step|strategies|gradient-norms|memory|influence|selection|full-report|lira|peak [--rounds N]
    python benchmarks/run.py precision --data-dir DIR    (the IDX files of Fashion-MNIST)
    python benchmarks/run.py knn-shapley [--rounds N] [--pydvl-python PYTHON]    (one with pyDVL 0.10.0, which asks for numpy below 2)

needs a Python with the official torch wheel (pip install torch==2.13.0 numpy; for selection, instead,
apricot-select==0.6.1 scikit-learn) and an otherwise idle machine. Sides take
turns of some seconds within one round; medians over rounds and their ratio are reported with the middle half of the ratios of
rounds.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
PERFORMANCE = ROOT / "docs" / "performance.md"
MALLOC = {  # what the library asks glibc for, as environment variables
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1),
    "MALLOC_TOP_PAD_": str(64 << 20),
    "MALLOC_ARENA_MAX": "1",
}


def class_path():
    target = ROOT / "benchmarks" / "target"
    build = [str(ROOT / "mvnw"), "-q", "-B", "-pl", "benchmarks", "-am", "process-classes"]
    subprocess.run(build, cwd=ROOT, check=True)
    return f"{target / 'classes'}:{(target / 'class-path.txt').read_text().strip()}"


def java(cp, main, *args):
    return ["java", "-Xmx4g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", cp, f"org.erasus.benchmarks.{main}", *args]


class Side:
    """A process that takes N steps when told to."""

    def __init__(self, command, env=None):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **(env or {})}, cwd=ROOT
        )

    def ask(self, n):
        self.process.stdin.write(f"{n}\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit("a side died: " + " ".join(self.process.args))
        return line

    def steps(self, n):
        return float(self.ask(n))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def java_side():
    cpu = next((l.split(":")[1].strip() for l in open("/proc/cpuinfo") if l.startswith("model name")), "?")
    java_version = subprocess.run(["java", "-version"], capture_output=True, text=True).stderr.splitlines()[0]
    return (
        f"{os.cpu_count()} cores of {cpu}, {platform.system()} {platform.machine()}; Java side: {java_version}, DJL 0.35.1,"
        f" libtorch 2.7.1; {datetime.date.today()}"
    )


def machine():
    torch = subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    return f"{java_side()}; Python side: Python {platform.python_version()}, torch {torch.stdout.strip()}"


def write(section, text, file=PERFORMANCE):
    page = file.read_text() if file.exists() else f"# {file.stem.title()}\n"
    block = f"<!-- {section} -->\n{text.strip()}\n<!-- /{section} -->"
    pattern = re.compile(f"<!-- {section} -->.*?<!-- /{section} -->", re.S)
    page = pattern.sub(lambda _: block, page) if pattern.search(page) else page.rstrip() + "\n\n" + block + "\n"
    file.write_text(page)
    print(text)


def training_step(cp, rounds):
    cases = [
        # name, network, shape, batch, steps a turn, java options, [(what, python options, env, goal)]; small networks take
        # shorter turns and ten times as many rounds, since a turn of theirs is over before the machine is in another mood
        ("ResNet-18, 32×32, batch 128, fp32", "resnet18", "3,32,32", 128, 3, ["--layout", "channels_last"],
         [("default", [], {}, 1.4), ("same allocator and layout", ["--channels-last"], MALLOC, 0.97)]),
        ("ResNet-18, 32×32, batch 128, bf16", "resnet18", "3,32,32", 128, 3, ["--layout", "channels_last", "--precision", "bf16"],
         [("default (fp32)", [], {}, 2.4), ("autocast bf16, same allocator and layout", ["--channels-last", "--bf16"], MALLOC, None)]),
        ("MLP 784-256-10, batch 32, one thread", "mlp", "1,28,28", 32, 400, ["--threads", "1"],
         [("default", [], {}, 1.15), ("one thread", ["--threads", "1"], {}, None)]),
        ("MLP 784-256-10, batch 32, two threads", "mlp", "1,28,28", 32, 400, [], [("default", [], {}, None)]),
        ("small CNN, 28×28, batch 32", "small-cnn", "1,28,28", 32, 100, ["--layout", "channels_last"], [("default", [], {}, 1.0)]),
    ]
    rows = []
    for name, network, shape, batch, steps, options, others in cases:
        common = ["--network", network, "--shape", shape, "--batch", str(batch)]
        ours = Side(java(cp, "TrainingStep", *common, *options))
        theirs = [Side([sys.executable, str(ROOT / "benchmarks/torch_step.py"), *common, *o], env) for _, o, env, _ in others]
        for side in [ours, *theirs]:
            side.steps(2 * steps if batch > 32 else 50 * steps)  # the JVM compiles its hot code first
        times = []
        for _ in range(rounds if batch > 32 else 10 * rounds):
            times.append([side.steps(steps) for side in [ours, *theirs]])
        for side in [ours, *theirs]:
            side.close()
        mine = statistics.median(t[0] for t in times)
        for i, (what, _, _, goal) in enumerate(others):
            other = statistics.median(t[i + 1] for t in times)
            ratios = sorted(t[i + 1] / t[0] for t in times)
            rows.append((name, what, mine, other, statistics.median(ratios), ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4], goal))
            print(rows[-1], flush=True)
    text = [
        "## Training step",
        "",
        f"`python benchmarks/run.py training-step --rounds {rounds}`; forward, backward and SGD with momentum and decay.",
        f"Sides in turns, medians of {rounds} rounds (batch 32: {10 * rounds} shorter ones); ratio = their time / ours in a round, the median of all rounds, middle half in brackets.",
        f"{machine()}.",
        "",
        "| case | PyTorch | ours, ms | theirs, ms | ratio | goal |",
        "|---|---|---|---|---|---|",
    ]
    for name, what, mine, other, ratio, low, high, goal in rows:
        text.append(f"| {name} | {what} | {mine:.3g} | {other:.3g} | **{ratio:.2f}** ({low:.2f}–{high:.2f}) | {goal or '–'} |")
    write("training-step", "\n".join(text))


def strategies(cp, rounds, only):
    cases = [  # name, goal, other than the usual rows
        *((name, 1.0, []) for name in (
            "fine-tune", "negative-gradient", "gradient-ascent", "random-label", "salun", "l1-sparse", "cf-k", "eu-k", "npo", "simnpo",
            "wga", "undial", "alt-po", "boundary-shrink", "boundary-expand", "mu-mis", "uam", "task-arithmetic", "ssd",
        )),
        ("fisher-forgetting", 1.0, ["--retain", "64"]), ("scrub", 1.3, []), ("bad-teacher", 1.3, []), ("distillation", 1.3, []),
    ]
    known = {name: line for line, name in re.findall(r"^(\| `([a-z0-9-]+)` \|.*\| 1\.[03] \|)$", PERFORMANCE.read_text(), re.M)}
    text = [
        "## Strategies",
        "",
        f"`python benchmarks/run.py strategies --rounds {rounds}`; ResNet-18, 128 rows of 3×32×32 to forget and 512 to retain, three epochs of",
        "batches of 128, whole runs from the trained network to the one that has forgotten, ours with activations laid out by channels,",
        f"in turns with the same method written in plain PyTorch, default settings (`ssd`: a backward pass a row; `fisher-forgetting`: one a row and class, of 64 rows to retain); medians of {rounds} rounds, the least and the largest ratio in brackets. {machine()}.",
        "",
        "| strategy | ours, s | theirs, s | ratio | goal |",
        "|---|---|---|---|---|",
    ]
    for name, goal, rows in cases:
        if only and name not in only:
            text += [known[name]] if name in known else []
            continue
        ours = Side(java(cp, "StrategyTime", "--strategy", name, *rows))
        theirs = Side([sys.executable, str(ROOT / "benchmarks/torch_strategies.py"), "--strategy", name, *rows])
        times = [[side.steps(1) for side in (ours, theirs)] for _ in range(rounds + 1)][1:]  # the first warms up
        ours.close()
        theirs.close()
        ratios = [t / o for o, t in times]
        mine, other = (statistics.median(side) / 1000 for side in zip(*times))
        text.append(f"| `{name}` | {mine:.3g} | {other:.3g} | **{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f}) | {goal} |")
        print(text[-1], flush=True)
    write("strategies", "\n".join(text))


def lines(command):
    out = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    found = [json.loads(l) for l in out.stdout.splitlines() if l.startswith("{")]
    if out.returncode or not found:
        sys.exit(out.stdout + out.stderr)
    return found


def gradient_norms(cp, rounds):
    found = []
    for _ in range(rounds):  # in turns
        theirs = Side([sys.executable, str(ROOT / "benchmarks/torch_gradient_norms.py")])
        theirs.steps(20)
        torch_ms = theirs.steps(200)
        theirs.close()
        found += [{**f, "torch_ms": torch_ms} for f in lines(java(cp, "GradientNorms", "--rounds", "1"))]
    median = lambda key: statistics.median(f[key] for f in found)
    ratio = lambda key: statistics.median(f[key] / f["fast_ms"] for f in found)
    text = [
        "## Per-row gradient norms",
        "",
        f"`python benchmarks/run.py gradient-norms --rounds {rounds}`; ResNet-18, 2,000 rows of 3×32×32, all 11.2 M parameters, in turns",
        "with a backward pass a row (200 rows) in PyTorch with default settings, and in our engine, with which the values are compared.",
        f"Medians of {rounds} rounds. {machine()}.",
        "",
        "| layer by layer, ms a row | of which to the outputs of the layers | PyTorch, ms a row | ratio | goal | a backward a row, ours, ms | ratio | largest relative difference | goal |",
        "|---|---|---|---|---|---|---|---|---|",
        f"| {median('fast_ms'):.2f} | {median('outputs_ms'):.2f} | {median('torch_ms'):.2f} | **{ratio('torch_ms'):.1f}** | 5 | {median('loop_ms'):.2f} |"
        f" {ratio('loop_ms'):.1f} | {max(f['worst_relative_difference'] for f in found):.1e} | 1e-3 |",
    ]
    write("gradient-norms", "\n".join(text))


def peak(rounds):
    """What the arithmetic of ResNet-18 alone takes at the rate of a plain matrix product, which no exact convolution beats by much."""
    code = (
        "import sys,time,torch\n"
        "torch.set_num_threads(2)\n"
        "for dtype in (torch.float32, torch.bfloat16):\n"
        "    a, b = (torch.rand(4096, 4096).to(dtype) for _ in 'ab')\n"
        "    times = []\n"
        "    for _ in range(int(sys.argv[1]) + 2):\n"
        "        start = time.perf_counter(); a @ b; times.append(time.perf_counter() - start)\n"
        "    print(4096**3 / sorted(times[2:])[(len(times) - 2) // 2] / 1e9)\n"
    )
    rates = [float(v) for v in subprocess.run([sys.executable, "-c", code, str(rounds)], capture_output=True, text=True, check=True).stdout.split()]
    convolutions = [(3, 64, 32)] + [(64, 64, 32)] * 4
    for width, size in ((128, 16), (256, 8), (512, 4)):  # the first of a stage halves the picture; 1×1 beside it
        convolutions += [(width // 2, width, size)] + [(width, width, size)] * 3
    forward = sum(9 * i * o * n * n for i, o, n in convolutions) + sum(w // 2 * w * n * n for w, n in ((128, 16), (256, 8), (512, 4)))
    step = 128 * (3 * forward - 9 * 3 * 64 * 32 * 32) / 1e9  # forward, to the inputs but the first, to the weights
    text = [
        "## What the machine allows",
        "",
        f"`python benchmarks/run.py peak --rounds {rounds}`; products of 4096×4096 matrices, and what the {step:.0f} billion multiplications of one",
        f"step of ResNet-18 (128 rows) take at that rate. A step that is to be much faster than this needs less arithmetic, not less overhead. {machine()}.",
        "",
        "| precision | billion multiplications a second | a step at that rate, ms |",
        "|---|---|---|",
        *[f"| {name} | {rate:.0f} | {step / rate * 1000:.0f} |" for name, rate in zip(("fp32", "bf16"), rates)],
    ]
    write("peak", "\n".join(text))


def memory(cp, rounds):
    heap = ["-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"]  # Java's heap is there from the start
    native, whole = (
        lines(["java", *heap, *options, *java(cp, "Memory")[2:]]) for options in (["-XX:TieredStopAtLevel=1"], [])
    )
    share = lambda found, f: f"{f['resident_mib']:.0f} | {f['resident_mib'] / found[0]['resident_mib']:.3f}"
    text = [
        "## Memory along a run",
        "",
        f"`python benchmarks/run.py memory`; small CNN, batches of 64; a Java heap of 256 MiB, touched at the start. Java's second compiler",
        "takes some memory once, when it compiles the loop, and keeps it: the first columns are without it",
        f"(`-XX:TieredStopAtLevel=1`), so what grows there is native, the others with it, as programs run. {java_side()}.",
        "",
        "| steps | resident MiB | of that at 200 (goal 1.03) | open native arrays | with the second compiler, MiB | of that at 200 |",
        "|---|---|---|---|---|---|",
    ]
    for f, w in zip(native, whole):
        text.append(f"| {f['steps']} | {share(native, f)} | {f['open_arrays']} | {share(whole, w)} |")
    write("memory", "\n".join(text))


def influence(cp, rounds):
    found = lines(java(cp, "Influences", "--solver", "ek-fac"))[0]
    whole = found["rows"] * found["parameters"] * 4 / 2**30
    product = 1000 * found["stages"]["products with gradients"] / found["rows"]
    text = [
        "## Influence",
        "",
        f"`python benchmarks/run.py influence`; `influence` of {found['rows']:,} rows of 3×32×32 over all {found['parameters'] / 1e6:.2f} M parameters of a ResNet-9 on",
        f"the loss of 200 of them, by EK-FAC with drawn classes of {found['hessian_rows']:,} rows; one run. {java_side()}.",
        "",
        "| stage | s |",
        "|---|---|",
        *[f"| {stage} | {seconds:.0f} |" for stage, seconds in found["stages"].items()],
        f"| whole | {found['seconds']:.0f} |",
        "",
        f"A row's product takes {product:.1f} ms. The process held {found['resident_before_mib']:.0f} MiB before and {found['peak_mib']:.0f} MiB at most; the gradients of",
        f"all rows would be {whole:.0f} GiB.",
    ]
    write("influence", "\n".join(text))


def full_report(cp):
    found = {f["what"]: f for f in lines(java(cp, "FullReport", "--threads", str(os.cpu_count())))}
    report, attacks = found["report"], found["attacks"]
    stages = lambda f: [f"| {stage} | {seconds:.1f} |" for stage, seconds in f["stages"].items()]
    rest = report["seconds"] - report["stages"]["relearning"]
    text = [
        "## A full report",
        "",
        f"`python benchmarks/run.py full-report`; protocol `random-rows` on {report['rows']:,} rows of 1×28×28 to train on, {report['forget']:,} of them to forget, and",
        f"{report['unseen']:,} unseen ones: {report['networks']} small CNNs (original, reference, candidate and two controls), all metrics and attacks, relearning,",
        f"the layouts, and the report as JSON, Markdown and HTML. The networks are there. One run. {java_side()}.",
        "",
        "| stage | s |",
        "|---|---|",
        *stages(report),
        f"| whole without relearning | {rest:.0f} |",
        f"| whole (goal 120) | **{report['seconds']:.0f}** |",
        "",
        f"All attacks that need no reference networks and all tests of recovery (`UnlearningVerificationSuite`) on the same rows and {attacks['networks']} of the networks:",
        "",
        "| stage | s |",
        "|---|---|",
        *stages(attacks),
        f"| whole | **{attacks['seconds']:.0f}** |",
    ]
    write("full-report", "\n".join(text))


def lira(cp, rounds, rows=60_000):
    networks = 16
    found = lines(java(cp, "LiraTime", "--rows", str(rows), "--networks", str(networks), "--rounds", str(rounds)))
    seconds = {stage: [f["stages"][stage] for f in found] for stage in found[0]["stages"]}
    goals = {stage: "10" if stage.startswith("lira") else "–" for stage in seconds}
    text = [
        "## LiRA and RMIA",
        "",
        f"`python benchmarks/run.py lira --rounds {rounds}`; {rows:,} rows (five of six members) of 10 classes by {networks} reference networks whose outputs are there;",
        f"each attack with all its figures; {rounds} rounds, the first in a fresh JVM. {java_side()}.",
        "",
        "| stage | first, s | median, s | goal |",
        "|---|---|---|---|",
        *[f"| {stage} | {times[0]:.2f} | {statistics.median(times):.2f} | {goals[stage]} |" for stage, times in seconds.items()],
    ]
    write("lira", "\n".join(text))


def precision(cp, data_dir):
    found = lines(java(cp, "PrecisionAccuracy", "--data-dir", data_dir))
    differences = [f["bf16"] - f["fp32"] for f in found]
    text = [
        "## Accuracy after training in bf16",
        "",
        f"`python benchmarks/run.py precision --data-dir DIR`; ResNet-18, 3,000 rows of Fashion-MNIST, 5 epochs, 10,000 test rows. {java_side()}.",
        "",
        "| seed | fp32 | bf16 |",
        "|---|---|---|",
        *[f"| {f['seed']} | {f['fp32']:.4f} | {f['bf16']:.4f} |" for f in found],
        "",
        f"Mean difference {statistics.mean(differences):+.4f}; between seeds the accuracy in fp32 varies by"
        f" {statistics.stdev([f['fp32'] for f in found]):.4f} (standard deviation).",
    ]
    write("precision", "\n".join(text))


def features(rows, width=512):
    """Rows like those behind a ReLU, about a hundred centres, in a file for both sides."""
    import numpy

    random = numpy.random.default_rng(1)
    centres = random.normal(size=(100, width))
    x = numpy.maximum(centres[random.integers(100, size=rows)] + random.normal(size=(rows, width)), 0)
    file = tempfile.NamedTemporaryFile(suffix=".f32")
    x.astype("<f4").tofile(file.name)
    return file


def selection(cp, rounds):
    median = lambda found, what: statistics.median(f[what] for f in found)
    with features(20_000) as file:
        common = ["--features", file.name, "--wanted", "2000"]
        ours = Side(java(cp, "SelectionTime", "--selector", "facility-location", *common))
        theirs = Side([sys.executable, str(ROOT / "benchmarks/apricot_selection.py"), *common])
        all_pairs = [[json.loads(side.ask(1)) for side in (ours, theirs)] for _ in range(rounds + 1)][1:]  # the first warms up
        ours.close()
        theirs.close()
    with features(60_000) as file:
        alone = {}
        for name, wanted, more in (("facility-location", 600, ["--neighbours", "100"]), ("k-center", 600, [])):
            command = java(cp, "SelectionTime", "--selector", name, "--features", file.name, "--wanted", str(wanted), *more)
            command[1] = "-Xmx1g"
            side = Side(command)
            alone[name] = [json.loads(side.ask(1)) for _ in range(rounds)]
            side.close()
    ratios = [t["ms"] / o["ms"] for o, t in all_pairs]
    (o, t), (near, centre) = zip(*all_pairs), alone.values()
    apricot = subprocess.run([sys.executable, "-m", "pip", "show", "apricot-select"], capture_output=True, text=True).stdout.split()[3]
    text = [
        "## Choosing rows",
        "",
        f"`python benchmarks/run.py selection --rounds {rounds}`; rows of 512 features around a hundred centres. Medians of {rounds} rounds;",
        f"features read from the network included. {java_side()}; Python {platform.python_version()}, apricot-select {apricot}.",
        "",
        "Facility location, lazily, all pairs by cosine, 2,000 of 20,000 rows, in turns with apricot-select:",
        "",
        "| ours, s | apricot, s | ratio | goal | ours, sum of gains | apricot | ours, peak MiB | apricot |",
        "|---|---|---|---|---|---|---|---|",
        f"| {median(o, 'ms') / 1000:.1f} | {median(t, 'ms') / 1000:.1f} | **{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f}) | 1.0 |"
        f" {median(o, 'scores'):.2f} | {median(t, 'scores'):.2f} | {median(o, 'peak_mib'):.0f} | {median(t, 'peak_mib'):.0f} |",
        "",
        "Of 60,000 rows, 600, with a Java heap of 1 GiB:",
        "",
        "| selector | s | goal | peak MiB | goal |",
        "|---|---|---|---|---|",
        f"| `facility-location`, 100 neighbours | {median(near, 'ms') / 1000:.1f} | – | {near[-1]['peak_mib']:.0f} | 2,048 |",
        f"| `k-center` | {median(centre, 'ms') / 1000:.1f} | 60 | {centre[-1]['peak_mib']:.0f} | – |",
    ]
    write("selection", "\n".join(text))


def knn_shapley(cp, rounds, pydvl_python):
    import numpy as np

    rows, targets, width, k = 50_000, 1_000, 512, 5
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        centres = rng.normal(size=(10, width))
        for x, y, n in (("x", "y", rows), ("tx", "ty", targets)):
            labels = rng.integers(0, 10, n)
            (0.2 * centres[labels] + rng.normal(size=(n, width))).astype("<f4").tofile(folder / f"{x}.f32")
            labels.astype("<i4").tofile(folder / f"{y}.i32")
        common = ["--folder", str(folder), "--width", str(width), "--k", str(k), "--threads", str(os.cpu_count())]
        ours = Side(java(cp, "KnnShapleyTime", *common))
        theirs = Side([pydvl_python, str(ROOT / "benchmarks/pydvl_knn_shapley.py"), *common])
        ours.steps(1)  # the JVM compiles its hot code first
        times = [[side.steps(1) / 1000 for side in (ours, theirs)] for _ in range(rounds)]
        ours.close()
        theirs.close()
        mine, other = (np.fromfile(folder / f"{side}.f64", dtype="<f8") for side in ("ours", "theirs"))
    ratios = [t / o for o, t in times]
    text = [
        "## KNN-Shapley",
        "",
        f"`python benchmarks/run.py knn-shapley --rounds {rounds}`; {rows:,} rows valued by {targets:,} target rows of {width} features, K = {k}, in turns with",
        f"pyDVL 0.10.0 in {os.cpu_count()} processes, medians of {rounds} rounds, the least and the largest ratio in brackets. Ours is the whole",
        f"selection, with features out of a network. {java_side()}.",
        "",
        "| ours, s | goal | pyDVL, s | ratio | goal | values: largest difference | largest value |",
        "|---|---|---|---|---|---|---|",
        f"| {statistics.median(o for o, _ in times):.3g} | 60 | {statistics.median(t for _, t in times):.3g} | **{statistics.median(ratios):.2f}**"
        f" ({min(ratios):.2f}–{max(ratios):.2f}) | 1.0 | {np.abs(mine - other).max():.1e} | {np.abs(other).max():.1e} |",
    ]
    write("knn-shapley", "\n".join(text))


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    benchmarks = {
        "training-step": lambda: training_step(class_path(), args.rounds),
        "strategies": lambda: strategies(class_path(), args.rounds, args.only),
        "gradient-norms": lambda: gradient_norms(class_path(), args.rounds),
        "memory": lambda: memory(class_path(), args.rounds),
        "influence": lambda: influence(class_path(), args.rounds),
        "peak": lambda: peak(args.rounds),
        "precision": lambda: precision(class_path(), args.data_dir or p.error("precision needs --data-dir")),
        "selection": lambda: selection(class_path(), args.rounds),
        "full-report": lambda: full_report(class_path()),
        "lira": lambda: lira(class_path(), args.rounds),
        "knn-shapley": lambda: knn_shapley(class_path(), args.rounds, args.pydvl_python),
    }
    p.add_argument("benchmark", choices=benchmarks)
    p.add_argument("--rounds", type=int, default=9)
    p.add_argument("--data-dir")
    p.add_argument("--only", help="strategies to measure, the rows of others stay", type=lambda names: names.split(","))
    p.add_argument("--pydvl-python", default=sys.executable)
    args = p.parse_args()
    benchmarks[args.benchmark]()
