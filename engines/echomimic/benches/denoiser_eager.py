"""EchoMimic's denoising network in plain PyTorch, for the bench `denoiser` to compare with.

It computes as PyTorch and diffusers do eagerly: pictures are contiguous, the portrait's bank is joined to the tokens of each
frame in every call, and keys and values are computed of both; frames and pixels change places around each attention along
time.
"""

import itertools
import math

import eager
import torch
from unet import UNet

AUDIO_RATIO = 3.0


class Denoiser(UNet):
    def __init__(self, shape, numbers):
        super().__init__(shape, numbers)
        self.heads, rows, columns = shape["heads"], shape["rows"], shape["columns"]
        self.latents = self.given("latents", self.frames, 4, rows, columns)
        self.audio = self.given("audio", self.frames, shape["tokens"], shape["audio"])
        self.face = self.given("face", 1, self.channels[0], rows, columns)
        self.banks = []

    def given_bank(self, tokens):
        return self.given(f"bank.{len(self.banks)}", 1, *tokens.shape[1:])

    def residual(self, name, x, temb, outputs):
        return self.resnet(name, x, temb, outputs, 1e-5)

    def behind(self, block, place, level, x):
        if block == "mid_block" or level < len(self.channels) - 1:
            x = self.spatial(f"{block}.attentions.{place}", x, next(self.places))
        return self.temporal(f"{block}.motion_modules.{place}", x)

    def spatial(self, name, x, place):
        n, c, rows, columns = x.shape
        tokens = self.conv(f"{name}.proj_in", self.group_norm(f"{name}.norm", x, self.groups, 1e-6), c, 1)
        tokens = tokens.permute(0, 2, 3, 1).reshape(n, rows * columns, c)
        block = f"{name}.transformer_blocks.0"
        normed = self.layer_norm(f"{block}.norm1", tokens)
        if place == len(self.banks):
            self.banks.append(self.given_bank(tokens))
        both = torch.cat([normed, self.banks[place].repeat(n, 1, 1)], dim=1)
        tokens = self.attention(f"{block}.attn1", normed, both, self.heads) + tokens
        heard = self.attention(f"{block}.attn2", self.layer_norm(f"{block}.norm2", tokens), self.audio, self.heads)
        tokens = AUDIO_RATIO * heard + tokens
        tokens = self.feed_forward(f"{block}.ff", self.layer_norm(f"{block}.norm3", tokens)) + tokens
        tokens = tokens.reshape(n, rows, columns, c).permute(0, 3, 1, 2).contiguous()
        return self.conv(f"{name}.proj_out", tokens, c, 1) + x

    def temporal(self, name, x):
        n, c, rows, columns = x.shape
        name = f"{name}.temporal_transformer"
        y = self.group_norm(f"{name}.norm", x, 32, 1e-6).permute(0, 2, 3, 1).reshape(n, rows * columns, c)
        y = self.linear(f"{name}.proj_in", y, c)
        block = f"{name}.transformer_blocks.0"
        for k in range(2):
            z = self.layer_norm(f"{block}.norms.{k}", y)
            z = z.reshape(-1, self.frames, rows * columns, c).transpose(1, 2).reshape(-1, self.frames, c)
            z = z + self.positions(c)[: self.frames]
            z = self.attention(f"{block}.attention_blocks.{k}", z, z, self.heads)
            z = z.reshape(-1, rows * columns, self.frames, c).transpose(1, 2).reshape(n, rows * columns, c)
            y = z + y
        y = self.feed_forward(f"{block}.ff", self.layer_norm(f"{block}.ff_norm", y)) + y
        y = self.linear(f"{name}.proj_out", y, c)
        return y.reshape(n, rows, columns, c).permute(0, 3, 1, 2).contiguous() + x

    def positions(self, c):
        name = f"positions.{c}"
        if name not in self.w.weights:
            waves = torch.exp(torch.arange(0, c, 2) * (-math.log(10000) / c))
            angles = torch.arange(32)[:, None] * waves
            self.w.weights[name] = torch.stack([angles.sin(), angles.cos()], dim=2).reshape(32, c)
        return self.w.weights[name]

    def forward(self):
        self.places = itertools.count()
        x = self.conv("conv_in", self.latents, self.channels[0], 3) + self.face
        return self.predicted(x, self.step(self.shape["timestep"]))


eager.serve(Denoiser)
