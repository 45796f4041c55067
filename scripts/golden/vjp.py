"""Golden values for src/onnx/vjp: gradients of Σ y·c by PyTorch in float64.

    /usr/bin/python3 scripts/golden/vjp.py > src/onnx/vjp/golden/vjp.json

Needs Debian's python3-torch. Inputs are multiples of 1/16, so that float32 holds them and some are equal (which the
largest of a window is told from) and some are 0 (which a PReLU's side is told from).
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(11)
f64 = torch.float64


def numbers(*shape, most=32):
    return torch.randint(-most, most + 1, shape).to(f64) / 16


def case(op, attributes, inputs, run, constants=()):
    """constants: ONNX's further inputs, [] of numbers or null, that no gradient is taken of."""
    leaves = [x.clone().requires_grad_(True) for x in inputs]
    y = run(*leaves)
    c = numbers(*y.shape)
    (y * c).sum().backward()
    tensor = lambda t: {"shape": list(t.shape), "data": [round(v, 10) for v in t.detach().flatten().tolist()]}
    return {
        "op": op,
        "attributes": attributes,
        "inputs": [tensor(x) for x in inputs],
        "constants": list(constants),
        "c": tensor(c),
        "gradients": [tensor(x.grad)["data"] for x in leaves],
    }


def floats(*values):
    return {"floats": list(values)}


image = (2, 3, 5, 6)
conv = lambda **more: lambda x, w, b: F.conv2d(x, w, b, **more)
resize = lambda size, **more: lambda x: F.interpolate(x, size=size, **more)
sizes = lambda *size: [None, None, {"ints": [2, 3, *size]}]

cases = [
    case("Conv", {"strides": [2, 2], "pads": [1, 1, 1, 1]}, [numbers(*image), numbers(4, 3, 3, 3), numbers(4)], conv(stride=2, padding=1)),
    case("Conv", {"pads": [1, 1, 1, 1], "group": 3}, [numbers(*image), numbers(6, 1, 3, 3), numbers(6)], conv(padding=1, groups=3)),
    case("Conv", {"dilations": [2, 1], "pads": [2, 0, 2, 0]}, [numbers(*image), numbers(2, 3, 3, 2), numbers(2)], conv(padding=(2, 0), dilation=(2, 1))),
    case("PRelu", {}, [numbers(*image, most=3), torch.tensor([0.5, -0.25, 0.0], dtype=f64).reshape(3, 1, 1)], lambda x, a: F.prelu(x, a.reshape(3))),
    case("BatchNormalization", {"training_mode": 1}, [numbers(*image), numbers(3), numbers(3)], lambda x, g, b: F.batch_norm(x, None, None, g, b, training=True, eps=1e-5), [{"floats": [0, 0, 0]}, {"floats": [1, 1, 1]}]),
    case("LayerNormalization", {"axis": -1}, [numbers(4, 7), numbers(7), numbers(7)], lambda x, g, b: F.layer_norm(x, (7,), g, b, eps=1e-5)),
    case("MaxPool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1]}, [numbers(*image, most=2)], lambda x: F.max_pool2d(x, 3, 2, 1)),
    case("MaxPool", {"kernel_shape": [2, 2]}, [numbers(*image, most=1)], lambda x: F.max_pool2d(x, 2, 1)),
    case("AveragePool", {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "count_include_pad": 1}, [numbers(*image)], lambda x: F.avg_pool2d(x, 3, 2, 1)),
    case("AveragePool", {"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}, [numbers(*image)], lambda x: F.avg_pool2d(x, 2, 2, ceil_mode=True)),
    case("Resize", {"mode": "linear"}, [numbers(*image)], resize((10, 12), mode="bilinear", align_corners=False), sizes(10, 12)),
    case("Resize", {"mode": "linear"}, [numbers(*image)], resize((3, 4), mode="bilinear", align_corners=False), sizes(3, 4)),
    case("Resize", {"mode": "linear", "coordinate_transformation_mode": "align_corners"}, [numbers(*image)], resize((8, 3), mode="bilinear", align_corners=True), sizes(8, 3)),
    case("Resize", {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}, [numbers(*image)], resize((10, 9), mode="nearest"), sizes(10, 9)),
    case("ReduceMax", {"keepdims": 0}, [numbers(3, 6, most=2)], lambda x: x.amax(1), [{"ints": [1]}]),
    case("ReduceL2", {"keepdims": 1}, [numbers(3, 6)], lambda x: x.norm(dim=1, keepdim=True), [{"ints": [1]}]),
    case("LogSoftmax", {"axis": 1}, [numbers(3, 6)], lambda x: F.log_softmax(x, 1)),
    case("Elu", {}, [numbers(3, 6)], F.elu),
    case("HardSwish", {}, [numbers(3, 6, most=80)], F.hardswish),
]
print(json.dumps(cases))
