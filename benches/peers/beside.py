"""Ponderscope beside ONNX Runtime and PyTorch: the tables of BENCHMARKS.md.

Machines change pace from minute to minute, so `ponderscope bench` and `peers.py` take turns, and a figure is the median
over the rounds of the medians within them. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
SHARES = "0.9,0.7,0.5,0.3"

# What is timed: arguments of `ponderscope bench`, and those of `peers.py` that go with them.
SUITES: dict[str, list[tuple[list[str], list[str] | None]]] = {
    "resnet32": [
        (
            ["--network", "resnet32-vanilla", "--network", "resnet32-sact", "--batch", "1,8,100",
             "--flops-share", f"0.6,{SHARES}"],
            ["--network", "resnet32", "--batch", "1,8,100"],
        ),
    ],
    "resnet101": [
        (
            ["--network", "resnet101-vanilla", "--network", "resnet101-sact", "--batch", "1,8",
             "--flops-share", f"0.71,{SHARES}"],
            ["--network", "resnet101", "--batch", "1,8"],
        ),
    ],
    "large": [
        (
            ["--network", "resnet101-vanilla", "--network", "resnet101-sact", "--size", "640x480", "--batch", "1",
             "--flops-share", SHARES],
            None,
        ),
    ],
    "large8": [
        (
            ["--network", "resnet101-vanilla", "--network", "resnet101-sact", "--size", "640x480", "--batch", "8",
             "--flops-share", SHARES],
            None,
        ),
    ],
    "threads": [(["--network", "resnet101-vanilla", "--batch", "1,8", "--threads", "1,2"], None)],
}

Key = tuple[str, str, int, int, float]


def run(command: list[str]) -> object:
    """The JSON that a command prints."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def measure(suite: str, rounds: int, seconds: float, binary: str, threads: int) -> tuple[dict[Key, float], dict[Key, float], list[float]]:
    """Median milliseconds and share of operations of each row, and the machine's own GFLOP/s."""
    times: dict[Key, list[float]] = defaultdict(list)
    shares: dict[Key, float] = {}
    peaks: list[float] = []
    timing = ["--seconds", str(seconds), "--json"]
    for _ in range(rounds):
        for ours, peers in SUITES[suite]:
            own_threads = [] if "--threads" in ours else ["--threads", str(threads)]
            report = run([binary, "bench", *ours, *own_threads, *timing])
            peaks += [peak for used, peak in report["gemm_peak"] if used == threads]
            for row in report["rows"]:
                vanilla = row["network"].endswith("vanilla")
                key = (row["network"], f"{row['width']}x{row['height']}", row["batch"], row["threads"],
                       0.0 if vanilla else round(row["flops_share"], 2))
                times[key].append(row["median_ms"])
                shares[key] = row["flops_share"]
            if peers is not None:
                script = [sys.executable, str(HERE / "peers.py"), *peers, "--threads", str(threads)]
                for row in run([*script, *timing]):
                    name = f"{row['network']} in {row['engine']}"
                    key = (name, f"{row['width']}x{row['height']}", row["batch"], row["threads"], 0.0)
                    times[key].append(row["median_ms"])
                    shares[key] = 1.0
    return {key: statistics.median(taken) for key, taken in times.items()}, shares, peaks


def table(times: dict[Key, float], shares: dict[Key, float]) -> str:
    """A row a network and setting, with the ratios to our vanilla network and to ONNX Runtime's."""
    lines = [
        "| network | input | batch | threads | FLOPs share | ms | / our vanilla | / ONNX Runtime vanilla |",
        "|---|---|--:|--:|--:|--:|--:|--:|",
    ]

    def reference(key: Key, wanted: str) -> float | None:
        family = key[0].split("-")[0].split(" ")[0]
        for other, taken in times.items():
            if other[0].startswith(family + wanted) and other[1:4] == key[1:4]:
                return taken
        return None

    for key in sorted(times, key=lambda key: (key[1], key[2], key[3], key[0], -shares[key])):
        ratios = [reference(key, "-vanilla"), reference(key, " in onnxruntime")]
        cells = [f"{times[key] / ratio:.2f}" if ratio else "" for ratio in ratios]
        name, size, batch, threads, _ = key
        lines.append(
            f"| {name} | {size} | {batch} | {threads} | {shares[key]:.2f} | {times[key]:.2f} | {cells[0]} | {cells[1]} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", default=list(SUITES), metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--binary", default="target/release/ponderscope", help="the program (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="turns (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="least time of a row in a turn (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="of every engine (default: %(default)s)")
    arguments = parser.parse_args()
    for suite in arguments.suites:
        if suite not in SUITES:
            parser.error(f"unknown suite {suite!r}: choose from {', '.join(SUITES)}")
    for suite in arguments.suites:
        times, shares, peaks = measure(
            suite, arguments.rounds, arguments.seconds, arguments.binary, arguments.threads
        )
        print(f"### {suite}\n\n{table(times, shares)}\n")
        print(f"A 2048-cube matrix product: {min(peaks):.0f} to {max(peaks):.0f} GFLOP/s.\n", flush=True)


if __name__ == "__main__":
    main()
