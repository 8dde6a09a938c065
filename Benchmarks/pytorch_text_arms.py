"""Fine-tunes MiniLM-L6 on film reviews in plain PyTorch: dense, then pruned copies that learn from it.

An oracle for the arms of studies/bert-glue.swift at `bench`, written from the methods' definitions and not from this
engine's code: PDP, nested gradual magnitude pruning, movement pruning and one-shot, with the study's folds, recipe and
schedule. Order, dropout and the head's initial weights come from PyTorch's own random numbers, so that single runs
differ from the engine's and means over replicates are what can be compared. README.md has results.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from pytorch_arms import highest, kept, ranked_sparsities
from pytorch_networks import MeanMiniLM
from safetensors.torch import load_file
from tokenizers import BertWordPieceTokenizer
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

LENGTH, BATCH, TOKENS, EPOCHS, PEAK, HEAT = 64, 32, 2048, 3, 1e-4, 2.0
# Part of all steps at which pruning starts, and for which its ramp lasts.
START, RAMP = 0.1, 0.5


class Encoder(MeanMiniLM):
    """With padding: attention and the mean look at no position at or behind a text's length."""

    def forward(self, tokens: Tensor) -> Tensor:
        seen = tokens != 0
        places = torch.arange(tokens.shape[1], device=tokens.device)
        states = self.words(tokens) + self.positions(places) + self.segments(torch.zeros_like(tokens))
        states = self.dropout(self.embedding_norm(states))
        for layer in self.encoder:
            states = self.attended(layer, states, seen)
        means = (states * seen.unsqueeze(-1)).sum(1) / seen.sum(1, keepdim=True)
        return self.classifier(self.dropout(means))

    @staticmethod
    def attended(layer: nn.Module, states: Tensor, seen: Tensor) -> Tensor:
        def split(projected: Tensor) -> Tensor:
            return projected.unflatten(-1, (attention.heads, -1)).transpose(1, 2)

        attention = layer.attention
        query, key, value = (split(m(states)) for m in (attention.query, attention.key, attention.value))
        probability = attention.dropout if layer.training else 0.0
        context = F.scaled_dot_product_attention(
            query, key, value, attn_mask=seen[:, None, None, :], dropout_p=probability
        )
        states = layer.attention_norm(states + layer.dropout(attention.output(context.transpose(1, 2).flatten(2))))
        return layer.output_norm(states + layer.dropout(layer.output(F.gelu(layer.intermediate(states)))))


def pretrained(folder: Path) -> Encoder:
    """The encoder's weights from a Hugging Face folder; the head is new."""
    names = {
        "words": "embeddings.word_embeddings",
        "positions": "embeddings.position_embeddings",
        "segments": "embeddings.token_type_embeddings",
        "embedding_norm": "embeddings.LayerNorm",
    }
    parts = {
        "attention.query": "attention.self.query",
        "attention.key": "attention.self.key",
        "attention.value": "attention.self.value",
        "attention.output": "attention.output.dense",
        "attention_norm": "attention.output.LayerNorm",
        "intermediate": "intermediate.dense",
        "output": "output.dense",
        "output_norm": "output.LayerNorm",
    }
    for layer in range(6):
        names.update({f"encoder.{layer}.{ours}": f"encoder.layer.{layer}.{theirs}" for ours, theirs in parts.items()})
    stored = load_file(folder / "model.safetensors")
    network = Encoder()
    state = network.state_dict()
    for ours, theirs in names.items():
        for kind in ("weight", "bias"):
            if f"{ours}.{kind}" in state:
                state[f"{ours}.{kind}"] = stored[f"{theirs}.{kind}"].float()
    network.load_state_dict(state)
    return network


