"""Synthetic inputs and labels of the gift recommender, and parameters from a formula."""

import math

import numpy
import torch

from .gift_model import CATEGORIES, OCCASIONS, RELATIONSHIPS, TOOLS


def uniform(generator, *shape, low=0.0, high=1.0):
    return torch.rand(*shape, generator=generator) * (high - low) + low


def chosen(generator, rows, columns, fewest, most):
    """0 or 1 [rows, columns] with `fewest` to `most` ones in a row."""
    counts = torch.randint(fewest, most + 1, (rows, 1), generator=generator)
    order = torch.argsort(torch.rand(rows, columns, generator=generator), dim=1)
    return (order.argsort(dim=1) < counts).to(torch.float32)


def means(chosen_ones):
    """Every row's ones divided by their number; zeros stay."""
    return chosen_ones / chosen_ones.sum(dim=1, keepdim=True).clamp(min=1)


def token_rows(inputs):
    """Tokens [N, 50] and the weights [N, 50] of the mean over those that are not padding."""
    tokens = torch.zeros(len(inputs["age"]), 50, dtype=torch.int64)
    for row in range(len(tokens)):
        years, budget = 100 * inputs["age"][row].item(), inputs["raw_budget"][row].item()
        bucket = int(20 * math.log(budget / 30) / math.log(10))
        blocks = (("relationship", 50, 19), ("occasion", 70, 19))
        ids = [1, 10 + min(19, max(0, int((years - 16) // 3))), 30 + min(19, max(0, bucket))]
        for name, first, unknown in blocks:
            found = torch.nonzero(inputs[name][row]).flatten().tolist()
            ids.append(first + (found[0] if found else unknown))
        for name, first in (("hobbies", 100), ("preferences", 150)):
            ids += [first + index for index in torch.nonzero(inputs[name][row]).flatten().tolist()]
        tokens[row, :len(ids)] = torch.tensor(ids)
    return tokens, means((tokens != 0).to(torch.float32))


def profiles(generator, count, hobbies, preferences):
    """Input arrays of `count` profiles; the second knows no preference, the third no occasion."""
    inputs = {
        "hobbies": means(chosen(generator, count, hobbies, 2, 4)),
        "preferences": means(chosen(generator, count, preferences, 2, 3)),
        "occasion": chosen(generator, count, OCCASIONS, 1, 1),
        "relationship": chosen(generator, count, RELATIONSHIPS, 1, 1),
        "age": uniform(generator, count, 1, low=0.16, high=0.75),
        "raw_budget": uniform(generator, count, 1, low=30, high=300),
        "state": uniform(generator, count, 26),
    }
    inputs["budget"] = inputs["raw_budget"] / 300
    inputs["preferences"][1] = 0
    inputs["occasion"][2] = 0
    inputs["tokens"], inputs["token_weights"] = token_rows(inputs)
    return inputs


def catalogue(generator, count):
    """Input arrays of `count` gifts, which share three categories or, from 39 on, all."""
    features = torch.zeros(count, 128)
    features[:, :23] = uniform(generator, count, 23)
    categories = torch.arange(count) % (3 if count < 39 else CATEGORIES)
    same = (categories[:, None] == categories[None]).to(torch.float32)
    return {
        "features": features, "description": uniform(generator, count, 20),
        "price": uniform(generator, count, low=25, high=200),
        "rating": uniform(generator, count, 1, low=0.86, high=0.96),
        "ages": uniform(generator, count, 2, low=0.12, high=0.7).sort(dim=1).values,
        "others_of_category": means(same - torch.eye(count)),
    }


def labels(generator, count, gifts):
    return {
        "categories": chosen(generator, count, CATEGORIES, 1, 3),
        "tools": chosen(generator, count, TOOLS, 2, 3),
        "rewards": uniform(generator, count, gifts),
        "hobby_categories": chosen(generator, count, CATEGORIES, 0, 2),
    }


def as_float64(arrays):
    return {name: array.double() if array.is_floating_point() else array
            for name, array in arrays.items()}


def formula(name, shape):
    """The float32 values of a tensor, which follow from its name and its shape alone.

    With h the 32-bit FNV-1a hash of the name and 32-bit arithmetic that wraps around, number i is
    made of x = h + i * 0x9E3779B9 by x ^= x >> 16, x *= 0x7FEB352D, x ^= x >> 15, x *= 0x846CA68B,
    x ^= x >> 16; then u = float(x >> 8) / 2^23 - 1 (exact, in [-1, 1)), times the bound in float32.
    The bound is float32(1 / sqrt(last dimension)) where there are two dimensions, 1 for names that
    begin with `core.initial_`, else 0.125. Names that end in `norm.weight`: 1 + that, in float32;
    names that begin with `reward_prediction.fusion.`: its absolute value, for a ReLU that lives.
    """
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = (seed ^ byte) * 0x01000193 & 0xFFFFFFFF
    x = numpy.uint32(seed) + numpy.arange(math.prod(shape), dtype=numpy.uint32) * numpy.uint32(
        0x9E3779B9)
    x = (x ^ (x >> 16)) * numpy.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * numpy.uint32(0x846CA68B)
    x ^= x >> 16
    unit = (x >> 8).astype(numpy.float32) / numpy.float32(2 ** 23) - numpy.float32(1)
    bound = 1 / math.sqrt(shape[-1]) if len(shape) == 2 else 0.125
    values = unit * numpy.float32(1 if name.startswith("core.initial_") else bound)
    if name.endswith("norm.weight"):
        values = values + numpy.float32(1)
    if name.startswith("reward_prediction.fusion."):
        values = numpy.abs(values)
    return torch.from_numpy(values).reshape(shape)


def fill(module, prefix=""):
    """Gives every parameter and buffer the values of its formula, in float64; evaluation mode."""
    with torch.no_grad():
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
            tensor.copy_(formula(prefix + name, tensor.shape))
    return module.double().eval()
