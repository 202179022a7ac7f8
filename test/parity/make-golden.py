"""Computes golden files with PyTorch in float64: what `monosema doctor --golden` compares an adapter with.

    /usr/bin/python3 test/parity/make-golden.py FILE kind=gpt2 n_embd=20 n_head=5 ...
    /usr/bin/python3 test/parity/make-golden.py --check FILE...

The first form draws parameters and inputs from a seed and writes one file; sizes that are not given have the
defaults below. The second recomputes files from their own parameters and inputs, and prints how far the stored
results are: it shows that this script and the authors of a file mean the same by every word.

Needs PyTorch (Debian's python3-torch will do) and nothing else. Tests read the stored files, so they need no Python.
"""

import json
import math
import struct
import sys

import torch

torch.set_default_dtype(torch.float64)

GPT2 = {
    "kind": "gpt2",
    "n_embd": 16,
    "n_inner": 64,
    "n_head": 2,
    "n_layer": 1,
    "vocab_size": 32,
    "n_positions": 8,
    "batch": 2,
    "activation": "relu",
    "layer_norm_epsilon": 1e-5,
    "tie_word_embeddings": False,
}
SAE = {
    "kind": "sae-standard",
    "d_in": 16,
    "d_sae": 64,
    "batch": 8,
    "l1_coefficient": 0.0,
    "l0_coefficient": 0.0,
    "k": 0,
    "bandwidth": 0.0,
}
TRAINING = {"adam_lr": 1e-3, "adam_beta1": 0.9, "adam_beta2": 0.999, "adam_eps": 1e-5, "steps": 3, "seed": 0}
GPT2_WORDS = {
    "loss": "mean cross-entropy in nats over all positions",
    "note": "tokens[i] is [batch, n_positions+1]: inputs are [:, :-1], targets [:, 1:]; logits, mlp_activations "
    "(layer 0, after the nonlinearity) and grads.* are of step 0; after.* are the parameters after all steps; "
    "computed in float64, stored in float32",
}
SAE_WORDS = {
    "loss": "mean over the batch of the sum over d_in of squared error, plus the sparsity term (L1: mean over the "
    "batch of the sum of f; JumpReLU: mean L0)",
    "note": "f = act((x - b_dec) W_enc + b_enc), x_hat = f W_dec + b_dec; grads.* are of step 0 before the decoder "
    "rule; Adam sees W_dec's gradient with its component along each row removed; rows renormalized to norm 1 after "
    "each step; topk and batchtopk choose among relu(pre); JumpReLU thresholds are plain parameters with "
    "rectangle-kernel gradients; computed in float64, stored in float32",
}


def gelu_new(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def gelu(x):
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


ACTIVATIONS = {"relu": torch.relu, "gelu": gelu, "gelu_new": gelu_new}


def layer_norm(x, weight, bias, epsilon):
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred**2).mean(-1, keepdim=True) + epsilon) * weight + bias


