"""Makes the golden array files of this folder. Run: python3 make.py

Every array holds the numbers 0, 1, 2, ... (minus 5 for signed types; times 0.25 for floating
point; odd or even for bool), so that the tests know what to expect. versions.txt says what wrote them.
"""

import pathlib
import sys

import numpy
import safetensors
import safetensors.torch
import torch

folder = pathlib.Path(__file__).parent
types = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]


def numbers(code, shape):
    values = numpy.arange(int(numpy.prod(shape)))
    if code == "b1":
        return (values % 2 == 1).reshape(shape)
    if code[0] == "i":
        values = values - 5
    if code[0] == "f":
        values = (values - 5) * 0.25
    return values.astype(code).reshape(shape)


for code in types:
    for order, name in (("<", "little"), (">", "big")):
        array = numbers(code, (2, 3, 4)).astype(order + code)
        numpy.save(folder / f"{code}_{name}.npy", array)
    numpy.save(folder / f"{code}_fortran.npy", numpy.asfortranarray(numbers(code, (2, 3, 4))))

numpy.save(folder / "scalar.npy", numpy.float32(2.5))
numpy.save(folder / "vector.npy", numbers("f4", (7,)))
numpy.save(folder / "empty.npy", numpy.zeros((0, 384), "<f4"))
for version in ((2, 0), (3, 0)):
    with open(folder / f"version{version[0]}.npy", "wb") as file:
        numpy.lib.format.write_array(file, numbers("f4", (2, 3, 4)), version=version)

# Every 17th half-precision number, and the special ones: infinities, NaN, largest, subnormal, -0.
halves = numpy.concatenate([
    numpy.arange(0, 65536, 17), [0x7C00, 0xFC00, 0x7E00, 0x7BFF, 0x03FF, 0x0001, 0x8000],
]).astype(numpy.uint16).view("<f2")
numpy.save(folder / "halves.npy", halves)
numpy.save(folder / "halves_as_singles.npy", halves.astype("<f4"))

members = {"weights": numbers("f4", (2, 3, 4)), "counts": numbers("i8", (24,)),
           "long": numpy.zeros(5000, "<f4")}

tensors = {
    "f32": torch.from_numpy(numbers("f4", (2, 3, 4))),
    "f16": torch.from_numpy(numbers("f2", (24,))),
    "bf16": torch.from_numpy(numbers("f4", (4, 6))).to(torch.bfloat16),
    "f64": torch.from_numpy(numbers("f8", (24,))),
    "i64": torch.from_numpy(numbers("i8", (24,))),
    "i32": torch.from_numpy(numbers("i4", (24, 1))),
    "u8": torch.from_numpy(numbers("u1", (24,))),
    "empty": torch.zeros(0, 3),
    "scalar": torch.tensor(2.5),
}
safetensors.torch.save_file(
    tensors, folder / "tensors.safetensors", metadata={"format": "pt", "note": "\u00e9\n\"q\""})

(folder / "versions.txt").write_text(
    f"python {sys.version.split()[0]}, numpy {numpy.__version__}, torch {torch.__version__}, "
    f"safetensors {safetensors.__version__}\n")
