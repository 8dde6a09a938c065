"""Time ONNX Runtime on MiniLM-L6's shapes, in turn with this engine's plans.

The encoder is built here node by node, with random weights and in the form that ONNX Runtime's optimizer knows how to
fuse: it turns attention, GELU, and shortcuts with their normalisations into operators of its own.

    python3 -B Benchmarks/onnxruntime_text.py --beside .build/release/engine-benchmark --rounds 5
"""

import argparse
import re
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

LAYERS, WIDTH, HEADS, WIDE, VOCABULARY, POSITIONS = 6, 384, 12, 1536, 30522, 512


class Graph:
    """Nodes and weights, as they are added."""

    def __init__(self):
        self.nodes, self.weights, self.random, self.names = [], [], np.random.default_rng(1), 0

    def name(self):
        self.names += 1
        return f"v{self.names}"

    def constant(self, value):
        name = self.name()
        self.weights.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def weight(self, *shape):
        return self.constant(self.random.normal(0, 0.02, shape).astype(np.float32))

    def node(self, operation, *inputs, **attributes):
        name = self.name()
        self.nodes.append(helper.make_node(operation, list(inputs), [name], **attributes))
        return name

    def number(self, value):
        return self.constant(np.float32(value))

    def linear(self, x, inputs, outputs):
        return self.node("Add", self.node("MatMul", x, self.weight(inputs, outputs)), self.weight(outputs))

    def normalized(self, x):
        scale, shift = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)
        return self.node("LayerNormalization", x, self.constant(scale), self.constant(shift), axis=-1, epsilon=1e-12)

    def heads(self, x, batch, length, order):
        parts = self.node("Reshape", x, self.constant(np.array([batch, length, HEADS, WIDTH // HEADS])))
        return self.node("Transpose", parts, perm=order)

    def gelu(self, x):
        erf = self.node("Erf", self.node("Div", x, self.number(np.sqrt(2))))
        return self.node("Mul", self.node("Mul", x, self.node("Add", erf, self.number(1))), self.number(0.5))

    def layer(self, x, mask, batch, length):
        query, key, value = (
            self.heads(self.linear(x, WIDTH, WIDTH), batch, length, order)
            for order in ([0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3])
        )
        scores = self.node("Div", self.node("MatMul", query, key), self.number(np.sqrt(WIDTH // HEADS)))
        shares = self.node("Softmax", self.node("Add", scores, mask), axis=-1)
        seen = self.node("Transpose", self.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        seen = self.node("Reshape", seen, self.constant(np.array([batch, length, WIDTH])))
        middle = self.normalized(self.node("Add", self.linear(seen, WIDTH, WIDTH), x))
        wide = self.gelu(self.linear(middle, WIDTH, WIDE))
        return self.normalized(self.node("Add", self.linear(wide, WIDE, WIDTH), middle))


def model(batch, length):
    """The encoder with pooler and classifier: tokens, types and mask to two scores."""
    graph = Graph()
    embedded = graph.node(
        "Add",
        graph.node("Gather", graph.weight(VOCABULARY, WIDTH), "tokens"),
        graph.node("Gather", graph.weight(2, WIDTH), "types"),
    )
    places = graph.node("Gather", graph.weight(POSITIONS, WIDTH), graph.constant(np.arange(length)))
    x = graph.normalized(graph.node("Add", embedded, places))
    mask = graph.node("Unsqueeze", "mask", graph.constant(np.array([1, 2])))
    padding = graph.node("Sub", graph.number(1), graph.node("Cast", mask, to=TensorProto.FLOAT))
    addends = graph.node("Mul", padding, graph.number(np.finfo(np.float32).min))
    for _ in range(LAYERS):
        x = graph.layer(x, addends, batch, length)
    first = graph.node("Gather", x, graph.constant(np.array(0)), axis=1)
    scores = graph.linear(graph.node("Tanh", graph.linear(first, WIDTH, WIDTH)), WIDTH, 2)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, [batch, length]) for name in ("tokens", "types", "mask")
    ]
    outputs = [helper.make_tensor_value_info(scores, TensorProto.FLOAT, [batch, 2])]
    made = helper.make_model(
        helper.make_graph(graph.nodes, "minilm-l6", inputs, outputs, graph.weights),
        opset_imports=[helper.make_opsetid("", 17)],
    )
    made.ir_version = 8
    onnx.checker.check_model(made)
    return made


def session(made, threads):
    """ONNX Runtime with everything that its optimizer does for transformers, offline ones included where installed."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # The optimizer changes the model even where it fails.
    model = made.SerializeToString()
    try:
        from onnxruntime.transformers import optimizer

        optimized = optimizer.optimize_model(made, model_type="bert", num_heads=HEADS, hidden_size=WIDTH).model
        model = optimized.SerializeToString()
    except Exception as error:  # Not installed, or not for models of this size: it raises what comes to hand.
        print(f"without the offline optimizer for transformers: {error}", file=sys.stderr)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def seconds(session, feeds, warmup, steps):
    times = []
    for step in range(warmup + steps):
        start = time.perf_counter()
        session.run(None, feeds)
        if step >= warmup:
            times.append(time.perf_counter() - start)
    return sorted(times)


def beside(program, arguments):
    """Medians of the plans, in milliseconds, from the lines that the program prints."""
    command = [program, "inference-text", "--length", arguments.length, "--batch", arguments.batch]
    command += ["--sparsity", arguments.sparsity, "--threads", arguments.threads, "--steps", arguments.steps]
    text = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in re.findall(r"^- plan, (.*): median ([0-9.]+) ms", text, re.M)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--length", type=int, default=128, help="tokens of a sequence (default: 128)")
    parser.add_argument("--batch", type=int, default=1, help="sequences a run (default: 1)")
    parser.add_argument("--sparsity", type=float, default=0.9, help="of this engine's weights (default: 0.9)")
    parser.add_argument("--threads", type=int, default=2, help="of both (default: 2)")
    parser.add_argument("--warmup", type=int, default=5, help="runs before the timed ones (default: 5)")
    parser.add_argument("--steps", type=int, default=50, help="timed runs a round (default: 50)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds (default: 3)")
    parser.add_argument("--beside", metavar="PROGRAM", help="engine-benchmark, to be timed in turn")
    arguments = parser.parse_args()
    runtime = session(model(arguments.batch, arguments.length), arguments.threads)
    shape = (arguments.batch, arguments.length)
    tokens = (7 * np.arange(np.prod(shape)) % VOCABULARY).reshape(shape)
    feeds = {"tokens": tokens, "types": np.zeros(shape, np.int64), "mask": np.ones(shape, np.int64)}
    medians = {}
    for _ in range(arguments.rounds):
        times = seconds(runtime, feeds, arguments.warmup, arguments.steps)
        medians.setdefault(f"ONNX Runtime {onnxruntime.__version__}", []).append(1e3 * times[len(times) // 2])
        for name, median in beside(arguments.beside, arguments).items() if arguments.beside else ():
            medians.setdefault(f"plan, {name}", []).append(median)
    print(f"{arguments.threads} threads, {arguments.batch} sequences of {arguments.length} tokens, ms:")
    for name, values in medians.items():
        values.sort()
        print(f"- {name}: median of {len(values)} medians {values[len(values) // 2]:.3f}, least {values[0]:.3f}")


if __name__ == "__main__":
    main()
