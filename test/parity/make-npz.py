"""Writes the .npz fixtures of test/golden with NumPy itself, as Gemma Scope's dictionaries are written.

    /usr/bin/python3 test/parity/make-npz.py test/golden

Sizes are d_in 3 and d_sae 5; every number is exact in float32, k / 8 for the k-th of its array. Needs NumPy alone.
"""

import sys

import numpy as np

SHAPES = {"W_enc": (3, 5), "W_dec": (5, 3), "b_enc": (5,), "b_dec": (3,), "threshold": (5,)}

arrays = {
    name: (np.arange(np.prod(shape), dtype=np.float32) / 8).reshape(shape) for name, shape in SHAPES.items()
}
np.savez(f"{sys.argv[1]}/npz-stored.npz", **arrays)
np.savez_compressed(f"{sys.argv[1]}/npz-compressed.npz", **arrays)
np.savez(
    f"{sys.argv[1]}/npz-kinds.npz",
    half=np.float16([[1.5, -2], [0.25, 65504]]),
    double=np.float64([0.1]),
    scalar=np.float32(3),
    none=np.zeros((0, 4), dtype=np.float32),
)
np.savez(f"{sys.argv[1]}/npz-columns.npz", columns=np.asfortranarray(np.float32([[1, 2], [3, 4]])))
np.savez(f"{sys.argv[1]}/npz-integers.npz", integers=np.int64([1, 2]))
np.savez(f"{sys.argv[1]}/npz-pickled.npz", pickled=np.array([{"a": 1}], dtype=object))
np.savez(f"{sys.argv[1]}/npz-big-endian.npz", big=np.array([1, 2], dtype=">f4"))
