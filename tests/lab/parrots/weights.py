"""The weights of the tiny models: parrots, whose every token leads to the next one of a fixed text, an embedding model,
and one of an architecture that does not exist."""

import os
import random

from gguf import U, half, single, write

BYTES = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
LETTERS = [chr(byte) for byte in range(33, 127)]
END = 2
# What a prompt of OpenClaw's is made of, most frequent first: with these a token is as long as one of a real model, so
# that a prompt takes as many. Each is two others put together, as byte pair encoding found them in OpenClaw's docs.
with open(os.path.join(os.path.dirname(__file__), "pieces.txt"), encoding="utf-8") as pieces:
    PIECES = pieces.read().split()


def vocabulary(phrase=()):
    """Tokens, their kinds and their scores: bytes, letters, pieces of words, and each piece of the phrase."""
    pieces = [piece for piece in PIECES if piece not in phrase]
    tokens = BYTES + LETTERS + ["▁"] + pieces + list(phrase)
    kinds = [2, 3, 3] + [6] * 256 + [1] * (len(LETTERS) + 1 + len(pieces)) + [4] * len(phrase)
    scores = [0.0] * 259 + [-float(ord(one)) for one in LETTERS] + [-1000.0]
    scores += [-1.0 - place for place in range(len(pieces))]
    scores += [-2000.0 - place for place in range(len(phrase))]
    return tokens, kinds, scores


def tokenizer(phrase=()):
    tokens, kinds, scores = vocabulary(phrase)
    return len(tokens), [
        ("tokenizer.ggml.model", "llama"),
        ("tokenizer.ggml.pre", "default"),
        ("tokenizer.ggml.tokens", tokens),
        ("tokenizer.ggml.scores", scores),
        ("tokenizer.ggml.token_type", kinds),
        ("tokenizer.ggml.bos_token_id", U(1)),
        ("tokenizer.ggml.eos_token_id", U(END)),
        ("tokenizer.ggml.unknown_token_id", U(0)),
        ("tokenizer.ggml.add_bos_token", True),
    ]


def one_hot(rows, width, column, value):
    """A matrix of zeros with one number in each row."""
    one = half([value])
    data = bytearray(2 * rows * width)
    for row in range(rows):
        at = 2 * (row * width + column(row))
        data[at : at + 2] = one
    return bytes(data)


def parrot(path, phrase, context=131072, template=None, ends=True, width=512, hidden=64):
    """Says the pieces of the phrase in order after any prompt; then it ends, or begins again."""
    count, words = tokenizer(phrase)
    first = count - len(phrase)
    assert len(phrase) < width, f"{path}: {len(phrase)} pieces"

    def after(token):
        if token < first:
            return first
        return token + 1 if token + 1 < count else (END if ends else first)

    def column(token):
        # Whatever is said to it is one and the same to a parrot.
        return max(0, token - first + 1)

    header = [
        ("general.name", "parrot"),
        (".context_length", U(context)),
        (".embedding_length", U(width)),
        (".block_count", U(1)),
        (".feed_forward_length", U(hidden)),
        (".attention.head_count", U(8)),
        (".attention.head_count_kv", U(8)),
        (".attention.layer_norm_rms_epsilon", 1e-5),
        (".rope.dimension_count", U(width // 8)),
        ("general.file_type", U(1)),
        *words,
        (".vocab_size", U(count)),
    ]
    if template:
        header.append(("tokenizer.chat_template", template))
    ones, square, flat = single([1.0] * width), bytes(2 * width * width), bytes(2 * width * hidden)
    # The layer adds nothing, so that the token alone decides what comes next.
    tensors = [
        ("token_embd.weight", (count, width), one_hot(count, width, column, 1.0)),
        ("output_norm.weight", (width,), ones),
        ("output.weight", (count, width), transposed(count, width, after, column)),
        ("blk.0.attn_norm.weight", (width,), ones),
        ("blk.0.ffn_norm.weight", (width,), ones),
        *[(f"blk.0.attn_{part}.weight", (width, width), square) for part in ("q", "k", "v", "output")],
        ("blk.0.ffn_gate.weight", (hidden, width), flat),
        ("blk.0.ffn_up.weight", (hidden, width), flat),
        ("blk.0.ffn_down.weight", (width, hidden), flat),
    ]
    write(path, "llama", header, tensors)


def transposed(count, width, after, column):
    """In the row of each token, 40 for each that it comes after."""
    one = half([40.0])
    data = bytearray(2 * count * width)
    for token in range(count):
        at = 2 * (after(token) * width + column(token))
        data[at : at + 2] = one
    return bytes(data)


def embedding(path, context=2048, width=64, heads=4, hidden=128):
    """A bert of one layer with random weights, the same each time."""
    rng = random.Random(7)
    letters = [chr(code) for code in range(97, 123)]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *("▁" + one for one in letters), *letters, "▁hello", "▁world"]

    def numbers(count):
        return [rng.random() * 0.7 - 0.35 for _ in range(count)]

    def matrix(name, rows, columns):
        return (name + ".weight", (rows, columns), half(numbers(rows * columns)))

    def bias(name, length):
        return (name + ".bias", (length,), single(numbers(length)))

    def norm(name):
        return [(name + ".weight", (width,), single([1.0] * width)), bias(name, width)]

    header = [
        ("general.name", "tiny bert"),
        (".context_length", U(context)),
        (".embedding_length", U(width)),
        (".block_count", U(1)),
        (".feed_forward_length", U(hidden)),
        (".attention.head_count", U(heads)),
        (".attention.layer_norm_epsilon", 1e-12),
        ("general.file_type", U(1)),
        (".attention.causal", False),
        (".pooling_type", U(1)),
        ("tokenizer.ggml.model", "bert"),
        ("tokenizer.ggml.tokens", tokens),
        ("tokenizer.ggml.token_type", [3] * 5 + [1] * (len(tokens) - 5)),
        ("tokenizer.ggml.token_type_count", U(2)),
        ("tokenizer.ggml.bos_token_id", U(2)),
        ("tokenizer.ggml.eos_token_id", U(3)),
        ("tokenizer.ggml.seperator_token_id", U(3)),
        ("tokenizer.ggml.padding_token_id", U(0)),
        ("tokenizer.ggml.unknown_token_id", U(1)),
        ("tokenizer.ggml.cls_token_id", U(2)),
    ]
    tensors = [
        matrix("token_embd", len(tokens), width),
        ("token_types.weight", (2, width), single(numbers(2 * width))),
        ("position_embd.weight", (context, width), single(numbers(context * width))),
        *norm("token_embd_norm"),
    ]
    for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
        tensors += [matrix("blk.0." + part, width, width), bias("blk.0." + part, width)]
    tensors += norm("blk.0.attn_output_norm")
    tensors += [matrix("blk.0.ffn_up", hidden, width), bias("blk.0.ffn_up", hidden)]
    tensors += [matrix("blk.0.ffn_down", width, hidden), bias("blk.0.ffn_down", width)]
    tensors += norm("blk.0.layer_output_norm")
    write(path, "bert", header, tensors)


def of_the_future(path, width=64):
    """A model for a program that is newer than any."""
    count, words = tokenizer()
    header = [
        ("general.name", "future"),
        (".context_length", U(8192)),
        (".embedding_length", U(width)),
        (".block_count", U(1)),
        (".attention.head_count", U(4)),
        ("general.file_type", U(1)),
        *words,
    ]
    write(path, "llama99", header, [("token_embd.weight", (count, width), bytes(2 * count * width))])
