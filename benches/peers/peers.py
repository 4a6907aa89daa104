#!/usr/bin/env python3
"""Times the vanilla networks that Ponderscope runs on other inference engines, to put beside `ponderscope bench`.

Each network is one list of layers. Its FLOPs are counted on that list, the ONNX graph is written from it and PyTorch
walks it, with one dictionary of random weights for all: no engine can be timed on another network than the rest.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np

Pads = tuple[int, int, int, int]  # top, left, bottom, right
Weights = dict[str, np.ndarray]
Run = Callable[[], np.ndarray]

EPSILON = 1e-5  # of the norms; no timing depends on it, so one value serves both families
NORM_PARTS = {"gamma": 1.0, "beta": 0.0, "moving_mean": 0.0, "moving_variance": 1.0}  # with their usual values
RELU, LEAKY, LEAKY_TWICE = 0.0, 0.1, 0.01
WARM_UPS, REPETITIONS = 2, 10  # of a row, at least
TOLERANCE = 1e-3


class Spec(NamedTuple):
    """A network's shape: units of two 3x3 convolutions for CIFAR's small images, else bottlenecks."""

    cifar: bool
    units: tuple[int, ...]
    width: int
    classes: int
    flops: int | None = None  # what Ponderscope counts at the default size, where its tests say so

    @property
    def default_size(self) -> tuple[int, int]:
        return (32, 32) if self.cifar else (224, 224)


NETWORKS = {
    "resnet32": Spec(True, (5, 5, 5), 16, 10, flops=137_725_184),
    "resnet110": Spec(True, (18, 18, 18), 16, 10, flops=505_775_360),
    "resnet50": Spec(False, (3, 4, 6, 3), 64, 1001),
    "resnet101": Spec(False, (3, 4, 23, 3), 64, 1001, flops=15_602_814_976),
    "resnet152": Spec(False, (3, 8, 36, 3), 64, 1001),
}
DEFAULT_NETWORKS = ["resnet101", "resnet32"]


class Value(NamedTuple):
    """What a layer puts out for one image."""

    name: str
    channels: int
    height: int
    width: int


@dataclass(frozen=True)
class Layer:
    """One step of a network. A norm that stands behind a convolution is folded into it and appears nowhere."""

    operator: str  # as ONNX calls it
    inputs: tuple[Value, ...]
    output: Value
    kernel: int = 1
    stride: int = 1
    pads: Pads = (0, 0, 0, 0)
    slope: float = 0.0  # of a leaky ReLU

    @property
    def flops(self) -> int:
        """A convolution counts two for every weight at every output position; nothing else counts."""
        _, channels, height, width = self.output
        weights = self.kernel**2 * self.inputs[0].channels * channels if self.operator == "Conv" else 0
        return 2 * weights * height * width

    @property
    def channel_pads(self) -> tuple[int, int]:
        """Zero channels before and after the input's."""
        missing = self.output.channels - self.inputs[0].channels
        return missing // 2, missing - missing // 2


