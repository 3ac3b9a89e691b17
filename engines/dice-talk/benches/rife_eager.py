"""RIFE's network in plain PyTorch, for the bench `rife` to compare with.

It computes as PyTorch does eagerly: each block runs for one direction and then for the other, on pictures that are contiguous
and joined in full size before they are shrunk; the grid that pictures are sampled by is made once for a size. Names of weights
are those of the published checkpoint.
"""

import eager
import torch
import torch.nn.functional as F


class Rife:
    def __init__(self, shape, numbers):
        self.w, self.rows, self.columns = numbers, shape["rows"], shape["columns"]
        given = lambda name: numbers.cut(name, (1, 3, self.rows, self.columns), 0.5, 0) + 0.5
        self.first, self.second = given("first"), given("second")
        across = torch.linspace(-1, 1, self.columns).expand(self.rows, -1)
        down = torch.linspace(-1, 1, self.rows)[:, None].expand(-1, self.columns)
        self.grid = torch.stack([across, down])[None]

    def prelu(self, name, x):
        return F.prelu(x, self.w(f"{name}.weight", x.shape[1]))

    def conv(self, name, x, outputs, stride):
        weight = self.w(f"{name}.0.weight", outputs, x.shape[1], 3, 3)
        x = F.conv2d(x, weight, self.w(f"{name}.0.bias", outputs), stride=stride, padding=1)
        return self.prelu(f"{name}.1", x)

    def conv_transpose(self, name, x, outputs):
        weight = self.w(f"{name}.weight", x.shape[1], outputs, 4, 4)
        return F.conv_transpose2d(x, weight, self.w(f"{name}.bias", outputs), stride=2, padding=1)

    def enlarging(self, name, x, outputs):
        x = self.prelu(f"{name}.1", self.conv_transpose(f"{name}.0", x, 45))
        return self.conv_transpose(f"{name}.2", x, outputs)

    def resized(self, x, factor):
        return x if factor == 1 else F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)

    def block(self, name, x, flow, scale):
        x = torch.cat([self.resized(x, 1 / scale), self.resized(flow, 1 / scale) / scale], dim=1)
        x = self.conv(f"{name}.conv0.1", self.conv(f"{name}.conv0.0", x, 45, 2), 90, 2)
        for place in range(4):
            y = self.conv(f"{name}.convblock{place}.0", x, 90, 1)
            x = self.conv(f"{name}.convblock{place}.1", y, 90, 1) + x
        flow = self.resized(self.enlarging(f"{name}.conv1", x, 4), scale) * scale
        return flow, self.resized(self.enlarging(f"{name}.conv2", x, 1), scale)

    def warp(self, picture, flow):
        flow = torch.cat([flow[:, :1] / ((self.columns - 1) / 2), flow[:, 1:] / ((self.rows - 1) / 2)], dim=1)
        grid = (self.grid + flow).permute(0, 2, 3, 1)
        return F.grid_sample(picture, grid, mode="bilinear", padding_mode="border", align_corners=True)

    def forward(self):
        first, second = self.first, self.second
        flow, mask = first.new_zeros(1, 4, self.rows, self.columns), first.new_zeros(1, 1, self.rows, self.columns)
        swapped = lambda flow: torch.cat([flow[:, 2:], flow[:, :2]], dim=1)
        for place, scale in enumerate([4, 2, 1]):
            ahead, mask_ahead = self.block(f"block{place}", torch.cat([first, second, mask], dim=1), flow, scale)
            back, mask_back = self.block(f"block{place}", torch.cat([second, first, -mask], dim=1), swapped(flow), scale)
            flow = flow + (ahead + swapped(back)) / 2
            mask = mask + (mask_ahead - mask_back) / 2
            first, second = self.warp(self.first, flow[:, :2]), self.warp(self.second, flow[:, 2:])
        share = torch.sigmoid(mask)
        return (first * share + second * (1 - share)).clamp(0, 1)


eager.serve(Rife)
