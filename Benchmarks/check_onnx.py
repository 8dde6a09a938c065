"""Checks the ONNX models that the engine writes against ONNX's own checker and ONNX Runtime.

For every network: the models are valid with their inferred shapes, ONNX Runtime's scores are those of the engine within
1e-4, also of a batch of one, and the weights are those of the network, bit for bit, zeros and all; in a model whose
batch normalisations are folded the zeros are where they were.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from safetensors.numpy import load_file

NETWORKS = [
    "mobilenet-v1", "mobilenet-v2", "resnet18", "resnet34", "resnet50", "resnet18-w16", "mobilenet-v1-channels",
    "mobilenet-v2-channels", "resnet50-channels", "minilm-l6", "minilm-l6-mean", "minilm-l6-channels",
]
TOLERANCE = 1e-4


def bits(array: np.ndarray) -> bytes:
    return np.ascontiguousarray(array, np.float32).tobytes()


def weight_faults(model: onnx.ModelProto, weights: dict[str, np.ndarray], folded: bool) -> list[str]:
    """What is wrong with the initializers."""
    faults = []
    own = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    kept = {name for name, array in weights.items() if array.ndim > 1 or not folded}
    faults += [f"'{name}' is missing" for name in kept - own.keys()]
    for name in own.keys() & weights.keys():
        ours, theirs = own[name], weights[name]
        if ours.shape != theirs.shape:
            faults.append(f"'{name}' has shape {ours.shape}, expected {theirs.shape}")
        elif not folded and bits(ours) != bits(theirs):
            faults.append(f"'{name}' has other bits")
        elif folded and ours.ndim > 1 and np.count_nonzero(ours[theirs == 0].view(np.uint32)):
            faults.append(f"'{name}' is not zero where it was")
    return faults


def scores(model: Path, inputs: dict[str, np.ndarray]) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return session.run(["logits"], inputs)[0]


def check(path: Path, folder: Path) -> tuple[str, list[str]]:
    """A row of the table about a model, and what is wrong with it."""
    example, weights = load_file(folder / "example.safetensors"), load_file(folder / "weights.safetensors")
    logits = example.pop("logits")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    faults = weight_faults(model, weights, path.stem == "folded")
    difference = np.abs(scores(path, example) - logits).max()
    alone = np.abs(scores(path, {name: values[:1] for name, values in example.items()}) - logits[:1]).max()
    # Written so that what is no number is a fault.
    if not max(difference, alone) <= TOLERANCE:
        faults.append(f"scores differ by {max(difference, alone):.1e}")
    zeros = sum(int((numpy_helper.to_array(tensor) == 0).sum()) for tensor in model.graph.initializer)
    opset = ", ".join(str(entry.version) for entry in model.opset_import)
    size = path.stat().st_size
    row = f"{path.stem} | {opset} | {size / 1e6:.1f} | {zeros} | {np.abs(logits).max():.2f} | {difference:.1e} | {alone:.1e}"
    return row, faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default=".build/release/engine-benchmark", help="program that writes the models")
    parser.add_argument("--networks", default=",".join(NETWORKS), help="names, separated by commas")
    options = parser.parse_args()
    failed = False
    print(f"onnx {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}\n")
    print("| network | model | opset | MB | zeros | largest score | largest difference | of a batch of one |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for network in options.networks.split(","):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([options.engine, "onnx", network, "--out", folder], check=True)
            models = sorted(Path(folder).glob("*.onnx"))
            if not models:
                sys.exit(f"{network}: no models were written")
            for path in models:
                row, faults = check(path, Path(folder))
                print(f"| {network} | {row} |", flush=True)
                for fault in faults:
                    print(f"{network} {path.stem}: {fault}", file=sys.stderr)
                failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
