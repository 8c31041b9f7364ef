"""A BERT encoder that reads texts laid end to end: nothing is padded, and each text attends to itself alone.

The network, weights and tokens are those that sentence-transformers runs, and so are the vectors, within float noise; a
text's vector does not hang on which texts it came with. Needs torch, tokenizers and safetensors, and neither
transformers nor sentence-transformers, which take longer to import than the model to load.
"""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from index.linear_layer import Layer, linear
from index.token_batches import Tokens, embed_in_batches, runs, tokens_of

TOKENS_TOGETHER = 1024
"""What lies between two layers of so many tokens stays in a processor's cache (1,024 to 4,096 were equally fast)."""

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What of the model's configuration its arithmetic needs."""

    layers: int
    heads: int
    width: int
    epsilon: float
    longest: int
    """Tokens that are read of a text."""

    @classmethod
    def read(cls, folder: Path) -> "_Shape":
        config = json.loads((folder / "config.json").read_bytes())
        longest = json.loads((folder / "sentence_bert_config.json").read_bytes())["max_seq_length"]
        layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
        return cls(layers, heads, config["hidden_size"], config["layer_norm_eps"], longest)


class _Norm:
    """Layer normalisation with the model's scale and shift."""

    def __init__(self, weights: Weights, name: str, epsilon: float) -> None:
        self._scale, self._shift, self._epsilon = weights[f"{name}.weight"], weights[f"{name}.bias"], epsilon

    def __call__(self, states: Tensor) -> Tensor:
        return functional.layer_norm(states, self._scale.shape, self._scale, self._shift, self._epsilon)


class _Block:
    """One layer of the encoder: attention within each text, then the two linear layers."""

    def __init__(self, weights: Weights, name: str, shape: _Shape, number: torch.dtype) -> None:
        def layer(*names: str, gelu: bool = False) -> Layer:
            both = [torch.cat([weights[f"{name}.{one}.{kind}"] for one in names]) for kind in ("weight", "bias")]
            return linear(both[0].to(number), both[1].to(number), gelu)

        self._heads, self._number = shape.heads, number
        self._ask = layer(*(f"attention.self.{one}" for one in ("query", "key", "value")))
        self._join = layer("attention.output.dense")
        self._widen = layer("intermediate.dense", gelu=True)
        self._narrow = layer("output.dense")
        self._after_attention = _Norm(weights, f"{name}.attention.output.LayerNorm", shape.epsilon)
        self._after_all = _Norm(weights, f"{name}.output.LayerNorm", shape.epsilon)

    def __call__(self, states: Tensor, lengths: Sequence[int]) -> Tensor:
        attended = self._join(self._attend(self._ask(states.to(self._number)), lengths))
        states = self._after_attention(attended.float() + states)
        return self._after_all(self._narrow(self._widen(states.to(self._number))).float() + states)

    def _attend(self, asked: Tensor, lengths: Sequence[int]) -> Tensor:
        width = asked.shape[1] // 3
        found = torch.empty((len(asked), width), dtype=asked.dtype)
        for start, count, length in runs(lengths):
            part = slice(start, start + count * length)
            query, key, value = asked[part].view(count, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            attended = functional.scaled_dot_product_attention(query, key, value)
            found[part] = attended.transpose(1, 2).reshape(-1, width)
        return found


class PackedBert:
    """A BERT model with mean pooling, on the CPU. Two threads must not use it at once.

    Where torch may use several threads, each takes a batch of its own: threads that share a product wait for each other
    after every step, on a busy machine for most of the time.
    """

    def __init__(self, folder: Path, half: bool = False) -> None:
        """`folder`: as sentence-transformers saves a model. `half`: the linear layers and attention in bfloat16, where the
        processor has instructions for that; elsewhere it would be slower, and all stays exact."""
        weights, shape = load_file(folder / "model.safetensors"), _Shape.read(folder)
        number = torch.bfloat16 if half and has_bfloat16() else torch.float32
        self._width = shape.width
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(shape.longest)
        self._words = weights["embeddings.word_embeddings.weight"]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._places = weights["embeddings.position_embeddings.weight"] + kind
        self._norm = _Norm(weights, "embeddings.LayerNorm", shape.epsilon)
        names = [f"encoder.layer.{layer}" for layer in range(shape.layers)]
        threads = torch.get_num_threads()
        self._crew = ThreadPoolExecutor(threads, "embedding", torch.set_num_threads, (1,)) if threads > 1 else None
        with torch.inference_mode():
            self._blocks = [_Block(weights, name, shape, number) for name in names]

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, width) float32, each row of length 1, in the order of the texts."""
        tokens = tokens_of(texts, self._tokenise)
        return embed_in_batches(tokens, self._width, TOKENS_TOGETHER, self._forward, self._crew)

    def _tokenise(self, texts: list[str]) -> list[list[int]]:
        return [found.ids for found in self._tokenizer.encode_batch_fast(texts)]

    @torch.inference_mode()
    def _forward(self, texts: Sequence[Tokens]) -> npt.NDArray[np.float32]:
        """(texts, width) float32; texts of one length stand beside each other."""
        lengths = [len(tokens) for tokens in texts]
        places = torch.cat([self._places[:length].repeat(count, 1) for _, count, length in runs(lengths)])
        states = self._norm(self._words[torch.from_numpy(np.concatenate(texts))] + places)
        for block in self._blocks:
            states = block(states, lengths)
        means = [
            states[start : start + count * length].view(count, length, -1).mean(1)
            for start, count, length in runs(lengths)
        ]
        vectors: npt.NDArray[np.float32] = functional.normalize(torch.cat(means)).numpy()
        return vectors


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 faster than float32."""
    able: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
