"""Times the same training steps in this engine and in PyTorch, side by side, and prints one markdown table.

Every measurement is a process of its own. A round runs, for each mode, this engine and then PyTorch in each of its
layouts, so that a machine that slows down for a while slows all of them. A process's time is the median of its steps,
a case's the median over rounds; of PyTorch's layouts the faster counts, and its memory is that layout's.
"""

import argparse
import datetime
import glob
import json
import math
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / ".build/release/engine-benchmark"
PYTORCH_STEP = Path(__file__).with_name("pytorch_step.py")
TCMALLOC = "/usr/lib/*/libtcmalloc_minimal.so.4"
MODES = ["dense", "pdp", "inference"]
TUNING_MODES = ["distillation", "distillation-stored"]
OURS = "ours"
MEBIBYTE = 1 << 20
# Cores that others may use during a measurement. One busy neighbour on two cores made a step of PyTorch's ResNet18 3.4
# times slower, more than its share of the machine: threads wait for one that lost its core.
QUIET = 0.1


class BenchmarkError(Exception):
    """Something to tell in one line: what is missing, or what failed."""


class Network(NamedTuple):
    batch: str
    layouts: list[str]
    runs_by_default: bool = True
    modes: list[str] = MODES


IMAGE_LAYOUTS = ["nchw", "channels-last"]
NETWORKS = {
    "resnet18-w16": Network("128 x 3x32x32", IMAGE_LAYOUTS),
    "mobilenet-v1-x0.25": Network("128 x 3x32x32", IMAGE_LAYOUTS),
    "mobilenet-v1-x1.0": Network("128 x 3x32x32", IMAGE_LAYOUTS),
    "minilm-l6": Network("32 x 64 tokens", ["nchw"]),
    "minilm-l6-tuning": Network("32 x 64 tokens", ["nchw"], modes=TUNING_MODES),
    "resnet50-224": Network("32 x 3x224x224", IMAGE_LAYOUTS, runs_by_default=False),
}


@dataclass(frozen=True)
class Measurement:
    """What one process reports."""

    milliseconds: float
    peak_bytes: int
    import_bytes: int = 0
    foreign_cores: float = 0
    """Cores that other processes, or other guests of the host, kept busy meanwhile, on average."""


@dataclass
class Series:
    """The measurements of one contender in one case, a round each."""

    rounds: list[Measurement] = field(default_factory=list)

    @property
    def milliseconds(self) -> float:
        return median(entry.milliseconds for entry in self.rounds)

    @property
    def peak_mebibytes(self) -> float:
        return median(entry.peak_bytes for entry in self.rounds) / MEBIBYTE

    @property
    def spread(self) -> str:
        times = [entry.milliseconds for entry in self.rounds]
        return f"{min(times):.1f}..{max(times):.1f}"


# The series of a network and mode, by contender: `OURS`, or a layout of PyTorch's.
Results = dict[tuple[str, str], dict[str, Series]]


def parse_measurement(output: str, network: str, mode: str, steps: int) -> Measurement:
    """The measurement in a process's standard output, which is one line of JSON."""
    try:
        (line,) = output.splitlines()
        fields = json.loads(line)
        times, losses = fields["milliseconds"], fields["losses"]
        found = (fields["network"], fields["mode"], len(times))
        measurement = Measurement(median(times), fields["peak_bytes"], fields.get("import_bytes", 0))
    except (ValueError, KeyError, TypeError) as error:
        raise BenchmarkError(f"not one line of JSON with the agreed keys ({error!r}): {output[:200]!r}") from None
    if found != (network, mode, steps):
        raise BenchmarkError(f"measured {found}, not {(network, mode, steps)}")
    if not all(math.isfinite(loss) for loss in losses):
        raise BenchmarkError(f"the loss is not finite: {losses}")
    return measurement


def busy_seconds() -> float:
    """Processor time that everything on this machine took since it started, time stolen by the host included."""
    user, nice, system, _idle, _wait, *interrupts_and_steal = Path("/proc/stat").read_text().split("\n")[0].split()[1:9]
    ticks = sum(map(int, [user, nice, system, *interrupts_and_steal]))
    return ticks / os.sysconf("SC_CLK_TCK")


class ForeignLoad:
    """Watches what runs beside this process and its children, from when it is made."""

    def __init__(self) -> None:
        self.start = self.now()

    @staticmethod
    def now() -> tuple[float, float]:
        """Seconds since an arbitrary point, and processor seconds of others."""
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        return times.elapsed, busy_seconds() - own

    def cores(self) -> float:
        (start, before), (end, after) = self.start, self.now()
        return max(0, (after - before) / max(end - start, 0.01))


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """The standard output of a process; a failure shows the end of its standard error."""
    process = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    if process.returncode != 0:
        last = " | ".join(process.stderr.strip().splitlines()[-3:]) or "nothing on standard error"
        raise BenchmarkError(f"exit status {process.returncode}: {last}")
    return process.stdout


