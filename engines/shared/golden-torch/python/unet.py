"""Stable Diffusion's UNet in plain PyTorch, as diffusers computes it eagerly, for scripts with networks that stand on it.

Names of weights are those of the published checkpoints.
"""

import math

import torch
import torch.nn.functional as F


class UNet:
    """The topology and its layers. A network adds `residual(name, x, temb, outputs)`, its residual block, and
    `behind(block, place, level, x)`, what stands behind it; levels are counted from the largest pictures.
    """

    def __init__(self, shape, numbers):
        self.w, self.shape = numbers, shape
        self.channels, self.layers, self.frames = shape["channels"], shape["layers"], shape["frames"]
        self.groups = shape["groups"]

    def given(self, name, *extents):
        return self.w.cut(name, extents, 1.7, 0)

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

    def gathered(self, queries, keys, values, heads):
        n, _, c = queries.shape
        q, k, v = [tokens.view(n, -1, heads, c // heads).transpose(1, 2) for tokens in (queries, keys, values)]
        return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, -1, c)

    def attention(self, name, x, context, heads):
        c = x.shape[-1]
        q, k, v = [self.linear(f"{name}.to_{to}", of, c, bias=False) for to, of in zip("qkv", (x, context, context))]
        return self.linear(f"{name}.to_out.0", self.gathered(q, k, v, heads), c)

    def resnet(self, name, x, temb, outputs, eps):
        hidden = self.conv(f"{name}.conv1", F.silu(self.group_norm(f"{name}.norm1", x, self.groups, eps)), outputs, 3)
        hidden = hidden + self.linear(f"{name}.time_emb_proj", F.silu(temb), outputs)[:, :, None, None]
        hidden = F.silu(self.group_norm(f"{name}.norm2", hidden, self.groups, eps))
        hidden = self.conv(f"{name}.conv2", hidden, outputs, 3)
        return hidden + (x if x.shape[1] == outputs else self.conv(f"{name}.conv_shortcut", x, outputs, 1))

    def sinusoid(self, numbers, size):
        half = size // 2
        angles = numbers[:, None] * torch.exp(torch.arange(half) * (-math.log(10000) / half))
        return torch.cat([angles.cos(), angles.sin()], dim=1)

    def embedding(self, name, waves, inner, outputs):
        return self.linear(f"{name}.linear_2", F.silu(self.linear(f"{name}.linear_1", waves, inner)), outputs)

    # The network

    def step(self, timestep):
        first = self.channels[0]
        waves = self.sinusoid(torch.tensor([float(timestep)]), first)
        return self.embedding("time_embedding", waves, 4 * first, 4 * first)

    def predicted(self, x, temb):
        """What the network makes of the first features."""
        channels = self.channels
        last = len(channels) - 1

        def layer(block, place, level, x):
            x = self.residual(f"{block}.resnets.{place}", x, temb, channels[level])
            return self.behind(block, place, level, x)

        skips = [x]
        for level, outputs in enumerate(channels):
            block = f"down_blocks.{level}"
            for place in range(self.layers):
                x = layer(block, place, level, x)
                skips.append(x)
            if level < last:
                x = self.conv(f"{block}.downsamplers.0.conv", x, outputs, 3, stride=2)
                skips.append(x)
        x = layer("mid_block", 0, last, x)
        x = self.residual("mid_block.resnets.1", x, temb, channels[last])
        for level in reversed(range(len(channels))):
            block = f"up_blocks.{last - level}"
            for place in range(self.layers + 1):
                x = layer(block, place, level, torch.cat([x, skips.pop()], dim=1))
            if level > 0:
                x = F.interpolate(x, size=skips[-1].shape[2:], mode="nearest")
                x = self.conv(f"{block}.upsamplers.0.conv", x, channels[level], 3)
        x = F.silu(self.group_norm("conv_norm_out", x, self.groups, 1e-5))
        return self.conv("conv_out", x, 4, 3)