class Texts:
    """Sentences as tokens; replicate r is tested on fold r mod 10 of each class, by order."""

    def __init__(self, sentences: Path, vocabulary: Path, fold: int, device: str) -> None:
        tokenizer = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        tokenizer.enable_truncation(LENGTH)
        lines = sentences.read_text(encoding="utf-8").split("\n")[1:]
        fields = [line.split("\t") for line in lines if line]
        self.labels = torch.tensor([int(label == "positive") for label, _ in fields], device=device)
        self.tokens = [torch.tensor(e.ids, device=device) for e in tokenizer.encode_batch([t for _, t in fields])]
        seen = [0, 0]
        self.train, self.test = [], []
        for index, label in enumerate(self.labels.tolist()):
            (self.test if seen[label] % 10 == fold else self.train).append(index)
            seen[label] += 1
        self.cuts = self.batches(self.train)

    def batches(self, examples: list[int]) -> list[list[int]]:
        """Examples by length, the longest first, cut where a batch would have too many texts or tokens."""
        result: list[list[int]] = []
        for index in sorted(examples, key=lambda i: -len(self.tokens[i])):
            longest = len(self.tokens[result[-1][0]]) if result else 0
            if not result or len(result[-1]) == BATCH or (len(result[-1]) + 1) * longest > TOKENS:
                result.append([])
            result[-1].append(index)
        return result

    def padded(self, batch: list[int]) -> Tensor:
        return nn.utils.rnn.pad_sequence([self.tokens[index] for index in batch], batch_first=True)

    def epoch(self, generator: torch.Generator) -> Iterator[list[int]]:
        """Texts of one length are permuted among each other, and so are the batches."""
        order = [self.train[i] for i in torch.randperm(len(self.train), generator=generator).tolist()]
        batches = self.batches(order)
        for position in torch.randperm(len(batches), generator=generator).tolist():
            yield batches[position]


class Dense:
    """Nothing is pruned; what the methods have in common."""

    def __init__(self, network: Encoder, arguments: argparse.Namespace, steps: int) -> None:
        self.arguments, self.steps, self.total = arguments, steps, steps * EPOCHS
        self.start, self.end = math.ceil(START * self.total), math.ceil((START + RAMP) * self.total)
        self.weights = {
            f"encoder.{path}.weight": module.weight
            for path, module in network.encoder.named_modules()
            if isinstance(module, nn.Linear)
        }
        self.masks: dict[str, Tensor] = {}

    def progress(self, step: int) -> float:
        return min(1.0, max(0.0, (step - START * self.total) / (RAMP * self.total)))

    def is_update(self, step: int) -> bool:
        """At the edges of epochs, at the start and at the end of the ramp."""
        return self.start <= step and (step % self.steps == 0 or step in (self.start, self.end))

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        pass

    def effective(self) -> dict[str, Tensor]:
        return {name: self.weights[name] * mask for name, mask in self.masks.items()}

    def learn(self, gradients: dict[str, Tensor], rate: float) -> None:
        pass

    def settle(self, optimizer: torch.optim.Optimizer) -> None:
        pass

    def harden(self) -> dict[str, Tensor]:
        return self.effective()

    def magnitudes(self) -> dict[str, Tensor]:
        return {name: weight.detach().abs() for name, weight in self.weights.items()}

    def ranked(self, scores: dict[str, Tensor], sparsity: float) -> dict[str, Tensor]:
        shares = ranked_sparsities(scores, sparsity, 0.99)
        return {name: highest(s, kept(s.numel(), shares[name])) for name, s in scores.items()}

    def project(self, optimizer: torch.optim.Optimizer) -> None:
        """Sets pruned weights and their moments to zero."""
        for name, mask in self.masks.items():
            self.weights[name].data.mul_(mask)
            for key, moment in optimizer.state[self.weights[name]].items():
                if key != "step":
                    moment.mul_(mask)

    @property
    def sparsity(self) -> float:
        zeros = sum((mask == 0).sum().item() for mask in self.masks.values())
        return zeros / sum(w.numel() for w in self.weights.values())


