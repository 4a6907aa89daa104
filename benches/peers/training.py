#!/usr/bin/env python3
"""A training step of ResNet-32 in PyTorch beside `ponderscope train`, which take turns in one run.

Ponderscope trains on a made-up CIFAR-10 as on any other, crops and flips included; its images a second are those of
its log, without the first fifth. PyTorch takes the same steps on a batch that lies ready in memory, channels-last.
Prints Markdown. Only ratios within one run mean something: machines change pace.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BATCH, CLASSES, WIDTH, UNITS = 128, 10, 16, 5
THRESHOLD = 1 - 0.01  # scores that reach it halt
TAU, RATE, MOMENTUM, DECAY = 0.005, 0.1, 0.9, 2e-4
LEAKY, LEAKY_TWICE = 0.1, 0.01
HALTING_BIAS = -3.0
BATCHES = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin",
           "test_batch.bin"]
RECORDS, PICTURE = 10_000, 3 * 32 * 32


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    """Padded as TensorFlow's SAME where the stride is 1; else before it, see `Unit`."""
    made = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2 if stride == 1 else 0, bias=bias)
    nn.init.trunc_normal_(made.weight, std=1.0, a=-2.0, b=2.0)
    with torch.no_grad():
        made.weight *= (1.3 * 2 / (inputs * kernel**2)) ** 0.5
        if bias:
            made.bias.zero_()
    return made


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


class Unit(nn.Module):
    """A pre-activation residual unit; the mask multiplies the residual."""

    def __init__(self, inputs: int, outputs: int, stride: int, first: bool) -> None:
        super().__init__()
        self.stride, self.first, self.more = stride, first, outputs - inputs
        self.preact, self.norm1 = norm(inputs), norm(outputs)
        self.conv1 = convolution(inputs, outputs, 3, stride, bias=False)
        self.conv2 = convolution(outputs, outputs, 3)

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        p = F.leaky_relu(self.preact(x), LEAKY)
        shortcut = p if self.first else x
        if self.stride > 1:
            half = self.more // 2
            shortcut = F.pad(F.avg_pool2d(x, self.stride), (0, 0, 0, 0, half, self.more - half))
            p = F.pad(p, (0, 1, 0, 1))
        residual = self.conv2(F.leaky_relu(self.norm1(self.conv1(p)), LEAKY_TWICE))
        return shortcut + (residual if mask is None else mask * residual)


class Branch(nn.Module):
    """Halting scores of all positions: `[images, 1, height, width]`."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.local_norm, self.global_norm = norm(channels), norm(channels)
        self.local_conv = convolution(channels, 1, 3)
        self.global_conv = convolution(channels, 1, 1, bias=False)
        nn.init.constant_(self.local_conv.bias, HALTING_BIAS)

    def forward(self, x: Tensor) -> Tensor:
        here = self.local_conv(F.leaky_relu(self.local_norm(x), LEAKY))
        everywhere = self.global_conv(F.leaky_relu(self.global_norm(x.mean((2, 3), keepdim=True)), LEAKY))
        return torch.sigmoid(here + everywhere)


class Block(nn.Module):
    """Units of one resolution, and with SACT a branch after each but the last."""

    def __init__(self, inputs: int, outputs: int, index: int, sact: bool) -> None:
        super().__init__()
        self.units = nn.ModuleList(
            Unit(inputs if unit == 0 else outputs, outputs, 2 if index > 0 and unit == 0 else 1, index == unit == 0)
            for unit in range(UNITS)
        )
        self.branches = nn.ModuleList(Branch(outputs) for _ in range(UNITS - 1)) if sact else None

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor | None]:
        """The block's output and its ponder cost, at every position."""
        if self.branches is None:
            for unit in self.units:
                x = unit(x, None)
            return x, None
        output, mask = None, None  # the mask is 1 where a position has not halted
        for index, unit in enumerate(self.units):
            x = unit(x, mask)
            if mask is None:
                mask = torch.ones_like(x[:, :1])
                cumulative, remainder, count = torch.zeros_like(mask), torch.ones_like(mask), torch.zeros_like(mask)
            count = count + mask
            if index == UNITS - 1:
                share, mask = mask * remainder, torch.zeros_like(mask)
            else:
                score = self.branches[index](x)
                cumulative = cumulative + score.detach()
                going = mask * (cumulative < THRESHOLD)
                share = going * score + (mask - going) * remainder
                remainder = remainder - going * score
                mask = going
            output = share * x if output is None else output + share * x
        return output, count + remainder


