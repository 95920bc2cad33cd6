"""Makes the pickles beside this file; they are committed, so run it only to change them.

Needs NumPy 2: python3 make.py
"""

import datetime
import os
import pathlib
import pickle

import numpy as np

HERE = pathlib.Path(__file__).parent


def write(path, data):
    (HERE / path).parent.mkdir(parents=True, exist_ok=True)
    (HERE / path).write_bytes(data)


class Calls:
    """Its pickle calls a function when it is loaded."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Plain:
    """Its pickle is made by NEWOBJ in protocols 2 and on."""


# What MindRec's preprocessing leaves, with each kind of number that it may have found.
MAXIMUM = {
    "I1": np.int64(5775),
    "I2": 257675,
    "I3": 65535.5,
    "I4": np.int32(969),
    "I5": np.float32(0.1),
    "I6": np.float64(431037.25),
}
MINIMUM = {
    "I1": np.int64(-1),
    "I2": -3,
    "I3": 0.0,
    "I4": np.int32(0),
    "I5": np.float32(-0.5),
    "I6": np.float64(-2.5),
}
CAT2ID = {field: i for i, field in enumerate(MAXIMUM)}
for field in ("C1", "C2", "C3"):
    CAT2ID["OOV" + field] = len(CAT2ID)
for key in ("C1_68fd1e64", "C1_", "C2_a_b", "C2_größe €", "C3_😀", "C1_05db9164"):
    CAT2ID[key] = len(CAT2ID)

DICTIONARIES = {
    "all_val_max_dict.pkl": MAXIMUM,
    "all_val_min_dict.pkl": MINIMUM,
    "cat2id_dict.pkl": CAT2ID,
}
SCALARS = {
    "i1": np.int8(-128),
    "i2": np.int16(-32768),
    "i4": np.int32(-(2**31)),
    "i8": np.int64(-(2**63)),
    "u1": np.uint8(255),
    "u2": np.uint16(65535),
    "u4": np.uint32(2**32 - 1),
    "u8": np.uint64(2**63 - 1),
    "huge u8": np.uint64(2**64 - 1),
    "f4": np.float32(1.5),
    "f8": np.float64(-0.1),
    "int": 12345678901,
    "negative": -300,
    "huge int": 2**70,
    "float": 2.5,
    "true": True,
    "false": False,
    "none": None,
    "bytes": b"\x00\xe9\xff",
    "text": "größe € 😀",
    "tuple": (1, "a", (), (2,), (3, 4), (5, 6, 7, 8)),
}

for protocol in range(6):
    folder = f"protocol{protocol}"
    for name, dictionary in DICTIONARIES.items():
        write(f"{folder}/{name}", pickle.dumps(dictionary, protocol))
    write(f"{folder}/scalars.pkl", pickle.dumps(SCALARS, protocol))

# NumPy 1's name for the module; protocol 2 has it in a line of its own, without a length.
for name, dictionary in DICTIONARIES.items():
    data = pickle.dumps(dictionary, 2)
    write(f"numpy1/{name}", data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"))

REFUSED = {
    "system": Calls(os.system, "exit 1"),
    "eval": {"I1": Calls(eval, "1 + 1")},
    "path": {"I1": pathlib.PurePosixPath("a/b")},
    "date": {"I1": datetime.date(2020, 1, 2)},
    "plain": {"I1": Plain()},
    "objects": np.array([1, "a"], dtype=object),
    "set": {"I1": {1, 2}},
    "list": [1, 2],
    "str_": {"I1": np.str_("a")},
    "float16": {"I1": np.float16(1)},
}
for name, value in REFUSED.items():
    for protocol in (2, 4):
        write(f"refused/protocol{protocol}/{name}.pkl", pickle.dumps(value, protocol))
