//! The names of Whisper's tensors in the checkpoints that are published.

/// Parts of Hugging Face's names, and what OpenAI calls them.
const PARTS: [(&str, &str); 11] = [
    ("encoder.embed_positions.weight", "encoder.positional_embedding"),
    ("encoder.layer_norm.", "encoder.ln_post."),
    ("encoder.layers.", "encoder.blocks."),
    (".self_attn.q_proj.", ".attn.query."),
    (".self_attn.k_proj.", ".attn.key."),
    (".self_attn.v_proj.", ".attn.value."),
    (".self_attn.out_proj.", ".attn.out."),
    (".self_attn_layer_norm.", ".attn_ln."),
    (".final_layer_norm.", ".mlp_ln."),
    (".fc1.", ".mlp.0."),
    (".fc2.", ".mlp.2."),
];

/// OpenAI's key (`encoder.…`) of a tensor that OpenAI or Hugging Face published under a name; none for those of the decoder.
#[must_use]
pub fn encoder_key(name: &str) -> Option<String> {
    let key = ["model_state_dict.", "model."].iter().find_map(|outer| name.strip_prefix(outer)).unwrap_or(name);
    let is_ours = key.starts_with("encoder.");
    is_ours.then(|| PARTS.iter().fold(key.to_owned(), |key, (theirs, ours)| key.replace(theirs, ours)))
}

#[cfg(test)]
mod tests {
    use super::encoder_key;

    #[test]
    fn names_of_either_publisher_are_the_same_keys() {
        for (name, key) in [
            ("model_state_dict.encoder.blocks.3.attn.key.weight", "encoder.blocks.3.attn.key.weight"),
            ("model.encoder.layers.3.self_attn.k_proj.weight", "encoder.blocks.3.attn.key.weight"),
            ("encoder.layers.0.self_attn_layer_norm.bias", "encoder.blocks.0.attn_ln.bias"),
            ("encoder.layers.0.final_layer_norm.bias", "encoder.blocks.0.mlp_ln.bias"),
            ("encoder.layer_norm.weight", "encoder.ln_post.weight"),
            ("encoder.embed_positions.weight", "encoder.positional_embedding"),
            ("encoder.conv1.weight", "encoder.conv1.weight"),
        ] {
            assert_eq!(encoder_key(name).as_deref(), Some(key));
        }
        assert_eq!(encoder_key("model.decoder.layers.0.fc1.weight"), None);
        assert_eq!(encoder_key("model_state_dict.decoder.token_embedding.weight"), None);
    }
}
