"""Feed-forward and recurrent networks as ONNX files, with their inputs and outputs."""

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


def model(name, nodes, constants, *inputs, outputs=(), graph="feed_forward", **remarks):
    """The bytes of a model: values [batch_size, *inputs] in, [batch_size, *outputs] out."""
    graph = helper.make_graph(
        nodes, graph,
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch_size", *inputs])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch_size", *outputs])],
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


def recurrent(golden, name, layer, order):
    """PyTorch's weights of a layer, and as constants of ONNX: blocks of rows in ONNX's order."""
    constants = []
    for key, parameter in layer.named_parameters():
        values = golden.uniform(*parameter.shape, bound=0.9)
        parameter.data = values
        blocks = values.reshape(len(order), -1, *values.shape[1:])[order]
        constants.append((key, blocks.reshape(1, -1, *values.shape[1:])))
    weights = dict(constants)
    found = [constant(f"{name}.W", weights["weight_ih_l0"]),
             constant(f"{name}.R", weights["weight_hh_l0"])]
    if layer.bias:
        biases = torch.cat([weights["bias_ih_l0"], weights["bias_hh_l0"]], dim=1)
        found.append(constant(f"{name}.B", biases))
    return found


def sequence_operators(rows=5, steps=3, features=2, hidden=2, results=3):
    """Every operator of sequence models: recurrent layers, norms, softmax, movement of axes."""
    golden = Golden("sequence-operators", 73, onnx=onnx.__version__)
    x = golden.normal(rows, steps, features, scale=2.0)
    gru = torch.nn.GRU(features, hidden, dtype=torch.float64)
    lstm = torch.nn.LSTM(hidden, hidden, bias=False, dtype=torch.float64)
    gru_constants = recurrent(golden, "gru", gru, [1, 0, 2])
    lstm_constants = recurrent(golden, "lstm", lstm, [0, 3, 1, 2])
    gamma, beta = golden.normal(hidden), golden.normal(hidden)
    first, last = golden.normal(hidden, hidden), golden.normal(4 * hidden, results)
    constants = [
        *gru_constants, *lstm_constants, constant("gamma", gamma), constant("beta", beta),
        constant("first", first), constant("last", last),
        listed("least", torch.tensor(1e-12)), listed("half", torch.tensor(0.5)),
        listed("one", torch.tensor(1.0)), listed("root", torch.tensor(0.5).sqrt()),
        helper.make_tensor("axis_last", TensorProto.INT64, [1], [-1]),
        helper.make_tensor("axis_0", TensorProto.INT64, [1], [0]),
        helper.make_tensor("axis_1", TensorProto.INT64, [1], [1]),
        helper.make_tensor("end", TensorProto.INT64, [], [-1]),
        helper.make_tensor("matrix", TensorProto.INT64, [2], [-1, hidden]),
        helper.make_tensor("result", TensorProto.INT64, [2], [0, results])]
    nodes = [
        helper.make_node("ReduceL2", ["input", "axis_last"], ["length"], keepdims=1),
        helper.make_node("Clip", ["length", "least"], ["divisor"]),
        helper.make_node("Div", ["input", "divisor"], ["unit"]),
        helper.make_node("Transpose", ["unit"], ["steps"], perm=[1, 0, 2]),
        helper.make_node("GRU", ["steps", "gru.W", "gru.R", "gru.B"], ["states", ""],
                         hidden_size=hidden, linear_before_reset=1),
        helper.make_node("Squeeze", ["states", "axis_1"], ["sequence"]),
        helper.make_node("LayerNormalization", ["sequence", "gamma", "beta"], ["normal"],
                         axis=-1, epsilon=1e-5),
        helper.make_node("Gather", ["normal", "end"], ["at_end"], axis=0),
        helper.make_node("LSTM", ["sequence", "lstm.W", "lstm.R"], ["", "state", "cell"],
                         hidden_size=hidden, direction="forward"),
        helper.make_node("Reshape", ["state", "matrix"], ["lstm_state"]),
        helper.make_node("Squeeze", ["cell", "axis_0"], ["lstm_cell"]),
        helper.make_node("Transpose", ["first"], ["turned"]),
        helper.make_node("MatMul", ["at_end", "turned"], ["m"]),
        helper.make_node("Mul", ["m", "root"], ["a"]), helper.make_node("Erf", ["a"], ["b"]),
        helper.make_node("Add", ["b", "one"], ["c"]), helper.make_node("Mul", ["m", "half"], ["d"]),
        helper.make_node("Mul", ["c", "d"], ["gelu"]),
        helper.make_node("Softmax", ["m"], ["shares"], axis=-1),
        helper.make_node("Exp", ["shares"], ["powers"]),
        helper.make_node("Tanh", ["lstm_cell"], ["bounded"]),
        helper.make_node("Concat", ["gelu", "powers", "lstm_state", "bounded"], ["all"], axis=-1),
        helper.make_node("MatMul", ["all", "last"], ["product"]),
        helper.make_node("Reshape", ["product", "result"], ["output"])]
    unit = x / x.norm(dim=2, keepdim=True).clamp(min=1e-12)
    sequence, _ = gru(unit.transpose(0, 1))
    normal = torch.nn.functional.layer_norm(sequence, [hidden], gamma, beta)
    m = normal[-1] @ first.T
    _, (state, cell) = lstm(sequence)
    parts = [torch.nn.functional.gelu(m), torch.softmax(m, dim=1).exp(), state[0], cell[0].tanh()]
    golden.store("x", x)
    golden.store("y", torch.cat(parts, dim=1) @ last)
    return golden, model(golden.name, nodes, constants, steps, features, outputs=[results],
                         graph="sequence")
