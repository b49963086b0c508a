#!/usr/bin/env python3
"""Writes the golden files of this folder with PyTorch and onnx; see README.md for their contents.

    python3 make.py            writes every file
    python3 make.py --check    regenerates in memory and compares with the files on disk

Every input is a float32 number. Every expected value is computed from those inputs in float64 and
rounded to float32 once, so that a file's own error is half a unit in the last place.
"""

import argparse
import json
import pathlib
import platform
import sys

import torch

from parts import (dialogue, gift_whole, layers, losses, models, network, optimizers,
                   sequence_layers, sequence_models, tensors)

FOLDER = pathlib.Path(__file__).resolve().parent


def files():
    """Every file of the folder as (name, bytes)."""
    torch.set_num_threads(1)
    goldens = [
        layers.gru("gru-1-layer", 11, 7, 5, 12, 17, 1, False),
        layers.gru("gru-1-layer-h0", 12, 6, 33, 9, 16, 1, True),
        layers.gru("gru-3-layers", 13, 6, 3, 10, 15, 3, False),
        layers.gru("gru-3-layers-h0", 14, 5, 4, 7, 33, 3, True),
        layers.linear(), layers.layer_norm(), layers.embedding(), layers.activations(),
        layers.normalize(), *sequence_layers.all_files(),
        losses.cross_entropy(), losses.info_nce_golden(), losses.losses(),
        *(optimizers.optimizer_golden(name, 41 + index)
          for index, name in enumerate(optimizers.OPTIMIZERS)),
        *(optimizers.optimizer_golden(name, 61 + index, optimizers.REACHED)
          for index, name in enumerate(optimizers.OPTIMIZERS_WITH_GAPS)),
        optimizers.weight_average(), optimizers.clipping(), network.baseline_gru(),
        *sequence_models.goldens(), *tensors.goldens(), *gift_whole.goldens(), *dialogue.goldens(),
    ]
    yield from (golden.file() for golden in goldens)
    for golden, model in (models.feed_forward(), models.feed_forward_operators(),
                          models.sequence_operators()):
        yield golden.file()
        yield model
    versions = {"torch": torch.__version__, "python": platform.python_version()}
    settings = {"schedules": optimizers.schedules(), "initialisation": optimizers.initialisation()}
    for name, content in settings.items():
        text = json.dumps({"versions": versions, **content}, indent=1)
        yield f"{name}.json", text.encode() + b"\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files on disk")
    check = parser.parse_args().check
    total, different = 0, []
    for name, content in files():
        path = FOLDER / name
        total += len(content)
        if not check:
            path.write_bytes(content)
        elif not path.exists() or path.read_bytes() != content:
            different.append(name)
        print(f"{len(content):8d}  {name}")
    print(f"{total:8d}  in all")
    if different:
        sys.exit(f"differ from the files on disk: {', '.join(different)}")


if __name__ == "__main__":
    main()
