"""A linear layer as fast as this processor can: by oneDNN with weights laid out beforehand, where that is there and right.

MKL, which torch asks otherwise, is a tenth slower here, and `gelu` a pass of its own. The operators are those that
torch's own compiler emits; as they are no public interface, a layer is tried before it is used, and plain torch is what
remains.
"""

import logging
from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

log = logging.getLogger(__name__)

Layer = Callable[[Tensor], Tensor]
"""(tokens, inputs) to (tokens, outputs), of the type of its weights."""

NEAR = {torch.float32: 1e-4, torch.bfloat16: 0.1}
"""How far from plain torch's a prepared layer's results may be, for inputs and weights that give results of about 1."""

TYPICAL_TOKENS = 1024


def linear(weights: Tensor, bias: Tensor, gelu: bool = False) -> Layer:
    """The layer x · weightsᵀ + bias, with `gelu` of that. Weights (outputs, inputs) and bias (outputs,) of one type."""
    make = _prepared if preparable(weights.dtype) else _plain
    return make(weights, bias, gelu)


@cache
def preparable(dtype: torch.dtype) -> bool:
    """Whether oneDNN is there and gives what torch gives, tried once on a small layer with and without gelu."""
    try:
        return all(_is_right(dtype, gelu) for gelu in (False, True))
    except (AttributeError, NotImplementedError, RuntimeError) as error:
        log.info("embedding by plain torch, for its operators of oneDNN cannot be used: %s", error)
        return False


def _is_right(dtype: torch.dtype, gelu: bool) -> bool:
    weights = torch.sin(torch.arange(64 * 32, dtype=torch.float32)).view(64, 32).to(dtype) / 4
    bias, inputs = (
        weights[:, 0].contiguous(),
        torch.cos(torch.arange(24 * 32, dtype=torch.float32)).view(24, 32).to(dtype),
    )
    with torch.inference_mode():
        difference = _prepared(weights, bias, gelu)(inputs) - _plain(weights, bias, gelu)(inputs)
    return bool(difference.abs().max() <= NEAR[dtype])


def _plain(weights: Tensor, bias: Tensor, gelu: bool) -> Layer:
    if gelu:
        return lambda inputs: functional.gelu(functional.linear(inputs, weights, bias))
    return lambda inputs: functional.linear(inputs, weights, bias)


def _prepared(weights: Tensor, bias: Tensor, gelu: bool) -> Layer:
    ready = torch.ops.mkldnn._reorder_linear_weight(weights, TYPICAL_TOKENS)
    apply, after, how = torch.ops.mkldnn._linear_pointwise, "gelu" if gelu else "none", "none" if gelu else ""

    def layer(inputs: Tensor) -> Tensor:
        outputs: Tensor = apply(inputs, ready, bias, after, [], how)
        return outputs

    return layer