def attention(qkv, heads):
    batch, length, width = qkv.shape[0], qkv.shape[1], qkv.shape[2] // 3
    q, k, v = (part.view(batch, length, heads, width // heads).transpose(1, 2) for part in qkv.split(width, dim=2))
    scores = q @ k.transpose(2, 3) / math.sqrt(width // heads)
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    weights = torch.softmax(scores.masked_fill(future, -math.inf), dim=3)
    return (weights @ v).transpose(1, 2).reshape(batch, length, width)


def gpt2_forward(p, c, tokens):
    """Logits and layer 0's MLP activations of inputs (B,T), in Hugging Face's GPT-2 layout (Conv1D: inputs first)."""
    norm = lambda x, name: layer_norm(x, p[name + ".weight"], p[name + ".bias"], c["layer_norm_epsilon"])
    project = lambda x, name: x @ p[name + ".weight"] + p[name + ".bias"]
    x = p["transformer.wte.weight"][tokens] + p["transformer.wpe.weight"][: tokens.shape[1]]
    first = None
    for layer in range(c["n_layer"]):
        block = f"transformer.h.{layer}."
        qkv = project(norm(x, block + "ln_1"), block + "attn.c_attn")
        x = x + project(attention(qkv, c["n_head"]), block + "attn.c_proj")
        hidden = ACTIVATIONS[c["activation"]](project(norm(x, block + "ln_2"), block + "mlp.c_fc"))
        first = hidden if first is None else first
        x = x + project(hidden, block + "mlp.c_proj")
    table = p["transformer.wte.weight"] if c["tie_word_embeddings"] else p["lm_head.weight"]
    return norm(x, "transformer.ln_f") @ table.T, first


def gpt2_step(p, c, tokens):
    logits, activations = gpt2_forward(p, c, tokens[:, :-1])
    loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[2]), tokens[:, 1:].reshape(-1))
    return loss, {"logits": logits, "mlp_activations": activations}


class JumpReLU(torch.autograd.Function):
    """f = relu(x) where x > threshold; the threshold's gradient by a rectangle kernel of the given bandwidth."""

    @staticmethod
    def forward(context, x, threshold, bandwidth):
        context.save_for_backward(x, threshold)
        context.bandwidth = bandwidth
        return torch.relu(x) * (x > threshold)

    @staticmethod
    def backward(context, gradient):
        x, threshold = context.saved_tensors
        near = ((x - threshold).abs() < context.bandwidth / 2).double()
        to_threshold = -(threshold / context.bandwidth) * near * gradient
        return gradient * (x > threshold) * (x > 0), to_threshold.sum(0), None


class Step(torch.autograd.Function):
    """1 where x > threshold, with the same kernel for the threshold and no gradient for x."""

    @staticmethod
    def forward(context, x, threshold, bandwidth):
        context.save_for_backward(x, threshold)
        context.bandwidth = bandwidth
        return (x > threshold).double()

    @staticmethod
    def backward(context, gradient):
        x, threshold = context.saved_tensors
        near = ((x - threshold).abs() < context.bandwidth / 2).double()
        return None, (-near / context.bandwidth * gradient).sum(0), None


def largest(values, count):
    """1 at the `count` largest entries of each row; ties go to the lowest index."""
    order = torch.argsort(values, dim=1, descending=True, stable=True)[:, :count]
    return torch.zeros_like(values).scatter(1, order, 1.0)


def sae_step(p, c, x):
    pre = (x - p["b_dec"]) @ p["W_enc"] + p["b_enc"]
    penalty = 0.0
    if c["kind"] == "sae-jumprelu":
        f = JumpReLU.apply(pre, p["threshold"], c["bandwidth"])
        penalty = c["l0_coefficient"] * Step.apply(pre, p["threshold"], c["bandwidth"]).sum(1).mean()
    else:
        f = torch.relu(pre)
        if c["kind"] == "sae-topk":
            f = f * largest(f.detach(), c["k"])
        elif c["kind"] == "sae-batchtopk":
            f = f * largest(f.detach().reshape(1, -1), c["k"] * len(x)).view_as(f)
        else:
            penalty = c["l1_coefficient"] * f.sum(1).mean()
    reconstruction = f @ p["W_dec"] + p["b_dec"]
    loss = ((reconstruction - x) ** 2).sum(1).mean() + penalty
    l0 = (f > 0).double().sum(1).mean().reshape(1)
    return loss, {"feature_acts": f, "reconstruction": reconstruction, "l0": l0}


def train(parameters, c, step, inputs):
    """Results of step 0, its gradients, all losses, and the parameters after Adam has taken every step."""
    p = {name: value.double().clone().requires_grad_() for name, value in parameters.items()}
    moments = {name: [torch.zeros_like(value), torch.zeros_like(value)] for name, value in p.items()}
    results, losses = {}, []
    for i, batch in enumerate(inputs):
        loss, kept = step(p, c, batch)
        for value in p.values():
            value.grad = None
        loss.backward()
        losses.append(loss.item())
        gradients = {name: value.grad.clone() for name, value in p.items()}
        if i == 0:
            results.update({name: value.detach() for name, value in kept.items()})
            results.update({f"grads.{name}": value for name, value in gradients.items()})
        if "W_dec" in p:
            w = p["W_dec"].detach()
            along = (gradients["W_dec"] * w).sum(1, keepdim=True) / (w * w).sum(1, keepdim=True)
            gradients["W_dec"] = gradients["W_dec"] - along * w
        with torch.no_grad():
            for name, value in p.items():
                first, second = moments[name]
                first.mul_(c["adam_beta1"]).add_(gradients[name] * (1 - c["adam_beta1"]))
                second.mul_(c["adam_beta2"]).add_(gradients[name] ** 2 * (1 - c["adam_beta2"]))
                mean = first / (1 - c["adam_beta1"] ** (i + 1))
                root = torch.sqrt(second / (1 - c["adam_beta2"] ** (i + 1)))
                value -= c["adam_lr"] * mean / (root + c["adam_eps"])
            if "W_dec" in p:
                p["W_dec"] /= p["W_dec"].norm(dim=1, keepdim=True)
    results["losses"] = torch.tensor(losses)
    results.update({f"after.{name}": value.detach() for name, value in p.items()})
    return results


def draw_gpt2(c):
    """Parameters large enough that every part of the model, LayerNorm biases included, changes the result."""
    width, inner = c["n_embd"], c["n_inner"]
    normal = lambda scale, *shape: (scale * torch.randn(*shape)).float()
    norm = lambda name: {f"{name}.weight": 1 + normal(0.1, width), f"{name}.bias": normal(0.1, width)}
    p = {
        "transformer.wte.weight": normal(0.3, c["vocab_size"], width),
        "transformer.wpe.weight": normal(0.3, c["n_positions"], width),
    }
    for layer in range(c["n_layer"]):
        block = f"transformer.h.{layer}."
        p.update(norm(block + "ln_1"))
        for name, rows, columns in [("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width)]:
            p[block + name + ".weight"] = normal(1 / math.sqrt(rows), rows, columns)
            p[block + name + ".bias"] = normal(0.1, columns)
        p.update(norm(block + "ln_2"))
        for name, rows, columns in [("mlp.c_fc", width, inner), ("mlp.c_proj", inner, width)]:
            p[block + name + ".weight"] = normal(1 / math.sqrt(rows), rows, columns)
            p[block + name + ".bias"] = normal(0.1, columns)
    p.update(norm("transformer.ln_f"))
    if not c["tie_word_embeddings"]:
        p["lm_head.weight"] = normal(0.3, c["vocab_size"], width)
    shape = (c["steps"], c["batch"], c["n_positions"] + 1)
    return p, {"tokens": torch.randint(c["vocab_size"], shape, dtype=torch.int32)}


def draw_sae(c):
    width, features = c["d_in"], c["d_sae"]
    decoder = torch.randn(features, width)
    decoder /= decoder.norm(dim=1, keepdim=True)
    p = {
        "W_enc": (decoder.T + 0.1 * torch.randn(width, features)).float(),
        "b_enc": (0.1 * torch.randn(features) - 0.2).float(),
        "W_dec": decoder.float(),
        "b_dec": (0.1 * torch.randn(width)).float(),
    }
    if c["kind"] == "sae-jumprelu":
        p["threshold"] = (0.05 + 0.2 * torch.rand(features)).float()
    return p, {"x": torch.randn(c["steps"], c["batch"], width).float()}


def results_of(parameters, c, inputs):
    if c["kind"] == "gpt2":
        return train(parameters, c, gpt2_step, inputs["tokens"].long())
    return train(parameters, c, sae_step, inputs["x"].double())


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        integer = not tensor.dtype.is_floating_point
        values = tensor.reshape(-1).to(torch.int32 if integer else torch.float32)
        start, data = len(data), data + values.numpy().tobytes()
        shape = list(tensor.shape)
        header[name] = {"dtype": "I32" if integer else "F32", "shape": shape, "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    metadata, tensors = header.pop("__metadata__"), {}
    for name, info in header.items():
        start, end = info["data_offsets"]
        dtype = {"F32": torch.float32, "I32": torch.int32}[info["dtype"]]
        tensors[name] = torch.frombuffer(data, dtype=dtype, offset=start, count=(end - start) // 4).view(info["shape"])
    return tensors, metadata


def parse(text, default):
    return text.lower() == "true" if isinstance(default, bool) else type(default)(text)


def config_of(settings):
    known = {**(GPT2 if settings.get("kind") == "gpt2" else SAE), **TRAINING}
    return {key: parse(settings[key], default) if key in settings else default for key, default in known.items()}


def check(path):
    tensors, metadata = read(path)
    inputs = {name: tensors[name] for name in ("x", "tokens") if name in tensors}
    parameters = {name[7:]: value for name, value in tensors.items() if name.startswith("params.")}
    worst = 0.0
    for name, value in results_of(parameters, config_of(metadata), inputs).items():
        reference = tensors[name].double()
        worst = max(worst, ((value - reference).abs().max() / reference.abs().max().clamp(min=1e-30)).item())
    print(f"{path}: {worst:.1e}")


def make(path, settings):
    unknown = set(settings) - set(GPT2) - set(SAE) - set(TRAINING)
    if unknown:
        sys.exit(f"make-golden: expected keys of {', '.join({**GPT2, **SAE, **TRAINING})}, got {', '.join(unknown)}")
    c = config_of(settings)
    torch.manual_seed(c["seed"])
    parameters, inputs = draw_gpt2(c) if c["kind"] == "gpt2" else draw_sae(c)
    tensors = {**{f"params.{name}": value for name, value in parameters.items()}, **inputs}
    tensors.update(results_of(parameters, c, inputs))
    words = GPT2_WORDS if c["kind"] == "gpt2" else SAE_WORDS
    write(path, tensors, {**{key: str(value) for key, value in c.items()}, **words})


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    elif sys.argv[1] == "--check":
        for golden in sys.argv[2:]:
            check(golden)
    else:
        make(sys.argv[1], dict(argument.split("=", 1) for argument in sys.argv[2:]))
