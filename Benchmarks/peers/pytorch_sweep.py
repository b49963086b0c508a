#!/usr/bin/env python3
"""The sweep of Configs/calling-score-sweep.json with PyTorch; prints one JSON object.

The whole recipe in one process: reads the records and the split, standardises by the training rows,
trains the fifteen variants one after the other (Adam, dropout, early stopping on the validation loss,
best weights restored), measures the test loss and writes one ONNX file per variant. Uses what is
fastest in plain PyTorch: fused Adam, batches indexed from tensors, graphs built by onnx.helper.
"""

import json
import math
import pathlib
import sys
import time

import feed_forward
import report

CASE = "calling-score-sweep"
BASELINE = {"rate": 1e-3, "batch": 32, "hidden": (128, 64), "dropout": 0.2}
VARIANTS = [
    ("v1_0_baseline", {}),
    *((f"v1_1_lr_{rate}", {"rate": rate}) for rate in (0.0001, 0.0005, 0.002, 0.005)),
    *((f"v1_1_batch_{size}", {"batch": size}) for size in (16, 64, 128)),
    ("v1_1_arch_wider", {"hidden": (256, 128)}),
    ("v1_1_arch_deeper", {"hidden": (128, 64, 32)}),
    ("v1_1_arch_smaller", {"hidden": (96, 48)}),
    ("v1_1_arch_wide_deep", {"hidden": (256, 128, 64)}),
    *((f"v1_1_dropout_{share}", {"dropout": share}) for share in (0.1, 0.3, 0.4)),
]
DIMENSIONS = """exploration_eagerness community_orientation location_adventurousness
    authenticity_preference trust_network_reliance temporal_flexibility energy_preference
    novelty_seeking value_orientation crowd_tolerance social_preference overall_energy""".split()
FEATURES = {
    "user_vibe_dimensions": DIMENSIONS,
    "spot_vibe_dimensions": DIMENSIONS,
    "context_features": """location_proximity journey_alignment user_receptivity
        opportunity_availability network_effects community_patterns vibe_compatibility energy_match
        community_match novelty_match""".split(),
    "timing_features": """optimal_time_of_day optimal_day_of_week user_patterns opportunity_timing
        timing_alignment""".split(),
}
MISSING_VALUE = 0.5


def read_data(torch, options):
    """Standardised features and targets of each part, and the scaler."""
    with open(options.data, "rb") as file:
        records = json.load(file)["training_data"]
    rows = [[record.get(source, {}).get(name, MISSING_VALUE)
             for source, names in FEATURES.items() for name in names] for record in records]
    features = torch.tensor(rows, dtype=torch.float64)
    targets = torch.tensor([record["outcome_score"] for record in records])[:, None]
    with open(options.split_file, "rb") as file:
        split = json.load(file)
    parts = [torch.tensor(split[name]) for name in ("train", "val", "test")]
    mean = features[parts[0]].mean(dim=0)
    scale = features[parts[0]].std(dim=0, correction=0)
    scale[scale < 1e-12] = 1
    mean, scale = mean.float(), scale.float()
    features = (features.float() - mean) / scale
    return [(features[part], targets[part]) for part in parts], mean, scale


def mean_squared_error(torch, network, features, targets):
    network.eval()
    with torch.inference_mode():
        loss = torch.nn.functional.mse_loss(network(features), targets).item()
    network.train()
    return loss


