"""Operations on tensors: inputs, output and all gradients of each."""

import torch
import torch.nn.functional as functional

from .golden import Golden, rounded, with_gradient


class Operations:
    """A golden file of many small operations, `<name>.{input,gradient}.<i>`, `.output`, `.weights`."""

    def __init__(self, name, seed):
        self.golden = Golden(name, seed, loss="sum(output * weights)")

    def add(self, name, function, *inputs, differentiable=True):
        leaves = [with_gradient(x) for x in inputs]
        output = function(*leaves)
        for place, leaf in enumerate(leaves):
            self.golden.store(f"{name}.input.{place}", leaf)
        self.golden.store(f"{name}.output", output)
        if not differentiable:
            return
        weights = self.golden.normal(*output.shape) if output.ndim else torch.ones((), dtype=output.dtype)
        (output * weights).sum().backward()
        self.golden.store(f"{name}.weights", weights)
        for place, leaf in enumerate(leaves):
            self.golden.store(f"{name}.gradient.{place}", leaf.grad)

    def normal(self, *shape, scale=1.0):
        return self.golden.normal(*shape, scale=scale)

    def positive(self, *shape):
        return rounded(self.golden.normal(*shape).abs() + 0.3)

    def repeated(self, *shape):
        """Small whole numbers, so that many are equal."""
        return self.golden.integers(-2, 3, *shape).to(torch.float64)


BROADCASTS = {
    "outer": ((5, 1), (1, 4)),
    "vector": ((3, 5), (5,)),
    "middle": ((2, 1, 5), (1, 3, 5)),
    "six": ((2, 1, 3, 1, 2, 1), (1, 2, 1, 2, 1, 3)),
    "ranks": ((3, 1), (2, 1, 4)),
}


def broadcasting():
    file = Operations("tensor-broadcasting", 71)
    for name, (left, right) in BROADCASTS.items():
        a, b = file.normal(*left), file.positive(*right)
        file.add(f"{name}.add", torch.add, a, b)
        file.add(f"{name}.subtract", torch.sub, a, b)
        file.add(f"{name}.multiply", torch.mul, a, b)
        file.add(f"{name}.divide", torch.div, a, b)
        file.add(f"{name}.power", torch.pow, file.positive(*left), file.normal(*right))
        x, y = file.repeated(*left), file.repeated(*right)
        file.add(f"{name}.maximum", torch.maximum, x, y)
        file.add(f"{name}.minimum", torch.minimum, x, y)
        for comparison in ("eq", "ne", "lt", "le", "gt", "ge"):
            file.add(
                f"{name}.{comparison}", lambda p, q: getattr(torch, comparison)(p, q).to(torch.float64),
                x, y, differentiable=False)
    file.add("where", lambda a, b: torch.where(a > 0, a, b), file.normal(4, 1, 3), file.normal(2, 1))
    file.add("masked", lambda a: torch.where(torch.arange(3) > 1, torch.tensor(-7.0, dtype=a.dtype), a), file.normal(2, 4, 3))
    file.add("clamped", lambda a: a.clamp(-1, 1), file.repeated(4, 5))
    file.add("clamped.below", lambda a: a.clamp(min=0.25), file.normal(4, 5))
    file.add("clamped.above", lambda a: a.clamp(max=0.25), file.normal(4, 5))
    file.add("power.scalar", lambda a: a.pow(1.7), file.positive(3, 4))
    file.add("power.cube", lambda a: a.pow(3), file.repeated(3, 4))
    file.add("sine", torch.sin, file.normal(3, 5, scale=3))
    file.add("cosine", torch.cos, file.normal(3, 5, scale=3))
    file.add("scalars", lambda a: (1 - a) * 2 + 3 / (a / 4) - (-a - 0.5), file.positive(3, 4))
    return file.golden


AXES = {"last": (2,), "first": (0,), "middle": (1,), "ends": (0, 2), "all": (0, 1, 2)}


