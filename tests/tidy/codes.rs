//! Codes stand in their registry alone: whatever tells one holds its name from there, and the compiler knows of it.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::line::every_line;
use crate::product::targets;
use crate::rule::hold;
use crate::workspace::{root, sources, text};

const REGISTRY: &str = "gateway/src/domain/code.rs";

#[test]
fn codes_are_written_in_their_registry_alone() {
    let registry = text(&root().join(REGISTRY));
    let names = registry.lines().filter_map(|line| line.trim().split_once(" = \"")?.1.split_once("\", ["));
    let names: BTreeSet<&str> = names.map(|(name, _)| name).collect();
    assert!(names.len() > 50, "{REGISTRY} is not read as it is written: {names:?}");
    let mut broken = Vec::new();
    for target in targets() {
        // What tests expect of a gateway they say in the words of a client, who has no registry either.
        let is_product = |file: &str| file != REGISTRY && !file.starts_with("tests/");
        for module in target.modules.values().filter(|module| is_product(&module.file)) {
            let mut reader = Reader::default();
            module.items.iter().for_each(|item| reader.visit_item(item));
            let found = reader.texts.iter().filter(|text| names.contains(text.as_str()));
            broken.extend(found.map(|name| format!("{}: \"{name}\"", module.file)));
        }
    }
    hold(&format!("the name of a code is written in {REGISTRY} alone"), "use the variant of `Code`", broken);
}

#[test]
fn the_api_gives_an_error_no_status_of_its_own() {
    let sources = sources();
    let told = ["BAD_REQUEST", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND", "CONFLICT", "UNPROCESSABLE_ENTITY"];
    let failed = ["TOO_MANY_REQUESTS", "INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE", "INSUFFICIENT_STORAGE"];
    let folders =
        ["gateway/src/http/v1", "gateway/src/http/operations", "gateway/src/http/server", "gateway/src/submit"];
    let broken = every_line(&sources).filter(|line| line.is_in(&folders));
    let broken = broken
        .filter(|line| told.iter().chain(&failed).any(|status| line.text.contains(&format!("StatusCode::{status}"))));
    hold(
        "only gateway/src/http/problem.rs and the facades know the status of an error",
        "answer with an error that has a code; its status stands in the registry of codes",
        broken.map(|line| line.place()),
    );
}

/// Collects the texts in the code, those in macros among them, and not what attributes say.
#[derive(Default)]
struct Reader {
    texts: Vec<String>,
}

impl Reader {
    fn read(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Literal(literal) => {
                    self.texts.extend(syn::parse_str::<syn::LitStr>(&literal.to_string()).map(|text| text.value()));
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.texts.push(text.value());
    }

    fn visit_macro(&mut self, called: &'ast syn::Macro) {
        self.read(called.tokens.clone());
        visit::visit_macro(self, called);
    }
}
