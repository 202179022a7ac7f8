"""Training steps of sparse autoencoders in PyTorch on the CPU or on CUDA, timed on request: see against-pytorch.ts.

Reads a line of JSON from stdin ({"kind": "dense" or "topk", "batch", "width", "features", "k", "device", "steps"}),
prepares, answers with {"torch", "forms", "losses"}, having compared the losses of all forms over two steps; then for each
further line with the name of a form runs so many steps and answers with the milliseconds of one.
"""
import json
import sys
import time

import torch

torch.set_num_threads(2)
torch.manual_seed(1)
BETA1, BETA2, EPSILON, RATE, PENALTY = 0.9, 0.999, 1e-8, 1e-4, 0.1


def wait(device):
    if device == "cuda":
        torch.cuda.synchronize()


def say(value):
    print(json.dumps(value), flush=True)


class Adam:
    """Adam in place, each operation over all parameters at once; nothing is allocated but the denominators."""

    def __init__(self, parameters):
        self.parameters = parameters
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters]
        self.steps = 0

    def step(self, gradients):
        self.steps += 1
        torch._foreach_mul_(self.first, BETA1)
        torch._foreach_add_(self.first, gradients, alpha=1 - BETA1)
        torch._foreach_mul_(self.second, BETA2)
        torch._foreach_addcmul_(self.second, gradients, gradients, 1 - BETA2)
        denominators = torch._foreach_sqrt(self.second)
        torch._foreach_add_(denominators, EPSILON * (1 - BETA2**self.steps) ** 0.5)
        rate = RATE * (1 - BETA2**self.steps) ** 0.5 / (1 - BETA1**self.steps)
        torch._foreach_addcdiv_(self.parameters, self.first, denominators, -rate)


class AdamByParameter(Adam):
    """The same, one parameter after the other: less memory is in flight."""

    def step(self, gradients):
        self.steps += 1
        rate = RATE * (1 - BETA2**self.steps) ** 0.5 / (1 - BETA1**self.steps)
        for p, m, v, g in zip(self.parameters, self.first, self.second, gradients):
            m.mul_(BETA1).add_(g, alpha=1 - BETA1)
            v.mul_(BETA2).addcmul_(g, g, value=1 - BETA2)
            p.addcdiv_(m, v.sqrt().add_(EPSILON * (1 - BETA2**self.steps) ** 0.5), value=-rate)


class Dictionary:
    """Encoder (A,F), decoder (F,A) with rows of norm 1, biases; about k features are active on a vector."""

    def __init__(self, batch, width, features, k):
        self.k = k
        self.x = torch.randn(batch, width).relu_()
        self.decoder = torch.nn.functional.normalize(torch.randn(features, width))
        self.encoder = (self.decoder / 2).t().contiguous()
        self.decoder_bias = torch.full((width,), 0.39894)
        pre = (self.x[:256] - self.decoder_bias) @ self.encoder
        threshold = pre.flatten().kthvalue(pre.numel() - 256 * k).values
        self.encoder_bias = torch.full((features,), -float(threshold))

    def parameters(self):
        return [self.encoder, self.decoder, self.encoder_bias, self.decoder_bias]

    def renormalise(self):
        self.decoder.div_(self.decoder.norm(dim=1, keepdim=True))


def across(gradient, decoder):
    """Removes the component of each row of the gradient along the decoder's row, in place."""
    return gradient.addcmul_((gradient * decoder).sum(1, keepdim=True), decoder, value=-1)


def dense_by_autograd(d, adam):
    """ReLU and L1 as one would write it: autograd, then the projection, Adam and the renormalisation."""

    def step():
        parameters = [p.requires_grad_() for p in d.parameters()]
        encoder, decoder, encoder_bias, decoder_bias = parameters
        f = torch.relu(torch.addmm(encoder_bias, d.x - decoder_bias, encoder))
        error = torch.addmm(decoder_bias, f, decoder) - d.x
        loss = (error.square().sum() + PENALTY * f.sum()) / len(d.x)
        gradients = list(torch.autograd.grad(loss, parameters))
        for p in parameters:
            p.requires_grad_(False)
        with torch.no_grad():
            across(gradients[1], d.decoder)
            adam.step(gradients)
            d.renormalise()
        return loss

    return step


