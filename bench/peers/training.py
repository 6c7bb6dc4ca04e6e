"""Training of the DAGMM's PyTorch twin: microseconds a gradient step. training.py NAME RAW_FLOAT32 WIDTH STEPS | NAME --probe"""

import sys
import time

try:
    import numpy
    import torch
    from dagmm_twin import Dagmm, step
except ImportError as error:
    print(f"python3-torch is not installed for {sys.executable} ({error})")
    sys.exit(77)

torch.set_num_threads(1)
torch.manual_seed(1)
kind = torch.float32 if sys.argv[1].endswith("float32") else torch.float64
torch.set_default_dtype(kind)
if sys.argv[2] == "--probe":
    sys.exit(0)
rows = torch.from_numpy(numpy.fromfile(sys.argv[2], numpy.float32).reshape(-1, int(sys.argv[3]))).to(kind)
rows = (rows - rows.mean(0)) / rows.std(0)
steps = int(sys.argv[4])
model = Dagmm(rows.shape[1])
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
step(model, optimizer, rows[:256])  # once to warm up
start = time.process_time()
done = 0
while done < steps:
    for batch in torch.randperm(len(rows)).split(256)[:steps - done]:
        step(model, optimizer, rows[batch])
        done += 1
print(1e6 * (time.process_time() - start) / steps)
