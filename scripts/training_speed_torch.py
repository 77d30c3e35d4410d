"""The training steps of ockham-training-speed, written plainly in eager PyTorch: what scripts/training_speed
compares with. Prints a line 'VARIANT MILLISECONDS' each, the median of a step."""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F

SAMPLES = 55000


class LeNet5(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 20, 5)
        self.conv2 = torch.nn.Conv2d(20, 50, 5)
        self.fc1 = torch.nn.Linear(800, 500)
        self.fc2 = torch.nn.Linear(500, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)

    def kl(self):
        return 0.0


class GateArd(LeNet5):
    """A Gaussian gate per filter and neuron, on the input of the layer that reads it; empirical Bayes."""

    def __init__(self):
        super().__init__()
        widths = (20, 50, 500)
        self.mean = torch.nn.ParameterList(torch.ones(w) for w in widths)
        self.log_variance = torch.nn.ParameterList(torch.full((w,), -6.0) for w in widths)

    def gate(self, i, x):
        standard_deviation = (0.5 * self.log_variance[i]).exp()
        z = self.mean[i] + standard_deviation * torch.randn(x.shape[0], len(standard_deviation))
        return x * (z[:, :, None, None] if x.dim() == 4 else z)

    def forward(self, x):
        x = self.gate(0, F.max_pool2d(F.relu(self.conv1(x)), 2))
        x = self.gate(1, F.max_pool2d(F.relu(self.conv2(x)), 2))
        x = self.gate(2, F.relu(self.fc1(x.flatten(1))))
        return self.fc2(x)

    def kl(self):
        return sum(0.5 * torch.log1p(m.square() * (-v).exp()).sum()
                   for m, v in zip(self.mean, self.log_variance))


class GroupArd(LeNet5):
    """Gaussian weights with one prior variance per filter and neuron; local reparameterisation."""

    def __init__(self):
        super().__init__()
        self.layers = (self.conv1, self.conv2, self.fc1)
        self.log_variance = torch.nn.ParameterList(
            torch.full_like(layer.weight, -9.0) for layer in self.layers)

    def noisy(self, i, x):
        layer, variance = self.layers[i], self.log_variance[i].exp()
        mean = layer(x)
        function = F.conv2d if x.dim() == 4 else F.linear
        standard_deviation = (function(x.square(), variance) + 1e-8).sqrt()
        return mean + standard_deviation * torch.randn_like(mean)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.noisy(0, x)), 2)
        x = F.max_pool2d(F.relu(self.noisy(1, x)), 2)
        x = F.relu(self.noisy(2, x.flatten(1)))
        return self.fc2(x)

    def kl(self):
        total = 0.0
        for layer, log_variance in zip(self.layers, self.log_variance):
            mean, log_variance = layer.weight.flatten(1), log_variance.flatten(1)
            prior = (mean.square() + log_variance.exp()).mean(1)
            total = total + 0.5 * (mean.shape[1] * prior.log() - log_variance.sum(1)).sum()
        return total


VARIANTS = {"dense": LeNet5, "gate-ard": GateArd, "group-ard": GroupArd}


def median_step(variant, batch, steps):
    network = VARIANTS[variant]()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    images, labels = torch.rand(batch, 1, 28, 28), torch.randint(10, (batch,))

    def step():
        optimizer.zero_grad()
        loss = F.cross_entropy(network(images), labels) + network.kl() / SAMPLES
        loss.backward()
        optimizer.step()

    for _ in range(1 + steps // 5):
        step()
    times = []
    for _ in range(steps):
        started = time.perf_counter()
        step()
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for variant in options.variants:
        print(f"{variant} {median_step(variant, options.batch, options.steps):.4f}", flush=True)


if __name__ == "__main__":
    main()
