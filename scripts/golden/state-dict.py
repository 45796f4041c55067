"""Golden files for src/train/state-dict.ts: a small IResNet's state dict as PyTorch has it, and what it makes of noise.

    /usr/bin/python3 scripts/golden/state-dict.py

Writes src/train/golden/iresnet.safetensors (from the format's description, without the safetensors library) and
state-dict.json: the answer, and of both kinds of network names and shapes, and which parameters are of batch-norms and
PReLUs. Needs Debian's python3-torch.
"""
import importlib.util
import json
import struct
from pathlib import Path

import numpy as np
import torch

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "src" / "train" / "golden"
spec = importlib.util.spec_from_file_location("training_net", HERE / "training-net.py")
nets = importlib.util.module_from_spec(spec)
spec.loader.exec_module(nets)

SIZE, BATCH = 24, 3
OPTIONS = {"blocks": [2, 1, 1, 1], "widths": [6, 16, 20, 24], "features": 16}
MBF = {"blocks": [1, 1, 2, 1], "scale": 1, "features": 16}


def images(seed):
    x = nets.noise(BATCH * 3 * SIZE * SIZE, seed)
    return torch.from_numpy(x.reshape(BATCH, 3, SIZE, SIZE))


def save(state, path):
    header, parts, offset = {}, [], 0
    for name, value in state.items():
        data = value.numpy().tobytes()
        dtype = {"float32": "F32", "int64": "I64"}[str(value.numpy().dtype)]
        header[name] = {"dtype": dtype, "shape": list(value.shape), "data_offsets": [offset, offset + len(data)]}
        parts.append(data)
        offset += len(data)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def shapes(state):
    return {name: list(value.shape) for name, value in state.items()}


def norms(net):
    kinds = (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.PReLU)
    own = [(name, module) for name, module in net.named_modules() if isinstance(module, kinds)]
    return sorted(f"{name}.{p}" for name, module in own for p, value in module.named_parameters() if value.requires_grad)


torch.manual_seed(3)
net = nets.IResNet(SIZE, **OPTIONS).train()
with torch.no_grad():
    for p in net.parameters():
        if p.requires_grad:
            p.add_(0.1 * torch.randn(p.shape))
    for seed in range(5):
        net(images(seed))
save(net.state_dict(), FOLDER / "iresnet.safetensors")
answer = net.double().eval()(images(100).double()).detach()
mbf = nets.MobileFaceNet(32, **MBF)
(FOLDER / "state-dict.json").write_text(json.dumps({
    "size": SIZE, "batch": BATCH, "options": OPTIONS, "answer": [float(f"{x:.9g}") for x in answer.flatten()],
    "iresnet": shapes(net.state_dict()), "iresnetNorms": norms(net),
    "mbfOptions": MBF, "mbf": shapes(mbf.state_dict()), "mbfNorms": norms(mbf),
}))
