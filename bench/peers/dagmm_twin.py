"""The DAGMM of the preset monitor in PyTorch: the same network, objective, batches and steps; not the same random numbers."""

import torch
from torch import nn


class Dagmm(nn.Module):
    """128 inputs, tanh, one hidden layer of 128, a code of 128, two reconstruction features, 4 components."""

    def __init__(self, width=128, hidden=128, latent=128, estimation=10, components=4):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(width, hidden), nn.Tanh(), nn.Linear(hidden, latent))
        self.decoder = nn.Sequential(nn.Linear(latent, hidden), nn.Tanh(), nn.Linear(hidden, width))
        self.estimator = nn.Sequential(nn.Linear(latent + 2, estimation), nn.Tanh(), nn.Dropout(0.5),
                                       nn.Linear(estimation, components), nn.Softmax(1))
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.orthogonal_(layer.weight)

    def forward(self, x):
        code = self.encoder(x)
        again = self.decoder(code)
        distance = (x - again).norm(dim=1) / x.norm(dim=1).clamp_min(1e-12)
        cosine = nn.functional.cosine_similarity(x, again, dim=1)
        z = torch.cat([code, torch.log(distance + 1e-12)[:, None], cosine[:, None]], 1)
        return again, z, self.estimator(z)


def mixture(z, gamma, ridge=1e-2):
    total = gamma.sum(0)
    phi = total / len(z)
    mean = gamma.t() @ z / total[:, None]
    apart = z[:, None, :] - mean[None]
    covariance = torch.einsum("nk,nkd,nke->kde", gamma, apart, apart) / total[:, None, None]
    covariance = covariance + ridge * torch.eye(z.shape[1], dtype=z.dtype)
    return phi, mean, covariance


def energy(z, phi, mean, covariance):
    factor = torch.linalg.cholesky(covariance)
    apart = (z[:, None, :] - mean[None]).permute(1, 2, 0)
    white = torch.linalg.solve_triangular(factor, apart, upper=False)
    log_det = 2.0 * torch.diagonal(factor, dim1=1, dim2=2).log().sum(1)
    logs = phi.log()[:, None] - 0.5 * ((white ** 2).sum(1) + log_det[:, None] + z.shape[1] * 1.8378770664093453)
    return -torch.logsumexp(logs, 0)


def step(model, optimizer, x):
    again, z, gamma = model(x)
    phi, mean, covariance = mixture(z, gamma)
    inverse_diagonal = 1.0 / torch.diagonal(covariance, dim1=1, dim2=2)
    loss = ((x - again) ** 2).sum(1).mean() + 0.01 * energy(z, phi, mean, covariance).mean() + 0.005 * inverse_diagonal.sum()
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 5.0)
    optimizer.step()
