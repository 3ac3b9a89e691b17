//! What a new engine's crate, library and type are called, by its id.

use std::env;

use anyhow::bail;

use crate::config::Engines;
use crate::domain::engine_id::{RULE, is_engine_id, nearest_id};

/// The names.
#[derive(Debug)]
pub(super) struct Names {
    /// The engine's id, and the crate's folder.
    pub(super) id: String,
}

impl Names {
    /// The names of an engine with this id.
    ///
    /// # Errors
    /// It is no id, or one that no new engine can have.
    pub(super) fn of(id: &str) -> anyhow::Result<Self> {
        if !is_engine_id(id) {
            let meant = nearest_id(id).map(|id| format!(": did you mean `{id}`?")).unwrap_or_default();
            bail!("{id:?} is no id of an engine, which consists of {RULE}{meant}");
        }
        if Engines::is_setting(id) {
            bail!("`engines.{id}` is a setting of the gateway, so no engine can have the id `{id}`; choose another");
        }
        let names = Self { id: id.to_owned() };
        if names.package() == "engine-api" {
            bail!("the crate of `{id}` would be called engine-api, as the one that it depends on; choose another id");
        }
        Ok(names)
    }

    /// The crate: `engine-talking-head`.
    fn package(&self) -> String {
        format!("engine-{}", self.id)
    }

    /// The library's file: `libengine_talking_head.so`.
    pub(super) fn library(&self) -> String {
        format!("{}{}{}", env::consts::DLL_PREFIX, self.package().replace('-', "_"), env::consts::DLL_SUFFIX)
    }

    /// The type: `TalkingHeadEngine`. With that word at its end, it is none that Rust or the template know already.
    fn type_name(&self) -> String {
        format!("{}Engine", self.words().concat())
    }

    /// The engine's name for people: `Talking Head`.
    fn title(&self) -> String {
        self.words().join(" ")
    }

    /// The words of the id, each with a large letter.
    fn words(&self) -> Vec<String> {
        let large = |word: &str| {
            let (first, rest) = word.split_at(1);
            first.to_ascii_uppercase() + rest
        };
        self.id.split('-').map(large).collect()
    }

    /// A text of the template with the names in it.
    pub(super) fn put_into(&self, text: &str) -> String {
        let names = [
            ("{{id}}", self.id.clone()),
            ("{{name}}", self.title()),
            ("{{type}}", self.type_name()),
            ("{{crate}}", self.package()),
            ("{{library}}", self.library()),
            ("{{version}}", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        names.iter().fold(text.to_owned(), |text, (place, name)| text.replace(place, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_id() {
        let text = "{{id}} {{name}} {{type}} {{crate}}";
        for (id, names) in [
            ("talking-head", "talking-head Talking Head TalkingHeadEngine engine-talking-head"),
            ("v2", "v2 V2 V2Engine engine-v2"),
            ("net-3d-x", "net-3d-x Net 3d X Net3dXEngine engine-net-3d-x"),
            // Words that Rust or the template have a meaning for.
            ("self", "self Self SelfEngine engine-self"),
            ("engine", "engine Engine EngineEngine engine-engine"),
        ] {
            assert_eq!(Names::of(id).unwrap().put_into(text), names);
        }
        let library = Names::of("dice-talk").unwrap().library();
        assert!(library.contains("engine_dice_talk"), "{library}");
    }

    #[test]
    fn what_is_no_id_is_refused_with_what_would_be_one() {
        for (name, words) in [
            ("TalkingHead", "did you mean `talkinghead`?"),
            ("my_net", "did you mean `my-net`?"),
            ("../net", "did you mean `net`?"),
            ("3d", "did you mean `d`?"),
            ("", "is no id"),
            ("dir", "is a setting"),
            ("default", "is a setting"),
            ("api", "engine-api"),
        ] {
            let refused = Names::of(name).unwrap_err().to_string();
            assert!(refused.contains(words), "{name:?}: {refused}");
        }
    }
}