def train(torch, settings, parts, options):
    """The network with its best weights, and the figures of its training."""
    (features, targets), validation, test = parts
    torch.manual_seed(options.seed)
    sizes = (features.shape[1], *settings["hidden"], 1)
    network = feed_forward.make_network(torch, sizes, settings["dropout"])
    parameters = list(network.parameters())
    optimizer = torch.optim.Adam(parameters, lr=settings["rate"], fused=True)
    best, best_epoch, best_weights, training_loss = math.inf, 0, None, math.nan
    for epoch in range(1, options.epochs + 1):
        order = torch.randperm(len(features))
        training_loss = feed_forward.train_epoch(
            torch, network, optimizer, features, targets, order, settings["batch"])
        if not math.isfinite(training_loss):
            sys.exit(f"diverged at epoch {epoch}")
        loss = mean_squared_error(torch, network, *validation)
        if loss < best:
            best, best_epoch = loss, epoch
            best_weights = [parameter.detach().clone() for parameter in parameters]
        elif epoch - best_epoch >= options.patience:
            break
    with torch.no_grad():
        for parameter, weight in zip(parameters, best_weights):
            parameter.copy_(weight)
    return network, {
        "train_loss": training_loss, "val_loss": best, "best_epoch": best_epoch,
        "epochs_run": epoch, "steps": epoch * math.ceil(len(features) / settings["batch"]),
        "test_loss": mean_squared_error(torch, network, *test),
        "params_count": sum(parameter.numel() for parameter in parameters)}


def write_onnx(torch, network, mean, scale, path, metadata):
    """Raw features in, one score per row out."""
    import numpy
    from onnx import TensorProto, helper, numpy_helper

    constants = {"scaler.mean": mean, "scaler.scale": scale}
    nodes = [helper.make_node("Sub", ["input", "scaler.mean"], ["centered"]),
             helper.make_node("Div", ["centered", "scaler.scale"], ["scaled"])]
    last = "scaled"
    for index, layer in enumerate(network):
        output, names = f"layer_{index}", [f"model.{index}.weight", f"model.{index}.bias"]
        if isinstance(layer, torch.nn.Dropout):
            continue
        if isinstance(layer, torch.nn.Linear):
            nodes.append(helper.make_node("Gemm", [last, *names], [output], transB=1))
            constants |= dict(zip(names, (layer.weight, layer.bias)))
        else:
            nodes.append(helper.make_node(type(layer).__name__.replace("ReLU", "Relu"), [last],
                                          [output]))
        last = output
    nodes.append(helper.make_node("Squeeze", [last, "squeeze_axes"], ["output"]))
    listed = [numpy_helper.from_array(tensor.detach().numpy(), name)
              for name, tensor in constants.items()]
    listed.append(numpy_helper.from_array(numpy.array([1]), "squeeze_axes"))
    graph = helper.make_graph(
        nodes, "calling_score",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch_size", len(mean)])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch_size"])], listed)
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 18)])
    helper.set_model_props(model, {name: json.dumps(value) for name, value in metadata.items()})
    path.write_bytes(model.SerializeToString())


def parse_options():
    parser = report.parser(__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="training.json")
    parser.add_argument("--split-file", required=True, help="split.json")
    parser.add_argument("--out", required=True, type=pathlib.Path, help="folder of the ONNX files")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--patience", type=int, default=10)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--max-variants", type=int, default=len(VARIANTS))
    return parser.parse_args()


def main():
    start = time.perf_counter()
    options = parse_options()
    torch = report.load_torch(options)
    parts, mean, scale = read_data(torch, options)
    options.out.mkdir(parents=True, exist_ok=True)
    variants = []
    for name, change in VARIANTS[:options.max_variants]:
        settings, begin = {**BASELINE, **change}, time.perf_counter()
        network, figures = train(torch, settings, parts, options)
        write_onnx(torch, network, mean, scale, options.out / f"calling_score_model_{name}.onnx",
                   {**settings, **figures})
        variants.append({"name": name, **figures,
                         "training_time": round(time.perf_counter() - begin, 3)})
    steps = sum(variant["steps"] for variant in variants)
    threads = f"{options.threads} thread" + ("s" if options.threads > 1 else "")
    implementation = f"PyTorch {torch.__version__} ({threads}, fused Adam)"
    row = report.row(options, implementation, CASE, f"{len(variants)} variants",
                     [time.perf_counter() - start], None, None)
    report.print_report(torch, options, CASE, [{**row, "steps": steps}], variants=variants)


if __name__ == "__main__":
    main()
