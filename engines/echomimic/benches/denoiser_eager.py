"""EchoMimic's denoising network in plain PyTorch, for the bench `denoiser` to compare with.

It computes as PyTorch and diffusers do eagerly: pictures are contiguous, the portrait's bank is joined to the tokens of each
frame in every call, and keys and values are computed of both; frames and pixels change places around each attention along
time. Names of weights are those of the published checkpoints.
"""

import math

import eager
import torch
import torch.nn.functional as F

AUDIO_RATIO = 3.0


class Denoiser:
    def __init__(self, shape, numbers):
        self.w, self.shape = numbers, shape
        self.heads, self.groups = shape["heads"], shape["groups"]
        self.channels, self.layers, self.frames = shape["channels"], shape["layers"], shape["frames"]
        rows, columns = shape["rows"], shape["columns"]
        given = lambda name, *extents: numbers.cut(name, extents, 1.7, 0)
        self.latents = given("latents", self.frames, 4, rows, columns)
        self.audio = given("audio", self.frames, shape["tokens"], shape["audio"])
        self.face = given("face", 1, self.channels[0], rows, columns)
        self.banks = []

    def given_bank(self, tokens):
        place = len(self.banks)
        return self.w.cut(f"bank.{place}", (1, *tokens.shape[1:]), 1.7, 0)

    # Layers

    def linear(self, name, x, outputs, bias=True):
        weight = self.w(f"{name}.weight", outputs, x.shape[-1])
        return F.linear(x, weight, self.w(f"{name}.bias", outputs) if bias else None)

    def conv(self, name, x, outputs, kernel, stride=1):
        weight = self.w(f"{name}.weight", outputs, x.shape[1], kernel, kernel)
        return F.conv2d(x, weight, self.w(f"{name}.bias", outputs), stride=stride, padding=kernel // 2)

    def group_norm(self, name, x, groups, eps):
        c = x.shape[1]
        return F.group_norm(x, groups, self.w(f"{name}.weight", c), self.w(f"{name}.bias", c), eps)

    def layer_norm(self, name, x):
        c = x.shape[-1]
        return F.layer_norm(x, (c,), self.w(f"{name}.weight", c), self.w(f"{name}.bias", c))

    def feed_forward(self, name, x):
        c = x.shape[-1]
        hidden, gate = self.linear(f"{name}.net.0.proj", x, 8 * c).chunk(2, dim=-1)
        return self.linear(f"{name}.net.2", hidden * F.gelu(gate), c)

    def attention(self, name, x, context):
        n, _, c = x.shape
        by_head = lambda tokens: tokens.view(n, -1, self.heads, c // self.heads).transpose(1, 2)
        q = by_head(self.linear(f"{name}.to_q", x, c, bias=False))
        k = by_head(self.linear(f"{name}.to_k", context, c, bias=False))
        v = by_head(self.linear(f"{name}.to_v", context, c, bias=False))
        out = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, c)
        return self.linear(f"{name}.to_out.0", out, c)

    # Blocks

    def resnet(self, name, x, temb, outputs):
        hidden = self.conv(f"{name}.conv1", F.silu(self.group_norm(f"{name}.norm1", x, self.groups, 1e-5)), outputs, 3)
        hidden = hidden + self.linear(f"{name}.time_emb_proj", F.silu(temb), outputs)[:, :, None, None]
        hidden = F.silu(self.group_norm(f"{name}.norm2", hidden, self.groups, 1e-5))
        hidden = self.conv(f"{name}.conv2", hidden, outputs, 3)
        return hidden + (x if x.shape[1] == outputs else self.conv(f"{name}.conv_shortcut", x, outputs, 1))

    def spatial(self, name, x, place):
        n, c, rows, columns = x.shape
        tokens = self.conv(f"{name}.proj_in", self.group_norm(f"{name}.norm", x, self.groups, 1e-6), c, 1)
        tokens = tokens.permute(0, 2, 3, 1).reshape(n, rows * columns, c)
        block = f"{name}.transformer_blocks.0"
        normed = self.layer_norm(f"{block}.norm1", tokens)
        if place == len(self.banks):
            self.banks.append(self.given_bank(tokens))
        both = torch.cat([normed, self.banks[place].repeat(n, 1, 1)], dim=1)
        tokens = self.attention(f"{block}.attn1", normed, both) + tokens
        heard = self.attention(f"{block}.attn2", self.layer_norm(f"{block}.norm2", tokens), self.audio)
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
            z = self.attention(f"{block}.attention_blocks.{k}", z, z)
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

    # The network

    def time_embedding(self, timestep):
        half = self.channels[0] // 2
        angles = float(timestep) * torch.exp(torch.arange(half) * (-math.log(10000) / half))
        hidden = self.linear("time_embedding.linear_1", torch.cat([angles.cos(), angles.sin()])[None], 8 * half)
        return self.linear("time_embedding.linear_2", F.silu(hidden), 8 * half)

    def forward(self):
        channels, temb, places = self.channels, self.time_embedding(self.shape["timestep"]), iter(range(10**6))
        last = len(channels) - 1

        def layer(block, place, x, outputs, has_attention):
            x = self.resnet(f"{block}.resnets.{place}", x, temb, outputs)
            if has_attention:
                x = self.spatial(f"{block}.attentions.{place}", x, next(places))
            return self.temporal(f"{block}.motion_modules.{place}", x)

        x = self.conv("conv_in", self.latents, channels[0], 3) + self.face
        skips = [x]
        for level, outputs in enumerate(channels):
            block = f"down_blocks.{level}"
            for place in range(self.layers):
                x = layer(block, place, x, outputs, level < last)
                skips.append(x)
            if level < last:
                x = self.conv(f"{block}.downsamplers.0.conv", x, outputs, 3, stride=2)
                skips.append(x)
        x = layer("mid_block", 0, x, channels[last], True)
        x = self.resnet("mid_block.resnets.1", x, temb, channels[last])
        for level, outputs in enumerate(reversed(channels)):
            block = f"up_blocks.{level}"
            for place in range(self.layers + 1):
                x = layer(block, place, torch.cat([x, skips.pop()], dim=1), outputs, level > 0)
            if level < last:
                x = F.interpolate(x, size=skips[-1].shape[2:], mode="nearest")
                x = self.conv(f"{block}.upsamplers.0.conv", x, outputs, 3)
        x = F.silu(self.group_norm("conv_norm_out", x, self.groups, 1e-5))
        return self.conv("conv_out", x, 4, 3)


eager.serve(Denoiser)