def reductions():
    file = Operations("tensor-reductions", 72)
    for name, axes in AXES.items():
        file.add(f"{name}.sum", lambda x: x.sum(axes), file.normal(3, 4, 5))
        file.add(f"{name}.mean", lambda x: x.mean(axes, keepdim=True), file.normal(3, 4, 5))
        file.add(f"{name}.maximum", lambda x: x.amax(axes), file.repeated(3, 4, 5))
        file.add(f"{name}.minimum", lambda x: x.amin(axes, keepdim=True), file.repeated(3, 4, 5))
        file.add(f"{name}.variance", lambda x: x.var(axes, correction=0), file.normal(3, 4, 5))
        file.add(f"{name}.unbiased", lambda x: x.var(axes, keepdim=True), file.normal(3, 4, 5))
        file.add(f"{name}.deviation", lambda x: x.std(axes, correction=0), file.normal(3, 4, 5))
    for axis in range(3):
        file.add(f"softmax.{axis}", lambda x: x.softmax(axis), file.normal(3, 4, 5, scale=3))
        file.add(f"logSoftmax.{axis}", lambda x: x.log_softmax(axis), file.normal(3, 4, 5, scale=3))
        x = file.normal(3, 4, 5)
        file.golden.store(f"arguments.{axis}.input", x)
        file.golden.store(f"arguments.{axis}.argmax", x.argmax(axis))
        file.golden.store(f"arguments.{axis}.argmin", x.argmin(axis, keepdim=True))
    return file.golden


def movement():
    file = Operations("tensor-movement", 73)
    file.add("permuted", lambda x: x.permute(3, 0, 2, 1), file.normal(2, 3, 4, 2))
    file.add("permuted.reverse", lambda x: x.permute(4, 3, 2, 1, 0), file.normal(2, 3, 2, 3, 2))
    file.add("transposed.far", lambda x: x.transpose(0, -1), file.normal(2, 3, 4))
    file.add("transposed.last", lambda x: x.mT, file.normal(2, 3, 4))
    file.add("reshaped", lambda x: x.reshape(4, -1), file.normal(2, 3, 4))
    file.add("expanded", lambda x: x.expand(2, 3, 4, 2), file.normal(3, 1, 2))
    file.add("subscript", lambda x: x[1, 1:3, -1], file.normal(2, 4, 3, 2))
    file.add("subscript.ranges", lambda x: x[:, -3:-1, 1:], file.normal(2, 4, 3))
    file.add("stack", lambda x, y: torch.stack([x, y, x], -1), file.normal(2, 3), file.normal(2, 3))
    file.add("concatenate", lambda x, y: torch.cat([x, y], -2), file.normal(2, 3, 2), file.normal(2, 1, 2))
    file.add("split", lambda x: x.split([1, 3, 2], 1)[1] * x.chunk(2, 1)[1], file.normal(3, 6))
    indices = torch.tensor([[2, 0, 2], [1, 3, 3]])
    file.add("gather.first", lambda x: x[indices], file.normal(4, 2, 3))
    file.add("gather.middle", lambda x: x[:, indices], file.normal(2, 4, 3))
    file.add("gather.last", lambda x: x[:, :, indices], file.normal(2, 3, 4))
    rows = torch.tensor([[2, 0, 2, 1], [1, 3, 3, 3]])
    file.add("gatherElements.last", lambda x: x.gather(1, rows), file.normal(2, 4))
    file.add("gatherElements.first", lambda x: x.gather(0, rows % 3), file.normal(3, 4))
    deep = rows.reshape(1, 2, 4).expand(3, 2, 4).contiguous()
    file.add("gatherElements.middle", lambda x: x.gather(1, deep), file.normal(3, 5, 4))
    file.add("matmul.batch", torch.matmul, file.normal(3, 1, 2, 4), file.normal(5, 4, 3))
    file.add("matmul.shared", torch.matmul, file.normal(3, 2, 4), file.normal(4, 5))
    file.add("matmul.left", lambda a, b: a.mT @ b, file.normal(4, 2), file.normal(3, 4, 5))
    file.add("matmul.right", lambda a, b: a @ b.mT, file.normal(2, 3, 2, 4), file.normal(1, 3, 5, 4))
    return file.golden


def attention():
    file = Operations("tensor-attention", 74)
    mask = torch.ones(5, 7).tril(1) > 0

    def heads(x, number):
        return x.unflatten(-1, (number, -1)).transpose(-2, -3)

    def attend(number, **options):
        return lambda q, k, v: functional.scaled_dot_product_attention(
            heads(q, number), heads(k, number), heads(v, number), **options).transpose(-2, -3).flatten(-2)

    def inputs(steps):
        return file.normal(2, 5, 12), file.normal(2, steps, 12), file.normal(2, steps, 12)

    file.add("plain", attend(3), *inputs(7))
    file.add("one", attend(1), *inputs(7))
    file.add("causal", attend(4, is_causal=True), *inputs(5))
    file.add("masked", attend(2, attn_mask=mask), *inputs(7))
    file.golden.store("mask", mask.to(torch.float64))
    return file.golden


def goldens():
    return [broadcasting(), reductions(), movement(), attention()]