@dataclass(frozen=True)
class Bench:
    """How the processes are started."""

    engine: Path
    python: str
    tcmalloc: str | None
    threads: int
    warmup: int
    steps: int

    def measure(self, network: str, mode: str, contender: str) -> Measurement:
        environment = {}
        if contender == OURS:
            command = [str(self.engine), "measure", network, mode]
        else:
            command = [self.python, "-B", str(PYTORCH_STEP), network, mode, "--layout", contender]
            environment = {"LD_PRELOAD": self.tcmalloc} if self.tcmalloc else {}
        command += ["--threads", str(self.threads), "--warmup", str(self.warmup), "--steps", str(self.steps)]
        load = ForeignLoad()
        try:
            measurement = parse_measurement(run(command, environment), network, mode, self.steps)
            return replace(measurement, foreign_cores=load.cores())
        except BenchmarkError as error:
            raise BenchmarkError(f"{network} {mode}, {contender}: {error}") from None


def measure_network(
    network: str, modes: list[str], rounds: int, measure: Callable[[str, str, str], Measurement]
) -> Results:
    """All rounds of a network, those of `modes` that it has and the contenders interleaved."""
    modes = [mode for mode in modes if mode in NETWORKS[network].modes]
    contenders = [OURS, *NETWORKS[network].layouts]
    results: Results = {(network, mode): {name: Series() for name in contenders} for mode in modes}
    for number in range(rounds):
        for mode in modes:
            for contender in contenders:
                measurement = measure(network, mode, contender)
                results[network, mode][contender].rounds.append(measurement)
                time, load = f"{measurement.milliseconds:.1f} ms", measurement.foreign_cores
                disturbed = f", DISTURBED: others used {load:.1f} cores" if load > QUIET else ""
                print(f"round {number + 1}/{rounds}: {network} {mode}, {contender}: {time}{disturbed}", file=sys.stderr)
    return results


def best_layout(series: dict[str, Series]) -> str:
    """PyTorch's faster layout."""
    return min((name for name in series if name != OURS), key=lambda name: series[name].milliseconds)


def overhead(results: Results, network: str, milliseconds: Callable[[dict[str, Series]], float]) -> str:
    """How much longer a step takes with PDP than dense, in percent."""
    dense, pdp = results.get((network, "dense")), results.get((network, "pdp"))
    if dense is None or pdp is None:
        return "-"
    return f"{100 * (milliseconds(pdp) / milliseconds(dense) - 1):+.1f} %"


def ours_milliseconds(series: dict[str, Series]) -> float:
    return series[OURS].milliseconds


def pytorch_milliseconds(series: dict[str, Series]) -> float:
    return series[best_layout(series)].milliseconds


