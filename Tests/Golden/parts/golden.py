"""One golden file in the making."""

import json
import platform
import struct

import numpy
import torch
import torch.nn.functional as functional


class Golden:
    """One safetensors file in the making: named tensors, a seeded generator, remarks."""

    def __init__(self, name, seed, **remarks):
        self.name = name
        self.generator = torch.Generator().manual_seed(seed)
        self.tensors = {}
        self.metadata = {
            "seed": str(seed),
            "torch": torch.__version__,
            "numpy": numpy.__version__,
            "python": platform.python_version(),
            "precision": "float64 from float32 inputs, rounded to float32",
            **{key: str(value) for key, value in remarks.items()},
        }

    def normal(self, *shape, scale=1.0):
        """A random normal tensor: float32 numbers, held as float64."""
        sample = torch.randn(*shape, generator=self.generator) * scale
        return sample.to(torch.float32).to(torch.float64)

    def uniform(self, *shape, bound):
        sample = (torch.rand(*shape, generator=self.generator) * 2 - 1) * bound
        return sample.to(torch.float32).to(torch.float64)

    def unit_rows(self, rows, columns):
        return rounded(functional.normalize(self.normal(rows, columns), dim=1))

    def integers(self, low, high, *shape):
        return torch.randint(low, high, shape, generator=self.generator)

    def store(self, name, tensor):
        """Stores a tensor as F32 or I32; a scalar gets the shape [1]."""
        if not torch.is_tensor(tensor):
            tensor = torch.tensor(tensor, dtype=torch.float64)
        array = tensor.detach().reshape(-1) if tensor.ndim == 0 else tensor.detach()
        kind = numpy.float32 if tensor.is_floating_point() else numpy.int32
        if name in self.tensors:
            raise ValueError(f"{self.name}: {name} stored twice")
        self.tensors[name] = numpy.ascontiguousarray(array.numpy().astype(kind))

    def store_all(self, prefix, named):
        for name, tensor in named.items():
            self.store(prefix + name, tensor)

    def file(self):
        """The safetensors bytes, the same in every run: names and metadata are sorted."""
        header, offset = {"__metadata__": dict(sorted(self.metadata.items()))}, 0
        for name, array in sorted(self.tensors.items()):
            header[name] = {
                "dtype": "F32" if array.dtype == numpy.float32 else "I32",
                "shape": list(array.shape),
                "data_offsets": [offset, offset + array.nbytes],
            }
            offset += array.nbytes
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        data = b"".join(array.tobytes() for _, array in sorted(self.tensors.items()))
        return f"{self.name}.safetensors", struct.pack("<Q", len(text)) + text + data


def rounded(tensor):
    """The float64 tensor of the nearest float32 numbers."""
    return tensor.to(torch.float32).to(torch.float64)


def with_gradient(tensor):
    return tensor.clone().requires_grad_(True)
