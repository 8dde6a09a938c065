"""Times the steps of one network in PyTorch, as one process, and prints one line of JSON.

The line is that of `engine-benchmark measure` with two keys more: `layout`, and `import_bytes`, the peak memory of the
process before the network is made. Run by `compare.py`, which preloads tcmalloc.
"""

import argparse
import itertools
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import torch
from pytorch_networks import CASES
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

SPARSITY, TEMPERATURE = 0.866, 1e-4
MODES = ["dense", "pdp", "inference"]
TUNING_MODES = ["distillation", "distillation-stored"]


class SoftMask(nn.Module):
    """Multiplies a weight by PDP's soft mask (arXiv 2305.11203); the threshold is new at every call."""

    def forward(self, weight: Tensor) -> Tensor:
        threshold = magnitude_threshold(weight)
        mask = weight.square().sub_(threshold * threshold).div_(TEMPERATURE).sigmoid_()
        return mask * weight


def magnitude_threshold(weight: Tensor) -> float:
    """Midpoint of the largest magnitude pruned and the smallest kept; a constant in the backward pass.

    NumPy's vectorised partition, in place and for one rank, is the fastest of what was tried on two AVX2 cores from two
    thousand weights up (below that all take microseconds). Milliseconds for 590 thousand weights: partition 0.9, `topk`
    4.8, partition for two ranks 7.1, a histogram with a sort of one bin 7.6, `kthvalue` with a masked minimum 10,
    `kthvalue` twice 18, `sort` 66.
    """
    # `ravel` in memory order is a view, also of channels-last weights.
    magnitudes = weight.detach().abs().numpy().ravel(order="K")
    pruned = int(SPARSITY * magnitudes.size + 0.5)
    magnitudes.partition(pruned)
    return (float(magnitudes[:pruned].max()) + float(magnitudes[pruned])) / 2


def peak_bytes() -> int:
    """Largest resident size of this process so far."""
    status = Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def make_step(network_name: str, mode: str, layout: str) -> Callable[[], Tensor]:
    """A function that makes one step, or one forward pass in mode `inference`, and returns the loss."""
    case = CASES[network_name]
    network, inputs = case.make(), case.inputs()
    labels = torch.arange(len(inputs)) % case.classes
    if layout == "channels-last":
        network, inputs = (value.to(memory_format=torch.channels_last) for value in (network, inputs))
    if mode == "pdp":
        for layer in case.pruned_layers(network):
            parametrize.register_parametrization(layer, "weight", SoftMask())
    if mode == "inference":
        network.eval()

        @torch.inference_mode()
        def forward() -> Tensor:
            return F.cross_entropy(network(inputs), labels)

        return forward

    optimizer = case.optimizer(list(network.parameters()))

    def train() -> Tensor:
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(network(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return train


def make_tuning_step(network_name: str, *, stores_teacher: bool) -> Callable[[], Tensor]:
    """A function that makes one step with PDP, distillation and clipped gradients, and returns the loss."""
    case = CASES[network_name]
    network, teacher, batches = case.make(), case.make().eval(), case.inputs()
    labels = torch.arange(batches.shape[1]) % case.classes
    for layer in case.pruned_layers(network):
        parametrize.register_parametrization(layer, "weight", SoftMask())
    parameters = list(network.parameters())
    optimizer = case.optimizer(parameters)

    def scores(tokens: Tensor) -> Tensor:
        with torch.inference_mode():
            result = teacher(tokens)
        return result.clone()

    stored = [scores(tokens) for tokens in batches] if stores_teacher else None
    indices = itertools.cycle(range(len(batches)))
    heat = 2.0

    def train() -> Tensor:
        index = next(indices)
        wanted = stored[index] if stored else scores(batches[index])
        optimizer.zero_grad(set_to_none=True)
        logits = network(batches[index])
        distance = F.kl_div(
            F.log_softmax(logits / heat, -1), F.log_softmax(wanted / heat, -1), reduction="batchmean", log_target=True
        )
        loss = 0.05 * F.cross_entropy(logits, labels) + 0.95 * heat * heat * distance
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        return loss.detach()

    return train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", choices=CASES)
    parser.add_argument("mode", choices=MODES + TUNING_MODES)
    parser.add_argument("--layout", choices=["nchw", "channels-last"], default="nchw")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    is_tuning = options.network == "minilm-l6-tuning"
    if options.layout == "channels-last" and options.network.startswith("minilm-l6"):
        parser.error(f"{options.network} has no images: only --layout nchw")
    if options.mode not in (TUNING_MODES if is_tuning else MODES):
        parser.error(f"{options.network} has no mode {options.mode}")

    import_bytes = peak_bytes()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    if is_tuning:
        step = make_tuning_step(options.network, stores_teacher=options.mode == "distillation-stored")
    else:
        step = make_step(options.network, options.mode, options.layout)
    milliseconds, losses = [], []
    for _ in range(options.warmup + options.steps):
        start = time.perf_counter()
        loss = step()
        milliseconds.append(1000 * (time.perf_counter() - start))
        losses.append(loss.item())
    result = {
        "network": options.network,
        "mode": options.mode,
        "threads": options.threads,
        "milliseconds": milliseconds[options.warmup :],
        "peak_bytes": peak_bytes(),
        "losses": losses,
        "layout": options.layout,
        "import_bytes": import_bytes,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