def table(results: Results) -> str:
    """One row a network and mode; a ratio above 1 says that this engine is faster."""
    rows = [
        "| network | batch | mode | ours, ms | PyTorch, ms (layout) | ratio | our PDP overhead | "
        "ours, peak MiB | PyTorch, peak MiB |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for (network, mode), series in results.items():
        layout = best_layout(series)
        ours, pytorch = series[OURS], series[layout]
        label = f" ({layout})" if len(NETWORKS[network].layouts) > 1 else ""
        cells = [
            network,
            NETWORKS[network].batch,
            mode,
            f"{ours.milliseconds:.1f}",
            f"{pytorch.milliseconds:.1f}{label}",
            f"{pytorch.milliseconds / ours.milliseconds:.2f}",
            overhead(results, network, ours_milliseconds) if mode == "pdp" else "",
            f"{ours.peak_mebibytes:.0f}",
            f"{pytorch.peak_mebibytes:.0f}",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def notes(results: Results) -> str:
    """What the table leaves out: spreads, both layouts, PyTorch's PDP overhead, the memory of its import."""
    lines = ["Milliseconds, smallest and largest over the rounds:", ""]
    for (network, mode), series in results.items():
        spreads = ", ".join(f"{name} {entry.spread}" for name, entry in series.items())
        lines.append(f"- {network} {mode}: {spreads}")
    networks = [network for network, mode in results if mode == "pdp"]
    overheads = [f"{name} {overhead(results, name, pytorch_milliseconds)}" for name in networks]
    if overheads:
        lines += ["", f"PyTorch's own PDP overhead: {', '.join(overheads)}."]
    everything = [entry for series in results.values() for contender in series.values() for entry in contender.rounds]
    disturbed = sum(entry.foreign_cores > QUIET for entry in everything)
    if disturbed:
        worst = max(entry.foreign_cores for entry in everything)
        lines += [
            "",
            f"**Not a quiet machine:** in {disturbed} of {len(everything)} measurements other processes used more than "
            f"{QUIET} cores, at most {worst:.1f}. Measure again.",
        ]
    pytorch = [entry for series in results.values() for name, entry in series.items() if name != OURS]
    imports = median(entry.import_bytes for series in pytorch for entry in series.rounds) / MEBIBYTE
    lines += ["", f"Of PyTorch's peak memory, {imports:.0f} MiB are there once it is imported, before any network."]
    return "\n".join(lines)


def processor(information: str) -> str:
    """The processor's name in the text of `/proc/cpuinfo`."""
    names = [line.split(":", 1)[1].strip() for line in information.splitlines() if line.startswith("model name")]
    return names[0] if names else "unknown processor"


def conditions(bench: Bench, version: str) -> str:
    """One line: the machine, the versions, when, and the command."""
    try:
        commit = run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"]).strip()
    except (BenchmarkError, OSError):
        commit = "unknown"
    command = shlex.join(["python3", *sys.argv])
    return (
        f"{processor(Path('/proc/cpuinfo').read_text())}, {len(os.sched_getaffinity(0))} cores, "
        f"{bench.threads} threads, load {os.getloadavg()[0]:.1f} at the start; PyTorch {version} "
        f"{'with' if bench.tcmalloc else 'WITHOUT'} tcmalloc; {datetime.date.today()}; "
        f"commit {commit}; `{command}`"
    )


def pytorch_version(python: str) -> str:
    try:
        return run([python, "-c", "import torch; print(torch.__version__)"]).strip()
    except (BenchmarkError, OSError):
        raise BenchmarkError(
            f"{python} cannot import torch: run `make bench-pytorch`, or "
            "`pip install --requirement Benchmarks/requirements.txt` and give --python"
        ) from None


def names(valid: Iterable[str]) -> Callable[[str], list[str]]:
    """A parser of a comma-separated list of names among `valid`."""
    known = list(valid)

    def parse(text: str) -> list[str]:
        chosen = text.split(",")
        for name in chosen:
            if name not in known:
                raise argparse.ArgumentTypeError(f"no {name!r}; valid: {', '.join(known)}")
        return list(dict.fromkeys(chosen))

    return parse


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive integer")
    return int(text)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = [name for name, network in NETWORKS.items() if network.runs_by_default]
    every = MODES + TUNING_MODES
    listed = f"comma-separated, of {', '.join(NETWORKS)}; by default all but the slow resnet50-224"
    parser.add_argument("--networks", type=names(NETWORKS), default=default, help=listed)
    parser.add_argument("--modes", type=names(every), default=every, help=f"comma-separated, of {', '.join(every)}")
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--threads", type=positive, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--warmup", type=positive, default=3, help="steps of each process that are not timed")
    parser.add_argument("--steps", type=positive, default=10, help="timed steps of each process")
    parser.add_argument("--output", type=Path, help="write the report to this file too")
    parser.add_argument("--engine", type=Path, default=ENGINE, help="path of engine-benchmark")
    parser.add_argument("--python", default=sys.executable, help="a Python that has torch")
    return parser.parse_args(arguments)


def compare(options: argparse.Namespace) -> None:
    """Measures and reports. If a process fails, the networks before it are reported, then the error is raised."""
    if not os.access(options.engine, os.X_OK):
        raise BenchmarkError(
            f"{options.engine.name} is not built: run `swift build -c release --product engine-benchmark`"
        )
    version = pytorch_version(options.python)
    tcmalloc = next(iter(sorted(glob.glob(TCMALLOC))), None)
    if tcmalloc is None:
        print("compare: no tcmalloc (Debian: libtcmalloc-minimal4); PyTorch runs without it", file=sys.stderr)
    bench = Bench(options.engine, options.python, tcmalloc, options.threads, options.warmup, options.steps)
    heading = conditions(bench, version)
    results: Results = {}
    try:
        for network in options.networks:
            results |= measure_network(network, options.modes, options.rounds, bench.measure)
    finally:
        if results:
            report = f"{heading}\n\n{table(results)}\n\n{notes(results)}\n"
            print(report, end="")
            if options.output:
                options.output.write_text(report)


def main() -> int:
    try:
        compare(parse_arguments(sys.argv[1:]))
    except (BenchmarkError, OSError) as error:
        print(f"compare: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