class Builder:
    """Collects layers and works out what they put out."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []

    def add(self, operator: str, output: Value, *inputs: Value, **options: Any) -> Value:
        self.layers.append(Layer(operator, inputs, output, **options))
        return output

    def window(self, operator: str, name: str, x: Value, channels: int, kernel: int, stride: int, pads: Pads) -> Value:
        height = (x.height + pads[0] + pads[2] - kernel) // stride + 1
        width = (x.width + pads[1] + pads[3] - kernel) // stride + 1
        return self.add(operator, Value(name, channels, height, width), x, kernel=kernel, stride=stride, pads=pads)

    def conv(self, name: str, x: Value, channels: int, kernel: int, stride: int = 1, pads: Pads | None = None) -> Value:
        """Half the kernel is padded on every side unless told otherwise."""
        return self.window("Conv", name, x, channels, kernel, stride, pads or (kernel // 2,) * 4)

    def activation(self, x: Value, slope: float) -> Value:
        return self.add("LeakyRelu" if slope else "Relu", x._replace(name=f"{x.name}/relu"), x, slope=slope)

    def norm(self, name: str, x: Value, slope: float) -> Value:
        return self.activation(self.add("BatchNormalization", x._replace(name=name), x), slope)

    def unit(self, cifar: bool, name: str, x: Value, channels: int, stride: int) -> Value:
        """A pre-activation residual unit."""
        p = self.norm(f"{name}/preact", x, LEAKY if cifar else RELU)
        if cifar:
            shortcut = p if x.name == "stem" else x
            if stride > 1:
                pads = same(x, stride, stride)
                pooled = self.window("AveragePool", f"{name}/pool", x, x.channels, stride, stride, pads)
                shortcut = self.add("Pad", pooled._replace(name=f"{name}/pad", channels=channels), pooled)
            hidden = self.conv(f"{name}/conv1", p, channels, 3, stride, same(p, 3, stride))
            hidden = self.activation(hidden, LEAKY_TWICE)
            residual = self.conv(f"{name}/conv2", hidden, channels, 3)
        else:
            shortcut = x if x.channels == channels else self.conv(f"{name}/shortcut", p, channels, 1, stride)
            hidden = self.activation(self.conv(f"{name}/conv1", p, channels // 4, 1), RELU)
            hidden = self.activation(self.conv(f"{name}/conv2", hidden, channels // 4, 3, stride), RELU)
            residual = self.conv(f"{name}/conv3", hidden, channels, 1)
        return self.add("Add", residual._replace(name=name), residual, shortcut)


def same(x: Value, kernel: int, stride: int) -> Pads:
    """TensorFlow's SAME: one output for every stride begun, the smaller half of the padding first."""
    height, width = (max((-(-edge // stride) - 1) * stride + kernel - edge, 0) for edge in (x.height, x.width))
    return height // 2, width // 2, height - height // 2, width - width // 2


def network_layers(spec: Spec, height: int, width: int) -> list[Layer]:
    """The vanilla network for images of one size, from `images` to `logits`."""
    net, x = Builder(), Value("images", 3, height, width)
    if spec.cifar:
        x = net.conv("stem", x, spec.width, 3)
    else:
        x = net.conv("stem", x, 64, 7, 2)  # 64 channels whatever the width
        x = net.window("MaxPool", "pool", x, 64, 3, 2, same(x, 3, 2))
    for block, units in enumerate(spec.units):
        channels = (1 if spec.cifar else 4) * spec.width << block
        for unit in range(units):
            stride = 2 if block > 0 and unit == 0 else 1
            x = net.unit(spec.cifar, f"block{block + 1}/unit_{unit + 1}", x, channels, stride)
    mean = Value("mean", x.channels, 1, 1)
    if spec.cifar:
        x = net.norm("final_norm", net.add("GlobalAveragePool", mean, x), LEAKY)
    else:
        x = net.add("GlobalAveragePool", mean, net.norm("final_norm", x, RELU))
    net.conv("logits", x, spec.classes, 1)
    return net.layers


def random_weights(layers: list[Layer], random: np.random.Generator) -> Weights:
    """Weights that keep the states' size moderate: denormals and infinities take another time than numbers."""
    def normal(*shape: int, scale: float = 0.1) -> np.ndarray:
        return random.standard_normal(shape, np.float32) * np.float32(scale)

    weights: Weights = {}
    for layer in layers:
        name, inputs, outputs, kernel = layer.output.name, layer.inputs[0].channels, layer.output.channels, layer.kernel
        if layer.operator == "Conv":
            weights[f"{name}/weights"] = normal(outputs, inputs, kernel, kernel, scale=(inputs * kernel**2) ** -0.5)
            weights[f"{name}/biases"] = normal(outputs)
        elif layer.operator == "BatchNormalization":
            weights |= {f"{name}/{part}": np.float32(usual) + normal(outputs) for part, usual in NORM_PARTS.items()}
    return weights


def onnx_model(layers: list[Layer], weights: Weights, batch: int) -> bytes:
    """The network as an exporter would write it: NCHW, standard operators, activations as nodes of their own."""
    from onnx import TensorProto, helper, numpy_helper

    nodes, constants = [], dict(weights)
    for layer in layers:
        inputs, output = [value.name for value in layer.inputs], layer.output.name
        options: dict[str, Any] = {}
        if layer.operator in ("Conv", "MaxPool", "AveragePool"):
            options = {"kernel_shape": [layer.kernel] * 2, "strides": [layer.stride] * 2, "pads": layer.pads}
        match layer.operator:
            case "Conv":
                inputs += [f"{output}/weights", f"{output}/biases"]
            case "BatchNormalization":
                inputs += [f"{output}/{part}" for part in NORM_PARTS]
                options = {"epsilon": EPSILON}
            case "LeakyRelu":
                options = {"alpha": layer.slope}
            case "Pad":
                before, after = layer.channel_pads
                inputs.append(f"{output}/pads")
                constants[f"{output}/pads"] = np.array([0, before, 0, 0, 0, after, 0, 0], np.int64)
        nodes.append(helper.make_node(layer.operator, inputs, [output], **options))
    ends = [
        [helper.make_tensor_value_info(value.name, TensorProto.FLOAT, [batch, *value[1:]])]
        for value in (layers[0].inputs[0], layers[-1].output)
    ]
    tensors = [numpy_helper.from_array(array, name) for name, array in constants.items()]
    graph = helper.make_graph(nodes, "network", *ends, tensors)
    # Versions that runtimes have read for years.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return model.SerializeToString()


def onnxruntime_run(layers: list[Layer], weights: Weights, images: np.ndarray, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    model = onnx_model(layers, weights, len(images))
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda: session.run(["logits"], {"images": images})[0]


def torch_step(layer: Layer, weights: Weights) -> Callable[..., Any]:
    """The layer as a function of its inputs. Works in place where a network written by hand would."""
    import torch
    from torch.nn import functional as F

    name, (top, left, bottom, right) = layer.output.name, layer.pads
    match layer.operator:
        case "Conv":
            kernel = torch.from_numpy(weights[f"{name}/weights"]).to(memory_format=torch.channels_last)
            bias = torch.from_numpy(weights[f"{name}/biases"])
            if (top, left) == (bottom, right):
                return lambda x: F.conv2d(x, kernel, bias, layer.stride, (top, left))
            return lambda x: F.conv2d(F.pad(x, (left, right, top, bottom)), kernel, bias, layer.stride)
        case "BatchNormalization":
            gamma, beta, mean, variance = (torch.from_numpy(weights[f"{name}/{part}"]) for part in NORM_PARTS)
            return lambda x: F.batch_norm(x, mean, variance, gamma, beta, eps=EPSILON)
        case "Relu":
            return torch.relu_
        case "LeakyRelu":
            return lambda x: F.leaky_relu_(x, layer.slope)
        # `ceil_mode` lets the last windows reach over the edge, as the padding behind it would.
        case "MaxPool":
            return lambda x: F.max_pool2d(x, layer.kernel, layer.stride, (top, left), ceil_mode=True)
        case "AveragePool":
            return lambda x: F.avg_pool2d(x, layer.kernel, layer.stride, ceil_mode=True, count_include_pad=False)
        case "Pad":
            return lambda x: F.pad(x, (0, 0, 0, 0, *layer.channel_pads))
        case "Add":
            return lambda residual, shortcut: residual.add_(shortcut)
        case "GlobalAveragePool":
            return lambda x: x.mean((2, 3), keepdim=True)
    raise NotImplementedError(layer.operator)


def torch_run(layers: list[Layer], weights: Weights, images: np.ndarray, threads: int) -> Run:
    import torch

    torch.set_num_threads(threads)
    last_use = {value: index for index, layer in enumerate(layers) for value in layer.inputs}
    steps = [
        # With the values that nobody reads again, whose memory a network written by hand would give back.
        (torch_step(layer, weights), layer, [value for value in layer.inputs if last_use[value] == index])
        for index, layer in enumerate(layers)
    ]
    batch = torch.from_numpy(images).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def run() -> np.ndarray:
        values = {layers[0].inputs[0]: batch}
        for step, layer, dead in steps:
            values[layer.output] = step(*[values[value] for value in layer.inputs])
            for value in dead:
                del values[value]
        return values[layers[-1].output].numpy()

    return run


# How an engine is prepared, and the packages that takes; the first gives its version.
ENGINES = {"onnxruntime": (onnxruntime_run, ["onnxruntime", "onnx"]), "torch": (torch_run, ["torch"])}


def installed(engines: list[str]) -> dict[str, str]:
    """The versions of those engines that can be imported; says which cannot."""
    versions = {}
    for engine in engines:
        try:
            versions[engine] = [importlib.import_module(package) for package in ENGINES[engine][1]][0].__version__
        except Exception as error:  # a package that misses shared libraries raises what it likes
            print(f"{engine} is left out, it cannot be imported: {error}", file=sys.stderr)
    return versions


def measure(run: Run, seconds: float) -> list[float]:
    """Milliseconds of every repetition; the first fifth of them is the warm-up and left out."""
    times: list[float] = []
    start = time.perf_counter()
    while len(times) < WARM_UPS + REPETITIONS or time.perf_counter() - start < seconds * 1.25:
        before = time.perf_counter()
        run()
        times.append((time.perf_counter() - before) * 1e3)
    return times[max(WARM_UPS, len(times) // 5):]


def measurements(arguments: argparse.Namespace, engines: dict[str, str]) -> Iterator[dict[str, Any]]:
    """One row after another. The FLOPs are one image's, the times a whole batch's."""
    for network in arguments.network:
        random, (height, width) = np.random.default_rng(0), arguments.size or NETWORKS[network].default_size
        layers = network_layers(NETWORKS[network], height, width)
        weights, flops = random_weights(layers, random), sum(layer.flops for layer in layers)
        for batch, threads, engine in product(arguments.batch, arguments.threads, engines):
            images = random.standard_normal((batch, 3, height, width), np.float32)
            times = measure(ENGINES[engine][0](layers, weights, images, threads), arguments.seconds)
            p10, median, p90 = np.percentile(times, (10, 50, 90))
            yield {
                "engine": f"{engine} {engines[engine]}", "network": network, "height": height, "width": width,
                "batch": batch, "threads": threads, "flops": flops, "median_ms": median, "p10_ms": p10, "p90_ms": p90,
                "gflops": flops * batch / median / 1e6, "repetitions": len(times),
            }


def print_table(rows: Iterator[dict[str, Any]]) -> None:
    """Prints every row as soon as it is measured."""
    print(f"{'engine':<20} {'network':<9} {'input':>9} {'batch':>5} {'threads':>7} {'FLOPs (G)':>9} "
          f"{'median ms':>10} {'p10 ms':>10} {'p90 ms':>10} {'GFLOP/s':>8}")
    for row in rows:
        print("{engine:<20} {network:<9} {size:>9} {batch:>5} {threads:>7} {billions:>9.3f} "
              "{median_ms:>10.3f} {p10_ms:>10.3f} {p90_ms:>10.3f} {gflops:>8.1f}".format(
                  size=f"{row['width']}x{row['height']}", billions=row["flops"] / 1e9, **row), flush=True)


def check(network: str, size: tuple[int, int], engines: dict[str, str], threads: int) -> bool:
    """Whether all engines put out the same logits."""
    random, layers = np.random.default_rng(0), network_layers(NETWORKS[network], *size)
    weights, images = random_weights(layers, random), random.standard_normal((2, 3, *size), np.float32)
    first, *others = [ENGINES[engine][0](layers, weights, images, threads)() for engine in engines]
    difference = max(np.abs(other - first).max() for other in others) / np.abs(first).max()
    print(f"{network} at {size[1]}x{size[0]}: {', '.join(engines)} differ by {difference:.1e} of the largest logit")
    return bool(difference < TOLERANCE)


def counts(text: str, separator: str = ",") -> list[int]:
    """Positive numbers, such as `1,8`."""
    numbers = [int(number) for number in text.split(separator)]
    if min(numbers) < 1:
        raise ValueError(text)
    return numbers


def size(text: str) -> tuple[int, int]:
    """`224` or `640x480`, as (height, width)."""
    width, height = counts(text, "x") if "x" in text else counts(text) * 2
    return height, width


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", action="append", choices=NETWORKS,
                        help=f"may be repeated (default: {' and '.join(DEFAULT_NETWORKS)})")
    parser.add_argument("--size", type=size, help="edge or WIDTHxHEIGHT of the images (default: 224, for CIFAR's 32)")
    parser.add_argument("--batch", type=counts, default=[1], help="images a run, such as 1,8 (default: 1)")
    parser.add_argument("--threads", type=counts, default=[os.cpu_count() or 1], help="such as 1,2 (default: all)")
    parser.add_argument("--engines", type=lambda text: text.split(","), default=list(ENGINES),
                        help=f"default: {','.join(ENGINES)}; one that is not installed is left out")
    parser.add_argument("--seconds", type=float, default=3.0,
                        help=f"time for a row (default: 3), which is repeated {REPETITIONS} times at least")
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of a table")
    parser.add_argument("--check", action="store_true", help="time nothing, compare the engines' logits")
    arguments = parser.parse_args()
    arguments.network = arguments.network or DEFAULT_NETWORKS
    if unknown := set(arguments.engines) - ENGINES.keys():
        parser.error(f"unknown engine: {', '.join(unknown)}")

    for network, spec in NETWORKS.items():
        counted = sum(layer.flops for layer in network_layers(spec, *spec.default_size))
        if counted != (spec.flops or counted):
            sys.exit(f"{network} counts {counted} FLOPs where Ponderscope counts {spec.flops}")
    engines = installed(arguments.engines)
    if len(engines) < (2 if arguments.check else 1):
        sys.exit("too few engines: pip install -r benches/peers/requirements.txt")
    if arguments.check:
        agree = [
            check(network, size, engines, arguments.threads[0])
            for network in arguments.network
            # Odd edges pad elsewhere than even ones.
            for size in (arguments.size or NETWORKS[network].default_size, (45, 62))
        ]
        return 0 if all(agree) else 1
    if arguments.json:
        print(json.dumps(list(measurements(arguments, engines)), indent=2))
    else:
        print_table(measurements(arguments, engines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