class GMPNested(Dense):
    """The smallest magnitudes go, more at each update, on a cubic ramp (arXiv 1710.01878), and none comes back."""

    def share(self, step: int) -> float:
        return 1 - (1 - self.progress(step)) ** 3 if step < self.end else 1.0

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        if self.is_update(step) and step <= self.end and self.share(step) > 0:
            self.masks = self.ranked(self.magnitudes(), self.arguments.sparsity * self.share(step))
            self.project(optimizer)

    def settle(self, optimizer: torch.optim.Optimizer) -> None:
        self.project(optimizer)


class OneShot(GMPNested):
    """All at once where the ramp ends."""

    def share(self, step: int) -> float:
        return float(step >= self.end)


class PDP(Dense):
    """Soft masks of a two-way softmax of w^2 against t^2 (arXiv 2305.11203); one ranking where pruning starts."""

    shares: dict[str, float] | None = None
    now = 0.0

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        if step >= self.start and self.shares is None:
            self.shares = ranked_sparsities(self.magnitudes(), self.arguments.sparsity, 0.99)
        if self.is_update(step):
            self.now = self.progress(step) if step < self.end else 1.0

    def effective(self) -> dict[str, Tensor]:
        result = {}
        for name, weight in self.weights.items() if self.shares else ():
            keep = kept(weight.numel(), self.shares[name] * self.now)
            if keep < weight.numel():
                ordered = torch.sort(weight.detach().abs().flatten(), descending=True).values
                square = (0.5 * (ordered[keep - 1] + ordered[keep])) ** 2
                temperature = self.arguments.kappa * square if self.arguments.kappa else self.arguments.temperature
                result[name] = weight * torch.sigmoid((weight**2 - square) / temperature)
        return result

    def harden(self) -> dict[str, Tensor]:
        for name, weight in self.weights.items() if self.shares else ():
            self.masks[name] = highest(weight.detach().abs(), kept(weight.numel(), self.shares[name] * self.now))
        return Dense.effective(self)


class Movement(Dense):
    """Scores that learn by gradient times weight with Adam; the lowest go, on a cubic ramp (arXiv 2005.07683)."""

    def __init__(self, network: Encoder, arguments: argparse.Namespace, steps: int) -> None:
        super().__init__(network, arguments, steps)
        self.scores = {name: torch.zeros_like(weight) for name, weight in self.weights.items()}
        self.optimizer = torch.optim.AdamW(self.scores.values(), lr=0.0, weight_decay=0.0)
        self.masks = {name: torch.ones_like(weight) for name, weight in self.weights.items()}
        self.shares: dict[str, float] | None = None

    def prepare(self, step: int, optimizer: torch.optim.Optimizer) -> None:
        if step < self.start:
            return
        if step <= self.end and ((step - self.start) % 25 == 0 or step == self.end):
            share = 1 - (1 - self.progress(step)) ** 3 if step < self.end else 1.0
            self.shares = ranked_sparsities(self.scores, self.arguments.sparsity * share, 0.99)
        # Between rankings of the network every layer keeps its count, of its highest scores of now.
        self.masks = {name: highest(s, kept(s.numel(), self.shares[name])) for name, s in self.scores.items()}

    def learn(self, gradients: dict[str, Tensor], rate: float) -> None:
        for name, score in self.scores.items():
            score.grad = gradients[name] * self.weights[name].detach()
        self.optimizer.param_groups[0]["lr"] = self.arguments.score_rate * rate / PEAK
        self.optimizer.step()


METHODS = {"dense": Dense, "pdp": PDP, "gmp-nested": GMPNested, "one-shot": OneShot, "movement": Movement}


def rate(step: int, total: int) -> float:
    """Linear from 0 to the peak over a tenth of training, then down to 0."""
    warmup = 0.1 * total
    return PEAK * (step / warmup if step < warmup else (total - step) / (total - warmup))


@torch.no_grad()
def accuracy(network: Encoder, effective: dict[str, Tensor], texts: Texts) -> float:
    network.eval()
    correct = 0
    for batch in texts.batches(texts.test):
        outputs = functional_call(network, effective, (texts.padded(batch),))
        correct += (outputs.argmax(1) == texts.labels[batch]).sum().item()
    network.train()
    return correct / len(texts.test)


