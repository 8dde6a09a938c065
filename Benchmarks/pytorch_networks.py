"""The networks of the benchmark in plain PyTorch, with the shapes that `engine-benchmark` gives its own."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def normalised(convolution: nn.Conv2d) -> list[nn.Module]:
    """A convolution with the batch normalisation and the rectifier behind it."""
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU(inplace=True)]


def classifier(channels: int, classes: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)]


def mobilenet_v1(width: float) -> nn.Module:
    """MobileNet-v1 with a stride-1 stem for 32x32 images (arXiv 1704.04861, table 1)."""
    inputs = int(32 * width)
    layers = normalised(nn.Conv2d(3, inputs, 3, 1, 1, bias=False))
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    for channels, stride in blocks + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]:
        outputs = int(channels * width)
        layers += normalised(nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False))
        layers += normalised(nn.Conv2d(inputs, outputs, 1, bias=False))
        inputs = outputs
    return nn.Sequential(*layers, *classifier(inputs, 10))


class ResidualBlock(nn.Module):
    """`body` beside a shortcut, which a 1x1 convolution projects where the shape changes."""

    def __init__(self, body: list[nn.Module], inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(*body)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or inputs != outputs:
            projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.shortcut = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, images: Tensor) -> Tensor:
        return F.relu(self.body(images).add_(self.shortcut(images)), inplace=True)


def basic_block(inputs: int, width: int, stride: int) -> ResidualBlock:
    first = normalised(nn.Conv2d(inputs, width, 3, stride, 1, bias=False))
    second = [nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)]
    return ResidualBlock(first + second, inputs, width, stride)


def bottleneck(inputs: int, width: int, stride: int) -> ResidualBlock:
    first = normalised(nn.Conv2d(inputs, width, 1, bias=False))
    second = normalised(nn.Conv2d(width, width, 3, stride, 1, bias=False))
    third = [nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)]
    return ResidualBlock(first + second + third, inputs, 4 * width, stride)


def resnet18(width: int) -> nn.Module:
    """ResNet18 of base width `width` with a 3x3 stem for 32x32 images (arXiv 1512.03385, table 1)."""
    layers, inputs = normalised(nn.Conv2d(3, width, 3, 1, 1, bias=False)), width
    for outputs, stride in [(width, 1), (2 * width, 2), (4 * width, 2), (8 * width, 2)]:
        layers += [basic_block(inputs, outputs, stride), basic_block(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, *classifier(inputs, 10))


def resnet50() -> nn.Module:
    """ResNet50 for 224x224 images; the stride sits in the 3x3 convolution, as in torchvision."""
    layers, inputs = normalised(nn.Conv2d(3, 64, 7, 2, 3, bias=False)), 64
    layers.append(nn.MaxPool2d(3, 2, 1))
    for width, blocks, stride in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for index in range(blocks):
            layers.append(bottleneck(inputs, width, stride if index == 0 else 1))
            inputs = 4 * width
    return nn.Sequential(*layers, *classifier(inputs, 1000))


class SelfAttention(nn.Module):
    def __init__(self, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(hidden, hidden)
        self.value = nn.Linear(hidden, hidden)
        self.output = nn.Linear(hidden, hidden)

    def forward(self, states: Tensor) -> Tensor:
        def split(projected: Tensor) -> Tensor:
            return projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)

        query, key, value = split(self.query(states)), split(self.key(states)), split(self.value(states))
        probability = self.dropout if self.training else 0.0
        context = F.scaled_dot_product_attention(query, key, value, dropout_p=probability)
        return self.output(context.transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    """Attention and feed-forward, each with dropout, a residual and a layer normalisation behind it."""

    def __init__(self, hidden: int, heads: int, intermediate: int, dropout: float) -> None:
        super().__init__()
        self.attention = SelfAttention(hidden, heads, dropout)
        self.attention_norm = nn.LayerNorm(hidden, eps=1e-12)
        self.intermediate = nn.Linear(hidden, intermediate)
        self.output = nn.Linear(intermediate, hidden)
        self.output_norm = nn.LayerNorm(hidden, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor) -> Tensor:
        states = self.attention_norm(states + self.dropout(self.attention(states)))
        return self.output_norm(states + self.dropout(self.output(F.gelu(self.intermediate(states)))))


class MiniLM(nn.Module):
    """MiniLM-L6: BERT (arXiv 1810.04805) with six layers, for sequence classification, dropout as in fine-tuning."""

    def __init__(self) -> None:
        super().__init__()
        hidden, dropout = 384, 0.1
        self.words = nn.Embedding(30522, hidden, padding_idx=0)
        self.positions = nn.Embedding(512, hidden)
        self.segments = nn.Embedding(2, hidden)
        self.embedding_norm = nn.LayerNorm(hidden, eps=1e-12)
        self.encoder = nn.Sequential(*[EncoderLayer(hidden, 12, 1536, dropout) for _ in range(6)])
        self.pooler = nn.Linear(hidden, hidden)
        self.classifier = nn.Linear(hidden, 2)
        self.dropout = nn.Dropout(dropout)
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear):
                nn.init.zeros_(module.bias)

    def encoded(self, tokens: Tensor) -> Tensor:
        places = torch.arange(tokens.shape[1])
        states = self.words(tokens) + self.positions(places) + self.segments(torch.zeros_like(tokens))
        return self.encoder(self.dropout(self.embedding_norm(states)))

    def forward(self, tokens: Tensor) -> Tensor:
        states = self.encoded(tokens)
        return self.classifier(self.dropout(torch.tanh(self.pooler(states[:, 0]))))


class MeanMiniLM(MiniLM):
    """The same with the mean over all positions in place of the pooler; sequences have no padding here."""

    def __init__(self) -> None:
        super().__init__()
        del self.pooler

    def forward(self, tokens: Tensor) -> Tensor:
        return self.classifier(self.dropout(self.encoded(tokens).mean(1)))


@dataclass(frozen=True)
class Case:
    """A network with its batch (or batches, where it is tuned); `optimizer` is SGD with Nesterov momentum for images, AdamW for text."""

    make: Callable[[], nn.Module]
    inputs: Callable[[], Tensor]
    classes: int
    optimizer: Callable[[list[nn.Parameter]], torch.optim.Optimizer]

    def pruned_layers(self, network: nn.Module) -> list[nn.Module]:
        """Every convolution and linear layer; of MiniLM, the encoder's."""
        root = network.encoder if isinstance(network, MiniLM) else network
        return [module for module in root.modules() if isinstance(module, nn.Conv2d | nn.Linear)]


def sgd(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=1e-3, momentum=0.9, nesterov=True, weight_decay=5e-4, fused=True)


def adamw(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=2e-5, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, fused=True)


def tuning_adamw(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=1e-4, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, fused=True)


def tuning_batches() -> Tensor:
    """Four batches of 32 sequences of 64 tokens, those of the engine's side."""
    return (1 + torch.arange(4 * 32 * 64) * 7919 % 30521).reshape(4, 32, 64)


def small_images() -> Tensor:
    return torch.rand(128, 3, 32, 32)


CASES: dict[str, Case] = {
    "resnet18-w16": Case(lambda: resnet18(16), small_images, 10, sgd),
    "mobilenet-v1-x0.25": Case(lambda: mobilenet_v1(0.25), small_images, 10, sgd),
    "mobilenet-v1-x1.0": Case(lambda: mobilenet_v1(1.0), small_images, 10, sgd),
    "minilm-l6": Case(MiniLM, lambda: torch.randint(1, 30522, (32, 64)), 2, adamw),
    "minilm-l6-tuning": Case(MeanMiniLM, tuning_batches, 2, tuning_adamw),
    "resnet50-224": Case(resnet50, lambda: torch.rand(32, 3, 224, 224), 1000, sgd),
}
