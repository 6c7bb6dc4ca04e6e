"""Scores of ready vectors of 128 values, two a second of sound: microseconds a second. scoring.py NAME VECTORS | NAME --probe"""

import sys
import time

NAME = sys.argv[1]
try:
    import numpy
    if NAME == "dagmm-twin":
        import torch
        from dagmm_twin import Dagmm, energy, mixture
    else:
        from sklearn.mixture import GaussianMixture
        from sklearn.neighbors import NearestNeighbors
except ImportError as error:
    print(f"python3-{'torch' if NAME == 'dagmm-twin' else 'sklearn'} is not installed for {sys.executable} ({error})")
    sys.exit(77)
if sys.argv[2] == "--probe":
    sys.exit(0)

random = numpy.random.default_rng(1)
memory, vectors = random.standard_normal((2000, 128)), random.standard_normal((int(sys.argv[2]), 128))
if NAME == "gaussian-mixture":
    work = GaussianMixture(4, max_iter=5, reg_covar=1e-2, random_state=1).fit(memory).score_samples
elif NAME == "nearest-neighbors":
    work = NearestNeighbors(n_neighbors=4, algorithm="brute", n_jobs=1).fit(memory).kneighbors
else:
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    model = Dagmm().eval()
    with torch.no_grad():
        _, z, gamma = model(torch.from_numpy(memory))
        fitted = mixture(z, gamma)

    def work(values):
        with torch.no_grad():
            return energy(model(torch.from_numpy(values))[1], *fitted)
work(vectors)  # once to warm up
start = time.process_time()
work(vectors)
print(1e6 * (time.process_time() - start) / (len(vectors) / 2))