@torch.no_grad()
def results(network: Encoder, texts: Texts) -> Tensor:
    """What a teacher says of every text."""
    network.eval()
    stored = torch.zeros(len(texts.tokens), 2, device=texts.labels.device)
    for batch in texts.batches(texts.train):
        stored[batch] = network(texts.padded(batch))
    return stored


def train(arguments: argparse.Namespace, texts: Texts, teacher: Tensor | None) -> Encoder:
    """Prints a line of JSON an epoch."""
    generator = torch.Generator().manual_seed(arguments.seed)
    torch.manual_seed(arguments.seed)
    network = pretrained(arguments.encoder).to(texts.labels.device).train()
    steps = len(texts.cuts)
    method = METHODS[arguments.method](network, arguments, steps)
    matrices = [p for p in network.parameters() if p.dim() > 1]
    others = [p for p in network.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW([dict(params=matrices, weight_decay=0.01), dict(params=others, weight_decay=0.0)])
    step = 0
    for epoch in range(EPOCHS):
        losses, started = [], time.time()
        for batch in texts.epoch(generator):
            method.prepare(step, optimizer)
            learning_rate = rate(step, steps * EPOCHS)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate
            optimizer.zero_grad()
            effective = method.effective()
            leaves = {name: value.detach().requires_grad_() for name, value in effective.items()}
            outputs = functional_call(network, leaves, (texts.padded(batch),))
            loss = F.cross_entropy(outputs, texts.labels[batch])
            if teacher is not None:
                wanted = F.log_softmax(teacher[batch] / HEAT, -1)
                distance = F.kl_div(F.log_softmax(outputs / HEAT, -1), wanted, reduction="batchmean", log_target=True)
                loss = 0.05 * loss + 0.95 * HEAT * HEAT * distance
            loss.backward()
            gradients = {name: leaf.grad for name, leaf in leaves.items()}
            if effective:
                torch.autograd.backward(list(effective.values()), list(gradients.values()))
            method.learn(gradients, learning_rate)
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            method.settle(optimizer)
            losses.append(loss.detach())
            step += 1
        top1 = accuracy(network, method.harden(), texts)
        line = dict(
            method=arguments.method,
            target=arguments.sparsity if arguments.method != "dense" else 0,
            kappa=arguments.kappa,
            replicate=arguments.replicate,
            epoch=epoch + 1,
            train_loss=round(torch.stack(losses).mean().item(), 4),
            top1=round(top1, 4),
            sparsity=round(method.sparsity, 4),
            seconds=round(time.time() - started),
        )
        print(json.dumps(line), flush=True)
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("arms", nargs="+", help="METHOD:SPARSITY, or pdp:SPARSITY:KAPPA for a temperature of KAPPA t^2")
    parser.add_argument("--sentences", type=Path, default=Path("datasets/movie-snippets/examples.tsv"))
    parser.add_argument("--encoder", type=Path, default=Path("datasets/minilm-l6"), help="weights and vocabulary")
    parser.add_argument("--replicate", type=int, default=0)
    parser.add_argument("--temperature", type=float, default=1e-4)
    parser.add_argument("--score-rate", type=float, default=0.01)
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    arguments.seed = 1000 + arguments.replicate
    texts = Texts(
        arguments.sentences, arguments.encoder / "vocab.txt", arguments.replicate % 10, arguments.device
    )
    arguments.method, arguments.sparsity, arguments.kappa = "dense", 0.0, 0.0
    teacher = results(train(arguments, texts, None), texts)
    for arm in arguments.arms:
        method, sparsity, *kappa = arm.split(":")
        arguments.method, arguments.sparsity = method, float(sparsity)
        arguments.kappa = float(kappa[0]) if kappa else 0.0
        train(arguments, texts, teacher)


if __name__ == "__main__":
    main()
