"""Times a dense image network in ONNX Runtime in turn with engine-benchmark inference, and prints both.

The network has random weights, normalisations folded into the convolutions, as an exported network has. Every round runs
ONNX Runtime and then this engine, each as a process of its own, so that a machine that slows down slows both. Needs the
packages onnx, onnxruntime and numpy.
"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ENGINE = Path(__file__).resolve().parent.parent / ".build/release/engine-benchmark"
MOBILENET_V1 = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
RESNET50 = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]


class Model:
    """An ONNX graph under construction."""

    def __init__(self):
        import numpy
        import onnx

        self.numpy, self.onnx = numpy, onnx
        self.random = numpy.random.default_rng(0)
        self.nodes, self.weights = [], []

    def weight(self, *shape):
        scale = (2 / max(1, self.numpy.prod(shape[1:]))) ** 0.5
        values = (self.random.standard_normal(shape) * scale).astype(self.numpy.float32)
        name = f"w{len(self.weights)}"
        self.weights.append(self.onnx.numpy_helper.from_array(values, name))
        return name

    def node(self, kind, inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(self.onnx.helper.make_node(kind, inputs, [name], **attributes))
        return name

    def convolution(self, value, inputs, outputs, kernel, stride=1, groups=1):
        return self.node(
            "Conv", [value, self.weight(outputs, inputs // groups, kernel, kernel), self.weight(outputs)],
            kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[kernel // 2] * 4, group=groups)

    def relu(self, value):
        return self.node("Relu", [value])

    def classified(self, value, features):
        value = self.node("Flatten", [self.node("GlobalAveragePool", [value])])
        return self.node("Gemm", [value, self.weight(1000, features), self.weight(1000)], transB=1)

    def finished(self, scores, batch, extent):
        helper, kind = self.onnx.helper, self.onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info("images", kind, [batch, 3, extent, extent])],
            [helper.make_tensor_value_info(scores, kind, [batch, 1000])], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 8
        return model.SerializeToString()


def mobilenet_v1(model):
    value, channels = model.relu(model.convolution("images", 3, 32, 3, 2)), 32
    for outputs, stride in MOBILENET_V1:
        value = model.relu(model.convolution(value, channels, channels, 3, stride, channels))
        value, channels = model.relu(model.convolution(value, channels, outputs, 1)), outputs
    return model.classified(value, channels)


def resnet50(model):
    value = model.relu(model.convolution("images", 3, 64, 7, 2))
    value, channels = model.node("MaxPool", [value], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4), 64
    for width, blocks, first in RESNET50:
        for block in range(blocks):
            stride = first if block == 0 else 1
            shortcut = model.convolution(value, channels, 4 * width, 1, stride) if block == 0 else value
            inner = model.relu(model.convolution(value, channels, width, 1))
            inner = model.relu(model.convolution(inner, width, width, 3, stride))
            value = model.relu(model.node("Add", [model.convolution(inner, width, 4 * width, 1), shortcut]))
            channels = 4 * width
    return model.classified(value, channels)


NETWORKS = {"mobilenet-v1": mobilenet_v1, "resnet50": resnet50}


def time_onnxruntime(options):
    """Prints the seconds of each run, one a line; each timed run follows an untimed one, as in the engine."""
    import onnxruntime

    model = Model()
    text = model.finished(NETWORKS[options.network](model), options.batch, options.extent)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    session = onnxruntime.InferenceSession(text, settings, providers=["CPUExecutionProvider"])
    images = model.random.standard_normal((options.batch, 3, options.extent, options.extent))
    feed = {"images": images.astype(model.numpy.float32)}
    for _ in range(3):
        session.run(None, feed)
    for _ in range(options.steps):
        session.run(None, feed)
        start = time.perf_counter()
        session.run(None, feed)
        print(time.perf_counter() - start)


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=list(NETWORKS), default="mobilenet-v1")
    parser.add_argument("--sparsity", default="0.9")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--extent", type=int, default=224)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=50, help="timed runs a process")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        return time_onnxruntime(options)
    shared = [
        f"--{name}={getattr(options, name)}" for name in ("network", "batch", "extent", "threads", "steps")]
    times = {"ONNX Runtime, dense": [], "dense plan": [], "chosen plan": []}
    for _ in range(options.rounds):
        runs = [float(line) for line in output([sys.executable, __file__, "--alone", *shared]).split()]
        times["ONNX Runtime, dense"].append((median(runs), min(runs)))
        report = output([ENGINE, "inference", f"--sparsity={options.sparsity}", *shared])
        for name in ("dense plan", "chosen plan"):
            found = re.search(rf"^- {name} .*: median ([\d.]+) ms, least ([\d.]+) ms", report, re.MULTILINE)
            times[name].append((float(found[1]) / 1e3, float(found[2]) / 1e3))
    print("| what | median ms | least ms | images a second |\n| --- | ---: | ---: | ---: |")
    for name, rounds in times.items():
        middle, least = median(entry[0] for entry in rounds), min(entry[1] for entry in rounds)
        print(f"| {name} | {1e3 * middle:.2f} | {1e3 * least:.2f} | {options.batch / middle:.1f} |")
    return None


if __name__ == "__main__":
    main()
