"""Trains one arm of a study in plain PyTorch: dense, one-shot, PDP (weights or channels), AC/DC, OptG, channels by norm.

The methods are written from their definitions and not from this engine's code, to be an oracle of it. Both sides share
the recipe of the studies' quick profiles and the random numbers: they start from the same weights and see the same
images in the same order. README.md, "Arms beside PyTorch", has results.
"""

import argparse
import json
import math
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

MASK = (1 << 64) - 1


# Random numbers of the engine (Kernels/Seed.swift): functions of a seed, the name of a stream and an index.


def hashed(text: str) -> int:
    """FNV-1a."""
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) & MASK
    return value


def mixed(word: int) -> int:
    """The finaliser of SplitMix64."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def bits(seed: int, stream: str, indices: np.ndarray) -> np.ndarray:
    """64 random bits of `stream` at each of `indices`."""
    key = np.uint64(mixed(seed ^ mixed(hashed(stream))))
    word = key + (indices.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def below(bound: int, words: np.ndarray) -> np.ndarray:
    """Whole numbers below `bound` from random bits."""
    return np.array([(int(word) * bound) >> 64 for word in words])


def permutation(seed: int, stream: str, count: int) -> np.ndarray:
    """Fisher and Yates' shuffle."""
    words = bits(seed, stream, np.arange(count))
    order = np.arange(count)
    for last in range(count - 1, 0, -1):
        other = (int(words[last]) * (last + 1)) >> 64
        order[last], order[other] = order[other], order[last]
    return order


# Data


def read_idx(path: Path) -> np.ndarray:
    content = path.read_bytes()
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def ranks(labels: np.ndarray) -> np.ndarray:
    """For each example, how many before it have its label."""
    seen = np.zeros(256, int)
    result = np.zeros(len(labels), int)
    for index, label in enumerate(labels):
        result[index] = seen[label]
        seen[label] += 1
    return result


