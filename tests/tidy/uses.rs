//! Which file of a crate uses which other, read from its `use` lines, its paths and the paths in its macros.

use std::collections::BTreeMap;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use crate::product::{Target, is_test};

/// From a file to those that it uses, each with the line that does so first.
pub(crate) type Uses = BTreeMap<String, BTreeMap<String, usize>>;

/// The uses within one target. A file does not use itself, and a `mod` line is no use.
pub(crate) fn uses(target: &Target) -> Uses {
    let mut uses = Uses::new();
    for (path, module) in &target.modules {
        let mut reader =
            Reader { target, path, file: &module.file, found: uses.entry(module.file.clone()).or_default() };
        module.items.iter().for_each(|item| reader.visit_item(item));
    }
    uses
}

/// Reads one module.
struct Reader<'a> {
    target: &'a Target,
    path: &'a [String],
    file: &'a str,
    found: &'a mut BTreeMap<String, usize>,
}

impl Reader<'_> {
    /// Notes the file that a path leads to. A single name leads nowhere: it may be a variable.
    fn note(&mut self, names: &[String], line: usize) {
        let Some(first) = names.first().filter(|_| names.len() > 1) else { return };
        let (mut place, mut rest) = match first.as_str() {
            "crate" => (vec![], &names[1..]),
            "self" => (self.path.to_vec(), &names[1..]),
            "super" => (self.path.to_vec(), names),
            _ => (self.path.to_vec(), names),
        };
        while rest.first().is_some_and(|name| name == "super") {
            place.pop();
            rest = &rest[1..];
        }
        let is_relative = place == self.path && first != "self";
        let begin = place.len();
        for name in rest {
            place.push(name.clone());
            if !self.target.modules.contains_key(&place) {
                place.pop();
                break;
            }
        }
        // The first name is a crate's, a type's, or imported by a `use` line, which is read as well.
        if is_relative && place.len() == begin {
            return;
        }
        let file = &self.target.modules[&place].file;
        if file != self.file {
            self.found.entry(file.clone()).or_insert(line);
        }
    }

    fn note_tree(&mut self, tree: &syn::UseTree, names: &mut Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                names.push(path.ident.to_string());
                self.note_tree(&path.tree, names);
                names.pop();
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.note_tree(tree, names)),
            syn::UseTree::Name(syn::UseName { ident, .. }) | syn::UseTree::Rename(syn::UseRename { ident, .. }) => {
                names.push(ident.to_string());
                self.note(names, ident.span().start().line);
                names.pop();
            }
            syn::UseTree::Glob(glob) => {
                names.push("*".into());
                self.note(names, glob.star_token.spans[0].start().line);
                names.pop();
            }
        }
    }

    /// Notes the paths in the words of a macro or an attribute.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut names = Vec::new();
        let mut colons = 0;
        let mut line = 0;
        // What follows `$` is another crate's, what follows a dot is a field or a method.
        let mut is_other = false;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.note(&std::mem::take(&mut names), line);
                        line = ident.span().start().line;
                    }
                    names.push(if is_other { "$".into() } else { ident.to_string() });
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => {
                    colons = if mark.spacing() == Spacing::Joint || colons == 1 { colons + 1 } else { 3 };
                    continue;
                }
                TokenTree::Punct(mark) => {
                    self.note(&std::mem::take(&mut names), line);
                    is_other = "$.".contains(mark.as_char());
                    colons = 0;
                    continue;
                }
                TokenTree::Group(group) => {
                    self.note(&std::mem::take(&mut names), line);
                    self.note_tokens(group.stream());
                    colons = 0;
                }
                TokenTree::Literal(_) => {
                    self.note(&std::mem::take(&mut names), line);
                    colons = 0;
                }
            }
            is_other = false;
        }
        self.note(&names, line);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.note_tree(&item.tree, &mut vec![]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&names, path.segments[0].ident.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invoked: &'ast syn::Macro) {
        self.visit_path(&invoked.path);
        self.note_tokens(invoked.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.note_tokens(list.tokens.clone());
        }
    }

    /// `pub(super)` tells who may use, and uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }
}