class Network(nn.Module):
    def __init__(self, sact: bool) -> None:
        super().__init__()
        self.stem = convolution(3, WIDTH, 3)
        widths = [WIDTH, WIDTH, 2 * WIDTH, 4 * WIDTH]
        self.blocks = nn.ModuleList(Block(widths[i], widths[i + 1], i, sact) for i in range(3))
        self.norm = norm(widths[-1])
        self.logits = convolution(widths[-1], CLASSES, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        x, costs = self.stem(x), []
        for block in self.blocks:
            x, cost = block(x)
            if cost is not None:
                costs.append(cost)
        x = F.leaky_relu(self.norm(x.mean((2, 3), keepdim=True)), LEAKY)
        return self.logits(x).flatten(1), costs


class Training:
    """A network in training, step by step."""

    def __init__(self, variant: str) -> None:
        torch.manual_seed(1)
        self.network = Network(variant == "sact").to(memory_format=torch.channels_last).train()
        weights = [module.weight for module in self.network.modules() if isinstance(module, nn.Conv2d)]
        decayed = {id(weight) for weight in weights}
        others = [parameter for parameter in self.network.parameters() if id(parameter) not in decayed]
        groups = [{"params": weights, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
        self.optimizer = torch.optim.SGD(groups, lr=RATE, momentum=MOMENTUM)
        self.images = torch.randn(BATCH, 3, 32, 32).to(memory_format=torch.channels_last)
        self.labels = torch.randint(CLASSES, (BATCH,))

    def step(self) -> tuple[float, float]:
        """The cross-entropy and the ponder cost before it."""
        logits, costs = self.network(self.images)
        cross_entropy = F.cross_entropy(logits, self.labels)
        ponder_cost = sum((cost.mean() for cost in costs), torch.zeros(()))
        self.optimizer.zero_grad()
        (cross_entropy + TAU * ponder_cost).backward()
        self.optimizer.step()
        return cross_entropy.item(), ponder_cost.item()

    def images_per_second(self, seconds: float) -> float:
        self.step()
        start, steps = time.perf_counter(), 0
        while steps < 3 or time.perf_counter() - start < seconds:
            self.step()
            steps += 1
        return steps * BATCH / (time.perf_counter() - start)


def make_cifar10(folder: Path) -> None:
    """Noise in the format of CIFAR-10: one file under six names."""
    noise = random.Random(1)
    first, *others = [folder / name for name in BATCHES]
    with first.open("wb") as file:
        for _ in range(RECORDS):
            file.write(bytes([noise.randrange(CLASSES)]) + noise.randbytes(PICTURE))
    for other in others:
        os.link(first, other)


def ours(binary: str, variant: str, steps: int, threads: int, data: Path) -> float:
    """Median of the images a second of a run's records, the first fifth left out."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "run"
        subprocess.run(
            [binary, "train", "--data", data, "--out", out, "--variant", variant, "--tau", str(TAU),
             "--steps", str(steps), "--threads", str(threads), "--evaluate-every", str(steps), "--evaluate-images", "1"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        records = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    speeds = [record["images_per_second"] for record in records if record["kind"] == "step"]
    return statistics.median(speeds[max(1, len(speeds) // 5):])


def check() -> None:
    """The halting rules of the reference's own unit tests, and that the network learns."""
    class Scores(nn.Module):
        def __init__(self, scores: list[float]) -> None:
            super().__init__()
            self.scores = torch.tensor(scores).reshape(1, 1, 1, -1)

        def forward(self, _: Tensor) -> Tensor:
            return self.scores

    class Next(nn.Module):
        def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
            return x + 2 * (1 if mask is None else mask)

    block = Block(1, 1, 0, True)
    block.units = nn.ModuleList(Next() for _ in range(UNITS))
    block.branches = nn.ModuleList(
        Scores(list(scores)) for scores in [(0.999, 0.01, 0.9), (0.5, 0.5, 0.5), (0.6, 0.6, 0.7), (0.7, 0.7, 0.7)]
    )
    _, cost = block(torch.tensor([-1.0, 0.0, -1.0]).reshape(1, 1, 1, 3))
    expected = torch.tensor([2.0, 3.0 + 0.49, 2.0 + 0.1])
    if not torch.allclose(cost.flatten(), expected, atol=1e-5):
        sys.exit(f"PyTorch's ponder costs are {cost.flatten().tolist()}, expected {expected.tolist()}")
    for variant in ("vanilla", "sact"):
        training = Training(variant)
        first, *_, last = [training.step() for _ in range(12)]
        if not last[0] < first[0]:
            sys.exit(f"PyTorch's {variant} network does not learn: {first} {last}")
        print(f"{variant}: cross-entropy {first[0]:.3f} to {last[0]:.3f}, ponder cost {first[1]:.3f} to {last[1]:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default="target/release/ponderscope", help="the program (default: %(default)s)")
    parser.add_argument("--variants", default="vanilla,sact", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="turns (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=60, help="of Ponderscope in a turn (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of PyTorch in a turn (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="of both (default: all)")
    parser.add_argument("--check", action="store_true", help="time nothing, check PyTorch's network")
    arguments = parser.parse_args()
    if arguments.steps < 10:
        parser.error("--steps: the first fifth is left out, so there must be some")
    torch.set_num_threads(arguments.threads)
    if arguments.check:
        check()
        return
    speeds: dict[tuple[str, str], list[float]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as name:
        make_cifar10(Path(name))
        for _ in range(arguments.rounds):
            for variant in arguments.variants.split(","):
                run = (arguments.binary, variant, arguments.steps, arguments.threads, Path(name))
                speeds[variant, "ours"].append(ours(*run))
                speeds[variant, "torch"].append(Training(variant).images_per_second(arguments.seconds))
    load = os.getloadavg()[0]
    print(f"Batches of {BATCH}, {arguments.threads} threads, torch {torch.__version__}; load {load:.1f}.\n")
    print("| ResNet-32 | Ponderscope, images/s | PyTorch, images/s | Ponderscope / PyTorch | of single turns |")
    print("|---|--:|--:|--:|---|")
    for variant in arguments.variants.split(","):
        mine, theirs = speeds[variant, "ours"], speeds[variant, "torch"]
        ratios = ", ".join(f"{a / b:.2f}" for a, b in zip(mine, theirs))
        mine, theirs = statistics.median(mine), statistics.median(theirs)
        print(f"| {variant} | {mine:.0f} | {theirs:.0f} | {mine / theirs:.2f} | {ratios} |")


if __name__ == "__main__":
    main()
