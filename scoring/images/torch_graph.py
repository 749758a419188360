"""A module of PyTorch as one graph of operations: no Python of Keras runs between them, nothing that depends on the
weights alone is computed again, and no photo is copied only to be turned.

Keras keeps photos as (n, height, width, channels), torch's convolutions take (n, channels, height, width): each layer
turns and copies its input, its kernel and its output. Without the copies all stays where it lies, which is the order
that convolutions are fast in (torch calls it channels last).
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch  # type: ignore[import-not-found,unused-ignore]  # requirements-torch.txt

_aten = torch.ops.aten
_CHECKS = (_aten._assert_tensor_metadata.default,)
_COPIES = (_aten.contiguous.default, _aten.lift_fresh_copy.default)
_CASTS = (_aten.to.dtype_layout, _aten.to.dtype)
_OUT_OF_PLACE: Mapping[Any, Any] = {
    _aten.add_.Tensor: _aten.add.Tensor,
    _aten.sub_.Tensor: _aten.sub.Tensor,
    _aten.subtract.Tensor: _aten.sub.Tensor,
    _aten.mul_.Tensor: _aten.mul.Tensor,
    _aten.rsqrt_.default: _aten.rsqrt.default,
}
_TO_CHANNELS_LAST = [0, 2, 3, 1]
_AFFINE: Mapping[Any, Callable[..., tuple[torch.Tensor, torch.Tensor]]] = {
    _aten.add.Tensor: lambda scale, shift, constant: (scale, shift + constant),
    _aten.sub.Tensor: lambda scale, shift, constant: (scale, shift - constant),
    _aten.mul.Tensor: lambda scale, shift, constant: (scale * constant, shift * constant),
}


def traced(module: torch.nn.Module, example: torch.Tensor) -> Callable[[torch.Tensor], Any]:
    """The module, which takes a batch, as a function of a batch of any size; the example holds two, on the device on
    which the weights are. Gradients go through it."""
    with torch.no_grad():
        sizes = ({0: torch.export.Dim.DYNAMIC},)
        graph = torch.export.export(module, (example,), dynamic_shapes=sizes, strict=False).module()
        if _leaves_its_input(graph):
            _drop_what_changes_nothing(graph)
            _compute_constants(graph)
            _fold_into_convolutions(graph)
        graph.graph.lint()
        graph.recompile()
    found: Callable[[torch.Tensor], Any] = graph
    return found


def _leaves_its_input(graph: torch.fx.GraphModule) -> bool:
    """Whether every operation gives something new, once those known to have such a twin are exchanged for it."""
    for node in graph.graph.nodes:
        node.target = _OUT_OF_PLACE.get(node.target, node.target)
    return not any(node.target._schema.is_mutable for node in _operations(graph))


def _operations(graph: torch.fx.GraphModule) -> list[torch.fx.Node]:
    return [node for node in graph.graph.nodes if isinstance(node.target, torch._ops.OpOverload)]


def _drop_what_changes_nothing(graph: torch.fx.GraphModule) -> None:
    for node in list(graph.graph.nodes):
        if node.op == "call_module" or node.target in _CHECKS:
            graph.graph.erase_node(node)
        elif node.target in _COPIES or (node.target in _CASTS and _dtype(node) == _dtype(node.args[0])):
            node.replace_all_uses_with(node.args[0])
            graph.graph.erase_node(node)


def _dtype(node: torch.fx.Node) -> Any:
    return node.meta["val"].dtype


def _compute_constants(graph: torch.fx.GraphModule) -> None:
    """What depends on the weights alone becomes a weight."""
    for node in _operations(graph):
        if node.all_input_nodes and all(_is_constant(one) for one in node.all_input_nodes):
            values = {one: _value(graph, one) for one in node.all_input_nodes}
            arguments, named = torch.fx.node.map_arg((node.args, dict(node.kwargs)), values.__getitem__)
            _replace(graph, node, _constant(graph, node, "value", node.target(*arguments, **named)))
    graph.graph.eliminate_dead_code()


def _is_constant(node: Any) -> bool:
    return isinstance(node, torch.fx.Node) and node.op == "get_attr"


def _value(graph: torch.fx.GraphModule, node: torch.fx.Node) -> torch.Tensor:
    found: Any = graph
    for part in str(node.target).split("."):
        found = getattr(found, part)
    return found.detach()


def _constant(graph: torch.fx.GraphModule, before: torch.fx.Node, kind: str, value: torch.Tensor) -> torch.fx.Node:
    name = f"constant_{before.name}_{kind}"
    graph.register_buffer(name, value, persistent=False)
    with graph.graph.inserting_before(before):
        node: torch.fx.Node = graph.graph.get_attr(name)
    return node


def _replace(graph: torch.fx.GraphModule, node: torch.fx.Node, by: torch.fx.Node) -> None:
    node.replace_all_uses_with(by)
    graph.graph.erase_node(node)


def _fold_into_convolutions(graph: torch.fx.GraphModule) -> None:
    """The bias and the batch normalisation after a convolution become its own kernel and bias."""
    for node in _operations(graph):
        if node.target == _aten.conv2d.default and _is_constant(node.args[1]) and not any(node.args[2:3]):
            _fold(graph, node)
    graph.graph.eliminate_dead_code()


def _fold(graph: torch.fx.GraphModule, convolution: torch.fx.Node) -> None:
    turned = _only_user(convolution)
    if turned is None or turned.target != _aten.permute.default or list(turned.args[1]) != _TO_CHANNELS_LAST:
        return
    kernel = _value(graph, convolution.args[1])
    scale, shift = kernel.new_ones(len(kernel)), kernel.new_zeros(len(kernel))
    last = turned
    while (step := _only_user(last)) is not None and (constant := _for_each_channel(graph, step, last, len(kernel))):
        last, (scale, shift) = step, _AFFINE[step.target](scale, shift, *constant)
    folded = (kernel * scale[:, None, None, None]).contiguous(memory_format=torch.channels_last)
    both = _constant(graph, convolution, "kernel", folded), _constant(graph, convolution, "bias", shift)
    convolution.args = (convolution.args[0], *both, *convolution.args[3:])
    if last is not turned:
        last.replace_all_uses_with(turned)


def _only_user(node: torch.fx.Node) -> torch.fx.Node | None:
    users = list(node.users)
    return users[0] if len(users) == 1 else None


def _for_each_channel(
    graph: torch.fx.GraphModule, step: torch.fx.Node, of: torch.fx.Node, channels: int
) -> tuple[torch.Tensor, ...]:
    """The one constant that the step adds, subtracts or multiplies by; empty where it does something else."""
    if step.target not in _AFFINE or step.args[0] is not of or step.kwargs or not _is_constant(step.args[1]):
        return ()
    constant = _value(graph, step.args[1])
    return (constant.reshape(channels),) if constant.numel() == channels == constant.shape[-1] else ()
