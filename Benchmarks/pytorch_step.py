"""Times a training step of the bench networks in PyTorch, the same networks and batches as `make bench`.

Prints the median of ten steps in each memory layout, NCHW and channels-last. Run by `make bench-pytorch`.
"""

import time

import torch
from torch import nn
from torch.nn import functional as F

BATCH, STEPS, WARMUP = 128, 10, 3


def normalised(convolution):
    """A convolution with the batch normalisation and the rectifier behind it."""
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU(inplace=True)]


def mobilenet_v1(width):
    """MobileNet-v1 with a stride-1 stem for 32x32 images."""
    inputs = int(32 * width)
    layers = normalised(nn.Conv2d(3, inputs, 3, 1, 1, bias=False))
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    for channels, stride in blocks + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]:
        outputs = int(channels * width)
        layers += normalised(nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False))
        layers += normalised(nn.Conv2d(inputs, outputs, 1, bias=False))
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.body = nn.Sequential(
            *normalised(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)),
            nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )
        self.shortcut = nn.Identity()
        if stride != 1 or inputs != outputs:
            projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, images):
        return F.relu(self.body(images) + self.shortcut(images), inplace=True)


def resnet18(width):
    """ResNet18 of base width `width` with a 3x3 stem for 32x32 images."""
    layers, inputs = normalised(nn.Conv2d(3, width, 3, 1, 1, bias=False)), width
    for outputs, stride in [(width, 1), (2 * width, 2), (4 * width, 2), (8 * width, 2)]:
        layers += [BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


def milliseconds(network, memory_format):
    """Median time of a step: forward, backward, SGD with Nesterov momentum and weight decay."""
    network = network.to(memory_format=memory_format)
    images = torch.rand(BATCH, 3, 32, 32).to(memory_format=memory_format)
    labels = torch.arange(BATCH) % 10
    optimizer = torch.optim.SGD(network.parameters(), 1e-3, momentum=0.9, nesterov=True, weight_decay=5e-4)
    times = []
    for _ in range(WARMUP + STEPS):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    return 1000 * sorted(times[WARMUP:])[STEPS // 2]


def main():
    print(f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads")
    networks = {
        "MobileNet-v1 x0.25": lambda: mobilenet_v1(0.25),
        "MobileNet-v1 x1.0": lambda: mobilenet_v1(1.0),
        "ResNet18 base width 16": lambda: resnet18(16),
    }
    for name, make in networks.items():
        plain = milliseconds(make(), torch.contiguous_format)
        last = milliseconds(make(), torch.channels_last)
        print(f"{name}: {plain:.1f} ms a step in NCHW, {last:.1f} ms in channels-last")


if __name__ == "__main__":
    main()
