"""Writes GGUF files (version 3) with nothing but Python: what a model's header holds, and its weights."""

import struct

U32, I32, F32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
ALIGNMENT = 32


class U(int):
    """A whole number without a sign; a plain int is written with one."""


def text(value):
    raw = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(raw)) + raw


def kind_of(value):
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, U):
        return U32
    if isinstance(value, int):
        return I32
    if isinstance(value, float):
        return F32
    return ARRAY if isinstance(value, list) else STRING


def packed(value):
    kind = kind_of(value)
    if kind == ARRAY:
        head = struct.pack("<IQ", kind_of(value[0]), len(value))
        return head + b"".join(packed(one) for one in value)
    if kind == STRING:
        return text(value)
    return struct.pack({BOOL: "<?", U32: "<I", I32: "<i", F32: "<f"}[kind], value)


def half(values):
    """Numbers of two bytes."""
    return struct.pack(f"<{len(values)}e", *values)


def single(values):
    """Numbers of four bytes."""
    return struct.pack(f"<{len(values)}f", *values)


def write(path, architecture, header, tensors):
    """`header` has keys without the architecture where they begin with a dot. `tensors` are (name, shape, bytes): the
    last of the shape is the one that runs fastest, as in numpy; weights of two bytes or of four, as their size says."""
    pairs = [("general.architecture", architecture)]
    pairs += [(architecture + key if key.startswith(".") else key, value) for key, value in header]
    out = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(pairs))]
    out += [text(key) + struct.pack("<I", kind_of(value)) + packed(value) for key, value in pairs]
    offset = 0
    for name, shape, data in tensors:
        count = 1
        for length in shape:
            count *= length
        kind = {4: 0, 2: 1}[len(data) // count]
        out.append(text(name) + struct.pack("<I", len(shape)))
        out.append(struct.pack(f"<{len(shape)}Q", *reversed(shape)) + struct.pack("<IQ", kind, offset))
        offset += len(data) + -len(data) % ALIGNMENT
    size = sum(map(len, out))
    out.append(bytes(-size % ALIGNMENT))
    for _, _, data in tensors:
        out.append(data + bytes(-len(data) % ALIGNMENT))
    with open(path, "wb") as file:
        file.write(b"".join(out))