def dense_by_hand(d, adam):
    """The same with gradients written out: five products and as few passes over (B,F) as PyTorch has."""

    @torch.no_grad()
    def step():
        rows = len(d.x)
        centred = d.x - d.decoder_bias
        f = torch.addmm(d.encoder_bias, centred, d.encoder).relu_()
        error = torch.addmm(d.decoder_bias, f, d.decoder).sub_(d.x)
        loss = (error.square().sum() + PENALTY * f.sum()) / rows
        error.mul_(2 / rows)
        h = torch.addmm(torch.tensor(PENALTY / rows), error, d.decoder.t())
        h = torch.ops.aten.threshold_backward(h, f, 0)
        to_encoder_bias = h.sum(0)
        to_decoder_bias = error.sum(0) - d.encoder @ to_encoder_bias
        gradients = [centred.t() @ h, across(f.t() @ error, d.decoder), to_encoder_bias, to_decoder_bias]
        adam.step(gradients)
        d.renormalise()
        return loss

    return step


def topk_by_hand(d, adam):
    """TopK as sparsify computes it: embedding_bag decodes, index_add_ gathers the gradients of rows."""
    d.encoder = d.encoder.t().contiguous()  # one row a feature
    d.encoder_bias.zero_()
    adam.__init__(d.parameters())

    @torch.no_grad()
    def step():
        rows = len(d.x)
        centred = d.x - d.decoder_bias
        pre = torch.addmm(d.encoder_bias, centred, d.encoder.t())
        values, indices = pre.topk(d.k, dim=1, sorted=False)
        values.relu_()
        decoded = torch.nn.functional.embedding_bag(indices, d.decoder, per_sample_weights=values, mode="sum")
        error = decoded.add_(d.decoder_bias).sub_(d.x)
        loss = error.square().sum() / rows
        error.mul_(2 / rows)
        places = indices.flatten()
        h = torch.bmm(d.decoder[places].view(rows, d.k, -1), error.unsqueeze(2)).squeeze(2).mul_(values > 0)

        def gathered(weights, vectors):
            terms = (weights.unsqueeze(2) * vectors.unsqueeze(1)).view(len(places), -1)
            return torch.zeros_like(d.decoder).index_add_(0, places, terms)

        to_encoder_bias = torch.zeros_like(d.encoder_bias).index_add_(0, places, h.flatten())
        to_decoder_bias = error.sum(0) - to_encoder_bias @ d.encoder
        gradients = [gathered(h, centred), across(gathered(values, error), d.decoder), to_encoder_bias, to_decoder_bias]
        adam.step(gradients)
        d.renormalise()
        return loss

    return step


FORMS = {
    "dense": {"autograd": dense_by_autograd, "by hand": dense_by_hand},
    "topk": {"by hand": topk_by_hand},
}
ADAMS = {"foreach": Adam, "by parameter": AdamByParameter}


def main():
    asked = json.loads(sys.stdin.readline())
    device = asked["device"]
    if device == "cuda":
        # Products stay in float32: TensorFloat-32 is off unless asked for.
        torch.set_default_device(device)
    steps = {}
    for form, make in FORMS[asked["kind"]].items():
        for name, kind in ADAMS.items():
            torch.manual_seed(1)
            d = Dictionary(asked["batch"], asked["width"], asked["features"], asked["k"])
            steps[f"{form}, Adam {name}"] = make(d, kind(d.parameters()))
    losses = {name: [float(step()), float(step())] for name, step in steps.items()}
    first = next(iter(losses.values()))
    for name, got in losses.items():
        if any(abs(a / b - 1) > 1e-4 for a, b in zip(got, first)):
            raise SystemExit(f"pytorch: expected all forms to have the losses {first}, got {got} by {name}")
    say({"torch": torch.__version__, "threads": torch.get_num_threads(), "device": torch.cuda.get_device_name() if device == "cuda" else "CPU", "forms": list(steps), "losses": first})
    for line in sys.stdin:
        name = json.loads(line)
        began = time.perf_counter()
        for _ in range(asked["steps"]):
            steps[name]()
        wait(device)
        say(1000 * (time.perf_counter() - began) / asked["steps"])


main()