class Data:
    """The 10,000 images of `cifar10-10k`, whose five folds hold every fifth image of each class."""

    def __init__(self, folder: Path, fold: int, seed: int, limits: tuple[int, int] | None) -> None:
        self.images = read_idx(folder / "images.idx")
        self.labels = read_idx(folder / "labels.idx")
        self.seed = seed
        is_test = ranks(self.labels) % 5 == fold
        self.train, self.test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
        pixels = self.images[self.train] / 255
        self.mean = pixels.mean((0, 2, 3)).reshape(1, 3, 1, 1)
        self.deviation = pixels.std((0, 2, 3)).reshape(1, 3, 1, 1)
        if limits:
            self.train, self.test = (
                self.limited(part, n) for part, n in zip((self.train, self.test), limits, strict=True)
            )

    def limited(self, indices: np.ndarray, count: int) -> np.ndarray:
        """The first examples of each class, `count` in all."""
        labels = self.labels[indices]
        return np.sort(indices[np.lexsort((labels, ranks(labels)))[:count]])

    def normalised(self, images: np.ndarray) -> Tensor:
        return torch.as_tensor(((images / 255 - self.mean) / self.deviation).astype(np.float32))

    def epoch(self, epoch: int, batch: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Shuffled batches, cropped by up to 4 pixels of zeros and flipped; a last shorter one is left out."""
        order = self.train[permutation(self.seed, f"order/epoch/{epoch}", len(self.train))]
        for start in range(0, len(order) - batch + 1, batch):
            examples = order[start : start + batch]
            rows = below(9, bits(self.seed, f"crop/epoch/{epoch}", 2 * examples))
            columns = below(9, bits(self.seed, f"crop/epoch/{epoch}", 2 * examples + 1))
            flips = bits(self.seed, f"flip/epoch/{epoch}", examples) >> np.uint64(63)
            padded = np.pad(self.images[examples], ((0, 0), (0, 0), (4, 4), (4, 4)))
            images = np.stack([p[:, y : y + 32, x : x + 32] for p, y, x in zip(padded, rows, columns, strict=True)])
            images[flips == 1] = images[flips == 1][..., ::-1]
            yield self.normalised(images), torch.as_tensor(self.labels[examples].astype(np.int64))


# Networks, with the parameter paths of the engine's: the initial weights go by them


def separable(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class MobileNetV1(nn.Module):
    """MobileNet-v1 for 32x32 images (arXiv 1704.04861, table 1)."""

    def __init__(self, width: float = 0.25) -> None:
        super().__init__()
        inputs = max(8, int(32 * width))
        layers = [nn.Sequential(nn.Conv2d(3, inputs, 3, 1, 1, bias=False), nn.BatchNorm2d(inputs), nn.ReLU())]
        blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5
        for channels, stride in blocks + [(1024, 2), (1024, 1)]:
            layers.append(separable(inputs, max(8, int(channels * width)), stride))
            inputs = max(8, int(channels * width))
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(inputs, 10)

    def forward(self, images: Tensor) -> Tensor:
        return self.classifier(self.features(images).mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride != 1 or inputs != 4 * width:
            projection = nn.Conv2d(inputs, 4 * width, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(4 * width))

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(y)))))
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class ResNet50(nn.Module):
    """ResNet50 of base width `width` for 32x32 images (arXiv 1512.03385, table 1)."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        inputs, stages = width, []
        for channels, count, stride in [(1, 3, 1), (2, 4, 2), (4, 6, 2), (8, 3, 2)]:
            blocks = []
            for index in range(count):
                blocks.append(Bottleneck(inputs, channels * width, stride if index == 0 else 1))
                inputs = 4 * channels * width
            stages.append(nn.Sequential(*blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.fc = nn.Linear(inputs, 10)

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu(self.bn1(self.conv1(images)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


def initialise(network: nn.Module, seed: int) -> None:
    """PyTorch's own distribution, uniform within 1 / sqrt(fan-in), from the engine's random numbers."""
    bound = 1.0
    for path, parameter in network.named_parameters():
        if parameter.dim() == 1 and not path.startswith(("classifier", "fc")):
            continue
        if parameter.dim() > 1:
            bound = 1 / math.sqrt(parameter[0].numel())
        words = bits(seed, f"init/{path}", np.arange(parameter.numel())) >> np.uint64(11)
        values = (2 * (words.astype(np.float64) * 2.0**-53) - 1) * bound
        with torch.no_grad():
            parameter.copy_(torch.as_tensor(values.astype(np.float32)).reshape(parameter.shape))


# Budgets


def kept(count: int, sparsity: float) -> int:
    """How many of `count` stay."""
    return max(1, count - math.floor(sparsity * count + 0.5))


def highest(scores: Tensor, keep: int) -> Tensor:
    """1 at the `keep` highest scores, lower positions first among equals."""
    order = torch.argsort(scores.flatten(), descending=True, stable=True)
    mask = torch.zeros_like(scores).flatten()
    mask[order[:keep]] = 1
    return mask.reshape(scores.shape)


def ranked_sparsities(scores: dict[str, Tensor], sparsity: float, cap: float) -> dict[str, float]:
    """Share of each layer below the common threshold that leaves `sparsity` pruned; no layer loses more than `cap`."""
    total = sum(s.numel() for s in scores.values())
    capped: dict[str, float] = {}
    while True:
        free = {name: s.flatten() for name, s in scores.items() if name not in capped}
        due = round(sparsity * total) - sum(round(cap * scores[name].numel()) for name in capped)
        everything = torch.cat(list(free.values()))
        lowest = torch.zeros_like(everything)
        lowest[torch.argsort(everything, stable=True)[:due]] = 1
        pieces = torch.split(lowest, [s.numel() for s in free.values()])
        shares = {name: piece.mean(dtype=torch.float64).item() for name, piece in zip(free, pieces, strict=True)}
        over = [name for name, share in shares.items() if share > cap]
        if not over:
            return {**shares, **capped}
        capped.update({name: cap for name in over})


# Methods: `prepare` runs before a step's forward pass, `effective` gives what computes in place of the stored weights,
# `learn` gets the gradients with respect to that, `settle` runs after the update.


class Dense:
    """Nothing is pruned; what the other methods have in common."""

    def __init__(self, network: nn.Module, arguments: argparse.Namespace, steps: int) -> None:
        self.network, self.arguments, self.steps = network, arguments, steps
        self.weights = {
            f"{path}.weight": module.weight
            for path, module in network.named_modules()
            if isinstance(module, nn.Conv2d | nn.Linear)
        }
        self.total = steps * arguments.epochs
        self.masks: dict[str, Tensor] = {}

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        pass

    def effective(self) -> dict[str, Tensor]:
        return {name: self.weights[name] * mask for name, mask in self.masks.items()}

    def learn(self, gradients: dict[str, Tensor], rate: float) -> None:
        pass

    def settle(self, optimizer: torch.optim.Optimizer) -> None:
        pass

    def harden(self) -> dict[str, Tensor]:
        """What is evaluated."""
        return self.effective()

    def project(self, optimizer: torch.optim.Optimizer) -> None:
        """Sets pruned weights and their momentum to zero."""
        for name, mask in self.masks.items():
            weight = self.weights[name]
            weight.data.mul_(mask)
            if "momentum_buffer" in optimizer.state[weight]:
                optimizer.state[weight]["momentum_buffer"].mul_(mask)

    def largest(self) -> dict[str, Tensor]:
        """The masks of the largest weights of the whole network."""
        magnitudes = {name: weight.detach().abs() for name, weight in self.weights.items()}
        shares = ranked_sparsities(magnitudes, self.arguments.sparsity, self.arguments.cap)
        return {name: highest(m, kept(m.numel(), shares[name])) for name, m in magnitudes.items()}

    @property
    def sparsity(self) -> float:
        count = sum(w.numel() for w in self.weights.values())
        return sum((mask == 0).sum().item() for mask in self.masks.values()) / count


class Ramp(Dense):
    """The share of the target in force: a straight line from the end of the warm-up on, held for an epoch."""

    def progress(self, step: int) -> float:
        epoch = step // self.steps
        return min(1.0, max(0.0, (epoch - self.arguments.warmup) / self.arguments.ramp))


class OneShot(Ramp):
    """The largest weights of the network stay, chosen once where the ramp ends."""

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        if self.progress(step) == 1 and not self.masks:
            self.masks = self.largest()
            self.project(optimizer)

    def settle(self, optimizer: torch.optim.Optimizer) -> None:
        self.project(optimizer)


class PDP(Ramp):
    """Soft masks of a two-way softmax of w^2 against t^2, arXiv 2305.11203; thresholds are constants of the gradient.

    Layers' shares come from one ranking at the end of the warm-up.
    """

    shares: dict[str, float] | None = None

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        self.now = self.progress(step)
        if step >= self.arguments.warmup * self.steps and self.shares is None:
            magnitudes = {name: weight.detach().abs() for name, weight in self.weights.items()}
            self.shares = ranked_sparsities(magnitudes, self.arguments.sparsity, self.arguments.cap)

    def effective(self) -> dict[str, Tensor]:
        if self.shares is None:
            return {}
        result = {}
        for name, weight in self.weights.items():
            keep = kept(weight.numel(), self.shares[name] * self.now)
            if keep == weight.numel():
                continue
            threshold = between(weight.detach().abs(), keep)
            logits = torch.stack([weight**2, torch.full_like(weight, threshold**2)]) / self.arguments.temperature
            result[name] = weight * torch.softmax(logits, 0)[0]
        return result

    def harden(self) -> dict[str, Tensor]:
        if self.shares is None:
            return {}
        for name, weight in self.weights.items():
            keep = kept(weight.numel(), self.shares[name] * self.now)
            self.masks[name] = highest(weight.detach().abs(), keep)
        return {name: self.weights[name] * mask for name, mask in self.masks.items()}


def between(magnitudes: Tensor, keep: int) -> float:
    """Half way between the smallest that is kept and the largest that is not."""
    ordered = torch.sort(magnitudes.flatten(), descending=True).values
    return 0.5 * (ordered[keep - 1].item() + ordered[keep].item())


class ACDC(Dense):
    """Sparse and dense phases by turns, arXiv 2106.12379, at the fractions of its 100 epochs on ImageNet."""

    def is_sparse(self, step: int) -> bool:
        percent = 100 * step / self.total
        return percent >= 85 or (10 <= percent < 75 and percent % 10 < 5)

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        if self.is_sparse(step) and not self.masks:
            self.masks = self.largest()
            self.project(optimizer)
        elif not self.is_sparse(step) and self.masks:
            self.masks = {}
            for state in optimizer.state.values():
                state["momentum_buffer"].zero_()

    def settle(self, optimizer: torch.optim.Optimizer) -> None:
        self.project(optimizer)


class OptG(Dense):
    """Learnt scores, ranked over the network before each epoch, on a sigmoid ramp, arXiv 2201.12826."""

    def __init__(self, network: nn.Module, arguments: argparse.Namespace, steps: int) -> None:
        super().__init__(network, arguments, steps)
        self.scores = {name: torch.zeros_like(weight) for name, weight in self.weights.items()}
        self.masks = {name: torch.ones_like(weight) for name, weight in self.weights.items()}
        self.optimizer = torch.optim.SGD(self.scores.values(), lr=0.1, momentum=0.9)

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        end = math.ceil(self.arguments.ramp * self.steps - 1e-6)
        if step % self.steps and step != end:
            return
        epoch = step // self.steps
        self.sigmoid = 1 / (1 + math.exp(-self.arguments.steepness * (epoch - self.arguments.epochs / 2)))
        rate = self.sigmoid if step < end else 1.0
        if step == 0:
            return
        shares = ranked_sparsities(self.scores, self.arguments.sparsity * rate, self.arguments.cap)
        old = self.masks
        self.masks = {name: highest(s, kept(s.numel(), shares[name])) for name, s in self.scores.items()}
        lost = sum((old[name] * (1 - mask)).sum().item() for name, mask in self.masks.items())
        back = sum(((1 - old[name]) * mask).sum().item() for name, mask in self.masks.items())
        print(f"  step {step}: rate {rate:.4f}, lost {lost:.0f}, back {back:.0f}", flush=True)

    def learn(self, gradients: dict[str, Tensor], rate: float) -> None:
        for name, score in self.scores.items():
            score.grad = gradients[name] * self.weights[name].detach()
        for group in self.optimizer.param_groups:
            group["lr"] = rate * self.sigmoid
        self.optimizer.step()


@dataclass(frozen=True)
class Channels:
    """Channels that can only go together: the filters that make them, and the normalisations behind those."""

    makers: list[nn.Conv2d]
    norms: list[tuple[str, nn.BatchNorm2d]]


def channel_groups(network: nn.Module) -> list[Channels]:
    """Of MobileNet-v1, the outputs of each 1x1 convolution; of ResNet50, those inside blocks and those of its stages."""
    modules = dict(network.named_modules())

    def channels(makers: list[str], norms: list[str]) -> Channels:
        return Channels([modules[path] for path in makers], [(path, modules[path]) for path in norms])

    groups = []
    if isinstance(network, MobileNetV1):
        last = len(network.features) - 1
        for index in range(1, last + 1):
            followers = [f"features.{index + 1}.1"] if index < last else []
            groups.append(channels([f"features.{index}.3"], [f"features.{index}.4", *followers]))
        return groups
    for stage in range(1, 5):
        blocks = [f"layer{stage}.{index}" for index in range(len(modules[f"layer{stage}"]))]
        groups += [channels([f"{block}.conv{n}"], [f"{block}.bn{n}"]) for block in blocks for n in (1, 2)]
        # Whatever a stage's blocks add to one another has its channels in common.
        downsample = f"layer{stage}.0.downsample"
        makers = [f"{downsample}.0"] + [f"{block}.conv3" for block in blocks]
        groups.append(channels(makers, [f"{downsample}.1"] + [f"{block}.bn3" for block in blocks]))
    return groups


class ChannelNorms(Ramp):
    """The channels whose filters have the smallest L1 norms go where the ramp ends, of every group the same share.

    A channel's mask multiplies the scale and the shift of the normalisations behind its filters; a factor on a filter
    would be divided away by the normalisation.
    """

    order = 1

    def __init__(self, network: nn.Module, arguments: argparse.Namespace, steps: int) -> None:
        super().__init__(network, arguments, steps)
        self.groups = channel_groups(network)
        self.chosen: list[Tensor] | None = None

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        self.now = self.progress(step)
        if self.now == 1 and self.chosen is None:
            self.chosen = self.masks_of(lambda scores, keep: highest(scores.detach(), keep))

    def scores(self, channels: Channels) -> Tensor:
        norms = [torch.linalg.vector_norm(m.weight.flatten(1), self.order, 1) for m in channels.makers]
        return torch.stack(norms).mean(0)

    def masks_of(self, rule: Callable[[Tensor, int], Tensor]) -> list[Tensor]:
        result = []
        for channels in self.groups:
            scores = self.scores(channels)
            result.append(rule(scores, kept(len(scores), self.arguments.sparsity * self.now)))
        return result

    def masked(self, masks: list[Tensor]) -> dict[str, Tensor]:
        result = {}
        for channels, mask in zip(self.groups, masks, strict=True):
            for path, norm in channels.norms:
                result[f"{path}.weight"] = norm.weight * mask
                result[f"{path}.bias"] = norm.bias * mask
        return result

    def effective(self) -> dict[str, Tensor]:
        return self.masked(self.chosen) if self.chosen else {}


class ChannelRandom(ChannelNorms):
    """The same number of channels, whichever."""

    def scores(self, channels: Channels) -> Tensor:
        return torch.rand(channels.makers[0].out_channels)


class ChannelPDP(ChannelNorms):
    """PDP on the L2 norms of filters, the mean over those that make a channel."""

    order = 2

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        self.now = self.progress(step)

    def effective(self) -> dict[str, Tensor]:
        return self.masked(self.masks_of(self.soft)) if self.now > 0 else {}

    def harden(self) -> dict[str, Tensor]:
        return self.masked(self.masks_of(lambda norms, keep: highest(norms.detach(), keep)))

    def soft(self, norms: Tensor, keep: int) -> Tensor:
        if keep == len(norms):
            return torch.ones_like(norms)
        threshold = between(norms.detach(), keep) ** 2
        return torch.sigmoid((norms**2 - threshold) / (self.arguments.kappa * threshold))


METHODS = {
    "dense": Dense,
    "one-shot": OneShot,
    "pdp": PDP,
    "ac-dc": ACDC,
    "optg": OptG,
    "channel-pdp": ChannelPDP,
    "channel-l1": ChannelNorms,
    "channel-random": ChannelRandom,
}


# Training


def rate(step: int, total: int) -> float:
    """Linear from 0 to 0.1 over a twentieth of training, then half a cosine down to 0."""
    warmup = 0.05 * total
    if step < warmup:
        return 0.1 * step / warmup
    return 0.05 * (1 + math.cos(math.pi * (step - warmup) / (total - warmup)))


def evaluate(network: nn.Module, method: Dense, data: Data) -> tuple[float, float]:
    network.eval()
    effective = method.harden()
    correct, loss = 0, 0.0
    with torch.no_grad():
        for start in range(0, len(data.test), 500):
            examples = data.test[start : start + 500]
            labels = torch.as_tensor(data.labels[examples].astype(np.int64))
            outputs = functional_call(network, effective, (data.normalised(data.images[examples]),))
            correct += (outputs.argmax(1) == labels).sum().item()
            loss += F.cross_entropy(outputs, labels, reduction="sum").item()
    network.train()
    return correct / len(data.test), loss / len(data.test)


def train(arguments: argparse.Namespace) -> None:
    """Prints a line of JSON an epoch, and at the end how many weights the mask of each layer keeps."""
    data = Data(arguments.data, arguments.replicate % 5, arguments.seed, arguments.limits)
    network = MobileNetV1() if arguments.network == "mobilenet-v1" else ResNet50()
    initialise(network, arguments.seed)
    network.train()
    steps = len(data.train) // arguments.batch
    method = METHODS[arguments.method](network, arguments, steps)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    step = 0
    for epoch in range(arguments.epochs):
        losses, started = [], time.time()
        for images, labels in data.epoch(epoch, arguments.batch):
            method.prepare(step, optimizer)
            learning_rate = rate(step, steps * arguments.epochs)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.zero_grad()
            effective = method.effective()
            leaves = {name: value.detach().requires_grad_() for name, value in effective.items()}
            loss = F.cross_entropy(functional_call(network, leaves, (images,)), labels)
            loss.backward()
            gradients = {name: leaf.grad for name, leaf in leaves.items()}
            if effective:
                torch.autograd.backward(list(effective.values()), list(gradients.values()))
            method.learn(gradients, learning_rate)
            optimizer.step()
            method.settle(optimizer)
            losses.append(loss.item())
            step += 1
            if arguments.trace:
                print(f"  step {step}: loss {losses[-1]:.6f}", flush=True)
        top1, test_loss = evaluate(network, method, data)
        result = dict(
            epoch=epoch + 1,
            train_loss=round(sum(losses) / len(losses), 4),
            test_loss=round(test_loss, 4),
            top1=round(top1, 4),
            sparsity=round(method.sparsity, 4),
            seconds=round(time.time() - started),
        )
        print(json.dumps(result), flush=True)
    print(json.dumps({name: int(mask.sum().item()) for name, mask in method.masks.items()}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("--network", choices=["mobilenet-v1", "resnet50"], default="mobilenet-v1")
    parser.add_argument("--data", type=Path, default=Path("datasets/cifar10-10k"))
    parser.add_argument("--seed", type=int, required=True, help="of the run: column `seed` of v_runs")
    parser.add_argument("--replicate", type=int, default=0)
    parser.add_argument(
        "--limits",
        metavar="TRAINING,EVALUATION",
        type=lambda text: tuple(map(int, text.split(","))),
        help="training,evaluation",
    )
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--sparsity", type=float, default=0.866)
    parser.add_argument("--cap", type=float, default=0.98)
    parser.add_argument("--warmup", type=float, default=1.2, help="epochs before the ramp")
    parser.add_argument("--ramp", type=float, default=2.8, help="epochs; for optg those to the end of its sigmoid")
    parser.add_argument("--temperature", type=float, default=1e-4)
    parser.add_argument("--kappa", type=float, default=0.005)
    parser.add_argument("--steepness", type=float, default=2.5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--trace", action="store_true", help="print the loss of every step")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_default_device(arguments.device)
    torch.manual_seed(arguments.seed % 2**63)
    train(arguments)


if __name__ == "__main__":
    main()
