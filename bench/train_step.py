"""PyTorch's side of bench/train-step.ts: a whole training step of a network for each line that comes in.

    /usr/bin/python3 bench/train_step.py iresnet18|iresnet50|mbf BATCH CLASSES THREADS

Answers each line with JSON: seconds of the step by the clock and of the processors, its loss, and the peak of memory in MB.
Needs Debian's python3-torch.
"""
import importlib.util
import json
import resource
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

spec = importlib.util.spec_from_file_location("nets", Path(__file__).parent.parent / "scripts/golden/training-net.py")
nets = importlib.util.module_from_spec(spec)
spec.loader.exec_module(nets)

name, batch, classes, threads = sys.argv[1], *map(int, sys.argv[2:])
torch.set_num_threads(threads)
torch.manual_seed(0)
BLOCKS = {"iresnet18": [2, 2, 2, 2], "iresnet50": [3, 4, 14, 3]}
net = nets.MobileFaceNet(112, [1, 4, 6, 2], 2) if name == "mbf" else nets.IResNet(112, BLOCKS[name])
centres = nn.Parameter(torch.randn(classes, 512) * 0.01)
learnt = [p for p in [*net.parameters(), centres] if p.requires_grad]
sgd = torch.optim.SGD(learnt, lr=1e-9, momentum=0.9, weight_decay=5e-4)
images = torch.rand(batch, 3, 112, 112) * 2 - 1
labels = torch.arange(batch) * 7 % classes


def step():
    cos = F.normalize(net(images)) @ F.normalize(centres).T
    rows = torch.arange(batch)
    own = cos[rows, labels]
    with torch.no_grad():
        moved = torch.cos(torch.acos(own) + 0.5) - own
    logits = cos.index_put((rows, labels), own + moved)
    loss = F.cross_entropy(64 * logits, labels)
    sgd.zero_grad()
    loss.backward()
    sgd.step()
    return loss.item()


for _ in sys.stdin:
    start, used = time.perf_counter(), time.process_time()
    loss = step()
    seconds, cpu = time.perf_counter() - start, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({"seconds": seconds, "cpu": cpu, "loss": loss, "peak": peak}), flush=True)
