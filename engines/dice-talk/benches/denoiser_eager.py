"""DICE-Talk's denoising network in plain PyTorch, for the bench `denoiser` to compare with.

It computes as PyTorch and diffusers do eagerly: pictures are contiguous, convolutions along time are three-dimensional, keys
are computed of the portrait's one token too, and along time contexts are repeated for each pixel, as each is a sequence of its
own.
"""

import eager
import torch
import torch.nn.functional as F
from unet import UNet


class Denoiser(UNet):
    def __init__(self, shape, numbers):
        super().__init__(shape, numbers)
        frames, rows, columns, context = self.frames, shape["rows"], shape["columns"], shape["context"]
        self.latents = self.given("latents", frames, 8, rows, columns)
        self.contexts = [
            self.given(name, frames, tokens, context)
            for name, tokens in (("clip", 1), ("audio", shape["tokens"]), ("emotion", shape["tokens"]))
        ]
        self.pose = self.given("pose", 1, self.channels[0], rows, columns)
        self.mask = self.given("mask", 8 * rows, 8 * columns) / 1.7

    def mixed(self, name, spatial, temporal):
        share = torch.sigmoid(self.w(f"{name}.time_mixer.mix_factor", 1))
        return share * spatial + (1 - share) * temporal

    # Residual blocks

    def residual(self, name, x, temb, outputs):
        is_coarse = name.startswith("mid_block.") or name.startswith(f"down_blocks.{len(self.channels) - 1}.")
        eps = 1e-5 if is_coarse else 1e-6
        spatial = self.resnet(f"{name}.spatial_res_block", x, temb, outputs, eps)
        n, c, rows, columns = spatial.shape
        spatial = spatial.reshape(-1, self.frames, c, rows, columns).permute(0, 2, 1, 3, 4)
        temporal = self.along_time(f"{name}.temporal_res_block", spatial, temb, eps)
        return self.mixed(name, spatial, temporal).permute(0, 2, 1, 3, 4).reshape(n, c, rows, columns)

    def along_time(self, name, x, temb, eps):
        c = x.shape[1]

        def conv(place, x):
            x = F.silu(self.group_norm(f"{name}.norm{place}", x, self.groups, eps))
            weight = self.w(f"{name}.conv{place}.weight", c, c, 3, 1, 1)
            return F.conv3d(x, weight, self.w(f"{name}.conv{place}.bias", c), padding=(1, 0, 0))

        step = self.linear(f"{name}.time_emb_proj", F.silu(temb), c)
        return conv(2, conv(1, x) + step[:, :, None, None, None]) + x

    # Transformers

    def behind(self, block, place, level, x):
        if block != "mid_block" and level == len(self.channels) - 1:
            return x
        return self.transformer(f"{block}.attentions.{place}", x, self.shape["heads"][level])

    def transformer(self, name, x, heads):
        n, c, rows, columns = x.shape
        pixels = rows * columns
        tokens = self.group_norm(f"{name}.norm", x, self.groups, 1e-6).permute(0, 2, 3, 1).reshape(n, pixels, c)
        tokens = self.linear(f"{name}.proj_in", tokens, c)
        mask = self.resized_mask(rows, columns)
        tokens = self.block(f"{name}.transformer_blocks.0", tokens, self.contexts, heads, mask)
        places = self.embedding(f"{name}.time_pos_embed", self.sinusoid(torch.arange(self.frames), c), 4 * c, c)
        temporal = self.over_frames(f"{name}.temporal_transformer_blocks.0", tokens + places[:, None], heads)
        tokens = self.linear(f"{name}.proj_out", self.mixed(name, tokens, temporal), c)
        return tokens.reshape(n, rows, columns, c).permute(0, 3, 1, 2).contiguous() + x

    def over_frames(self, name, x, heads):
        n, pixels, c = x.shape
        x = x.reshape(-1, self.frames, pixels, c).transpose(1, 2).reshape(-1, self.frames, c)
        x = self.feed_forward(f"{name}.ff_in", self.layer_norm(f"{name}.norm_in", x)) + x
        contexts = [tokens.mean(dim=0, keepdim=True).repeat(pixels, 1, 1) for tokens in self.contexts]
        x = self.block(name, x, contexts, heads, 1)
        return x.reshape(-1, pixels, self.frames, c).transpose(1, 2).reshape(n, pixels, c)

    def block(self, name, x, contexts, heads, mask):
        normed = self.layer_norm(f"{name}.norm1", x)
        x = self.attention(f"{name}.attn1", normed, normed, heads) + x
        x = self.adapted(f"{name}.attn2", self.layer_norm(f"{name}.norm2", x), contexts, heads, mask) + x
        return self.feed_forward(f"{name}.ff", self.layer_norm(f"{name}.norm3", x)) + x

    def adapted(self, name, x, contexts, heads, mask):
        c = x.shape[-1]
        queries = self.linear(f"{name}.to_q", x, c, bias=False)

        def seen(context, *names):
            return self.gathered(queries, *(self.linear(f"{name}.{to}", context, c, bias=False) for to in names), heads)

        clip, *adapted = contexts
        x = seen(clip, "to_k", "to_v")
        for place, context in enumerate(adapted):
            x = x + seen(context, *(f"processor.{to}.{place}" for to in ("to_k_ip", "to_v_ip"))) * mask
        return self.linear(f"{name}.to_out.0", x, c)

    def resized_mask(self, rows, columns):
        mask = F.interpolate(self.mask[None, None], size=(rows, columns), mode="bicubic", align_corners=False)
        return mask.reshape(-1, 1)

    # The network

    def forward(self):
        ids = self.sinusoid(torch.tensor(self.shape["ids"]), self.shape["waves"]).reshape(1, -1)
        step = 4 * self.channels[0]
        temb = self.step(self.shape["timestep"]) + self.embedding("add_embedding", ids, step, step)
        return self.predicted(self.conv("conv_in", self.latents, self.channels[0], 3) + self.pose, temb)


eager.serve(Denoiser)
