"""Feed-forward networks as ONNX files, with their inputs and outputs."""

import numpy
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .golden import Golden, rounded


def constant(name, tensor):
    """A constant whose elements stand in the file as raw bytes."""
    return numpy_helper.from_array(tensor.to(torch.float32).numpy(), name)


def listed(name, tensor):
    """A constant whose elements stand in the file as a list of numbers."""
    return helper.make_tensor(name, TensorProto.FLOAT, tensor.shape, tensor.reshape(-1).tolist())


def model(name, nodes, constants, features, **remarks):
    """The bytes of a model: raw values [batch_size, features] in, one output per row."""
    graph = helper.make_graph(
        nodes, "feed_forward",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch_size", features])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch_size"])],
        constants, **remarks)
    made = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", 18)],
        producer_name="onnx", producer_version=onnx.__version__)
    helper.set_model_props(made, {"model_type": name, "made_by": "Tests/Golden/make.py"})
    onnx.checker.check_model(made, full_check=True)
    return f"{name}.onnx", made.SerializeToString()


def standardised(golden, rows, features):
    """Raw inputs with their mean and scale, and the standardised inputs."""
    x = golden.normal(rows, features, scale=2.0)
    mean, scale = golden.normal(features), golden.uniform(features, bound=1.0).abs() + 0.5
    scale = rounded(scale)
    golden.store_all("", {"x": x, "scaler.mean": mean, "scaler.scale": scale})
    return (x - mean) / scale, mean, scale


def feed_forward(features=5, sizes=(4, 3, 1), rows=7):
    """The form in which a trained network is exported: sigmoid output, names of PyTorch."""
    golden = Golden("feed-forward", 71, onnx=onnx.__version__)
    h, mean, scale = standardised(golden, rows, features)
    constants = [constant("scaler.mean", mean), constant("scaler.scale", scale)]
    nodes = [helper.make_node("Sub", ["input", "scaler.mean"], ["centered"], "centered"),
             helper.make_node("Div", ["centered", "scaler.scale"], ["scaled"], "scaled")]
    last, inputs = "scaled", features
    for index, outputs in enumerate(sizes):
        weight = golden.uniform(outputs, inputs, bound=inputs ** -0.5)
        bias = golden.uniform(outputs, bound=inputs ** -0.5)
        names = [f"model.{3 * index}.weight", f"model.{3 * index}.bias"]
        golden.store_all("", dict(zip(names, (weight, bias))))
        constants += [constant(names[0], weight), constant(names[1], bias)]
        nodes.append(helper.make_node("Gemm", [last, *names], [f"linear_{index}"],
                                      f"linear_{index}", alpha=1.0, beta=1.0, transA=0, transB=1))
        h, last, inputs = h @ weight.T + bias, f"linear_{index}", outputs
        if index < len(sizes) - 1:
            nodes.append(helper.make_node("Relu", [last], [f"relu_{index}"], f"relu_{index}"))
            h, last = torch.relu(h), f"relu_{index}"
    nodes += [helper.make_node("Sigmoid", [last], ["probability"], "probability"),
              helper.make_node("Squeeze", ["probability", "squeeze_axes"], ["output"], "output")]
    constants.append(numpy_helper.from_array(numpy.array([1]), "squeeze_axes"))
    golden.store("y", torch.sigmoid(h).squeeze(1))
    return golden, model("feed-forward", nodes, constants, features)


def feed_forward_operators(features=5, rows=7):
    """Every supported operator and setting, in forms that other programs write."""
    golden = Golden("feed-forward-operators", 72, onnx=onnx.__version__)
    h, mean, scale = standardised(golden, rows, features)
    first, first_bias = golden.normal(features, 4), golden.normal(1, 4)
    second, third = golden.normal(3, 4), golden.normal(3, 1)
    shift, factor, offset = golden.normal(1), golden.normal(1), golden.normal(1, 1)
    constants = [
        listed("mean", mean), listed("scale", scale.reshape(1, -1)), listed("first", first),
        constant("first_bias", first_bias), constant("second", second), constant("third", third),
        listed("shift", shift), listed("factor", factor.reshape(())), listed("offset", offset),
        helper.make_tensor("axes", TensorProto.INT64, [1], [-1])]
    nodes = [
        helper.make_node("Sub", ["input", "mean"], ["centered"]),
        helper.make_node("Div", ["centered", "scale"], ["scaled"]),
        helper.make_node("Gemm", ["scaled", "first", "first_bias"], ["a"], alpha=0.5, beta=2.0),
        helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Gemm", ["b", "second"], ["c"], "no bias", transB=1),
        helper.make_node("Identity", ["c"], ["d"], doc_string="changes nothing"),
        helper.make_node("Gemm", ["d", "third", "shift"], ["e"], alpha=-1.5),
        helper.make_node("Mul", ["factor", "e"], ["f"]),
        helper.make_node("Add", ["f", "offset"], ["g"]),
        helper.make_node("Squeeze", ["g", "axes"], ["output"])]
    h = torch.relu(0.5 * (h @ first) + 2 * first_bias)
    h = -1.5 * (h @ second.T @ third) + shift
    golden.store("y", (factor * h + offset).squeeze(1))
    inner = helper.make_tensor_value_info("b", TensorProto.FLOAT, ["batch_size", 4])
    return golden, model(golden.name, nodes, constants, features, value_info=[inner],
                         doc_string="all operators")
