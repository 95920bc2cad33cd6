#!/usr/bin/env python3
"""Rivulet's job done with PyTorch: one online pass of Wide&Deep over a TSV file in Criteo's form.

`rivulet bench` runs it with --python. It is what a user would otherwise write by hand, and meant to
be fast: vectorised feature engineering, optimisers on the touched rows (FTRL for the wide part,
SparseAdam for the embeddings), fused Adam for the dense tower, all cores, no output in the loop.

Needs Python >= 3.9, NumPy and PyTorch >= 2; the CPU is enough. Setting up a virtual environment:
    python3 -m venv .venv
    .venv/bin/pip install numpy torch
Run it with PYTHONHASHSEED=0 for the same keys each time.

Input: label, I1..I13, C1..C26, tab-separated, '' for missing.
Output: one JSON object on the last line:
    rows, parse_s, train_s, rows_per_s (all), train_rows_per_s, auc, logloss (predict-then-train,
    over every row after the first --warm rows), torch, threads
"""
import argparse, gzip, json, sys, time
import numpy as np
import torch

F_DENSE, F_CAT = 13, 26
F = F_DENSE + F_CAT


def args():
    p = argparse.ArgumentParser()
    p.add_argument("tsv", help="plain or .gz")
    p.add_argument("--vocab", type=int, default=200_000, help="rows of the embedding table")
    p.add_argument("--emb", type=int, default=80)
    p.add_argument("--layers", type=int, nargs="+", default=[1024, 512, 256, 128])
    p.add_argument("--batch", type=int, default=1000)
    p.add_argument("--lr-deep", type=float, default=3.5e-4)
    p.add_argument("--lr-wide", type=float, default=5e-2)
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--warm", type=int, default=0, help="rows left out of auc and logloss")
    p.add_argument("--limit", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args()


def featurize(lines, vocab):
    """lines -> label [B], ids [B, 39] int64, weights [B, 39] float32."""
    cells = np.array([l.rstrip("\n").split("\t") for l in lines], dtype=object)
    n = len(cells)
    label = cells[:, 0].astype(np.float32)
    dense = cells[:, 1:1 + F_DENSE]
    missing = dense == ""
    x = np.where(missing, "0", dense).astype(np.float32)
    w = np.ones((n, F), np.float32)
    w[:, :F_DENSE] = np.where(missing, 0.0, np.log1p(np.maximum(x, 0)) / 8.0)
    ids = np.empty((n, F), np.int64)
    ids[:, :F_DENSE] = np.arange(F_DENSE)
    for j in range(F_CAT):
        col = cells[:, 1 + F_DENSE + j]
        v = np.fromiter((hash((j, s)) for s in col), np.int64, n)
        ids[:, F_DENSE + j] = F_DENSE + np.mod(v, vocab - F_DENSE)
    return label, ids, w


class WideDeep(torch.nn.Module):
    def __init__(self, a):
        super().__init__()
        self.wide = torch.nn.Embedding(a.vocab, 1, sparse=True)
        self.deep = torch.nn.Embedding(a.vocab, a.emb, sparse=True)
        torch.nn.init.zeros_(self.wide.weight)
        torch.nn.init.normal_(self.deep.weight, std=0.01)
        self.bias = torch.nn.Parameter(torch.zeros(1))
        dims = [F * a.emb, *a.layers]
        mods = []
        for i, o in zip(dims, dims[1:]):
            mods += [torch.nn.Linear(i, o), torch.nn.ReLU()]
        self.tower = torch.nn.Sequential(*mods, torch.nn.Linear(dims[-1], 1))

    def forward(self, ids, w):
        wide = (self.wide(ids).squeeze(-1) * w).sum(1, keepdim=True) + self.bias
        return wide + self.tower((self.deep(ids) * w.unsqueeze(-1)).flatten(1))


class SparseFtrl:
    """FTRL-Proximal on the touched rows of an embedding (McMahan et al., KDD 2013)."""

    def __init__(self, weight, lr, l1=1e-8, l2=1e-8, initial=1.0):
        self.w, self.lr, self.l1, self.l2 = weight, lr, l1, l2
        self.n = torch.full_like(weight, initial)
        self.z = torch.zeros_like(weight)

    @torch.no_grad()
    def step(self):
        g = self.w.grad.coalesce()
        i, g = g.indices()[0], g.values()
        w, n, z = self.w[i], self.n[i], self.z[i]
        n2 = n + g * g
        z = z + g - (n2.sqrt() - n.sqrt()) / self.lr * w
        w = torch.where(z.abs() > self.l1, -(z - z.sign() * self.l1) / (n2.sqrt() / self.lr + 2 * self.l2), 0.0)
        self.w.data[i], self.n[i], self.z[i] = w, n2, z


def auc(y, p):
    order = np.argsort(p, kind="mergesort")
    p, y = p[order], y[order]
    _, start, count = np.unique(p, return_index=True, return_counts=True)
    rank = np.repeat(start + (count + 1) / 2.0, count)
    pos = y.sum()
    neg = len(y) - pos
    return float((rank[y == 1].sum() - pos * (pos + 1) / 2) / (pos * neg)) if pos and neg else float("nan")


def main():
    a = args()
    if a.threads:
        torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    model = WideDeep(a)
    dense = [p for n, p in model.named_parameters() if n.startswith("tower") or n == "bias"]
    adam = torch.optim.Adam(dense, a.lr_deep, eps=1e-8, fused=True)
    lazy = torch.optim.SparseAdam([model.deep.weight], a.lr_deep, eps=1e-8)
    ftrl = SparseFtrl(model.wide.weight, a.lr_wide)
    parse_s = train_s = 0.0
    ys, ps, rows = [], [], 0
    with (gzip.open(a.tsv, "rt") if a.tsv.endswith(".gz") else open(a.tsv)) as f:
        while True:
            t0 = time.perf_counter()
            lines = [l for _, l in zip(range(a.batch), f)]
            if not lines or (a.limit and rows >= a.limit):
                break
            y, ids, w = featurize(lines, a.vocab)
            t1 = time.perf_counter()
            model.zero_grad(set_to_none=True)
            logit = model(torch.from_numpy(ids), torch.from_numpy(w)).squeeze(1)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logit, torch.from_numpy(y))
            loss.backward()
            adam.step()
            lazy.step()
            ftrl.step()
            t2 = time.perf_counter()
            parse_s += t1 - t0
            train_s += t2 - t1
            rows += len(lines)
            ys.append(y)
            ps.append(torch.sigmoid(logit.detach()).numpy())
    y, p = np.concatenate(ys)[a.warm:], np.concatenate(ps)[a.warm:].astype(np.float64)
    q = np.clip(p, 1e-7, 1 - 1e-7)
    print(json.dumps(dict(
        rows=rows, parse_s=round(parse_s, 3), train_s=round(train_s, 3),
        rows_per_s=round(rows / (parse_s + train_s), 1), train_rows_per_s=round(rows / train_s, 1),
        auc=round(auc(y, p), 5), logloss=round(float(-(y * np.log(q) + (1 - y) * np.log(1 - q)).mean()), 5),
        torch=torch.__version__, threads=torch.get_num_threads())))


if __name__ == "__main__":
    sys.exit(main())
