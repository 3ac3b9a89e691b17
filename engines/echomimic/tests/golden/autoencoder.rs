//! Stages `vae_encode` and `vae_decode`.

use engine_diffusion::vae::AutoencoderKl;
use tch::{Tensor, no_grad};

use crate::configs;
use crate::reference::{SET, check, input, network};

fn vae() -> AutoencoderKl {
    network("vae", |vs| AutoencoderKl::new(vs, &configs::vae()))
}

#[test]
fn pictures_become_the_latents_of_the_reference() {
    let vae = vae();
    for stage in SET.stages("vae_encode") {
        let image = input(stage, "image");
        no_grad(|| {
            let encoder = &vae.encoder;
            let mut x = encoder.conv_in.forward(&image);
            check(stage, "encoder.conv_in", &x);
            for (place, block) in encoder.down_blocks.iter().enumerate() {
                x = block.forward(&x);
                check(stage, &format!("encoder.down_blocks.{place}"), &x);
            }
            x = encoder.mid_block.resnets[0].forward(&x, None);
            check(stage, "encoder.mid_block.resnets.0", &x);
            x = encoder.mid_block.attention.forward(&x);
            check(stage, "encoder.mid_block.attentions.0", &x);
            x = encoder.mid_block.resnets[1].forward(&x, None);
            check(stage, "encoder.mid_block", &x);
            check(stage, "encoder.conv_out", &encoder.head.forward(&x));
            check(stage, "mean", &vae.mean(&image));
        });
    }
}

#[test]
fn latents_become_the_pictures_of_the_reference() {
    let vae = vae();
    for stage in SET.stages("vae_decode") {
        let latent: Tensor = input(stage, "latent");
        no_grad(|| {
            let decoder = &vae.decoder;
            let expanded = vae.expanded(&latent);
            check(stage, "post_quant_conv", &expanded);
            let mut x = decoder.conv_in.forward(&expanded);
            check(stage, "decoder.conv_in", &x);
            x = decoder.mid_block.forward(&x);
            check(stage, "decoder.mid_block", &x);
            for (place, block) in decoder.up_blocks.iter().enumerate() {
                x = block.forward(&x);
                check(stage, &format!("decoder.up_blocks.{place}"), &x);
            }
            check(stage, "sample", &decoder.head.forward(&x));
            check(stage, "sample", &vae.decode(&(latent * configs::vae().scaling_factor)));
        });
    }
}
