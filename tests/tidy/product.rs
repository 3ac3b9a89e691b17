//! The product's code, without its tests: the modules of every crate, each with the file that it stands in.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::workspace::{crates, relative, text};

/// A crate's code, as one of its targets sees it.
pub(crate) struct Target {
    /// The folder of the crate.
    pub(crate) folder: String,
    /// By the names that lead to them from the root; the root has none.
    pub(crate) modules: BTreeMap<Vec<String>, Module>,
}

/// A module of a file.
pub(crate) struct Module {
    /// The file, by its path from the root of the repository.
    pub(crate) file: String,
    /// What stands in it, without tests and without the modules in it.
    pub(crate) items: Vec<syn::Item>,
}

/// The libraries, programs and build scripts of the workspace.
pub(crate) fn targets() -> Vec<Target> {
    let mut found = Vec::new();
    for (folder, package) in crates() {
        for target in package["targets"].as_array().into_iter().flatten() {
            let kinds = target["kind"].as_array().into_iter().flatten().filter_map(|kind| kind.as_str());
            if kinds.clone().any(|kind| ["test", "bench", "example"].contains(&kind)) {
                continue;
            }
            let file = Path::new(target["src_path"].as_str().expect("a target has a source"));
            let mut modules = BTreeMap::new();
            let beside = file.parent().expect("a file lies in a folder");
            collect(&mut modules, vec![], file, beside, parsed(file));
            found.push(Target { folder: folder.clone(), modules });
        }
    }
    found
}

/// The files that targets of any kind begin with.
pub(crate) fn roots() -> BTreeSet<String> {
    let crates = crates();
    let targets = crates.values().flat_map(|package| package["targets"].as_array().into_iter().flatten());
    targets.filter_map(|target| target["src_path"].as_str()).map(|file| relative(Path::new(file))).collect()
}

/// Adds a module and those in it; `folder` is where the files of its modules lie.
fn collect(
    modules: &mut BTreeMap<Vec<String>, Module>,
    path: Vec<String>,
    file: &Path,
    folder: &Path,
    items: Vec<syn::Item>,
) {
    let mut own = Vec::new();
    for item in items.into_iter().filter(|item| !is_test(attributes(item))) {
        let syn::Item::Mod(module) = item else {
            own.push(item);
            continue;
        };
        let name = module.ident.to_string();
        let inner = [&path[..], std::slice::from_ref(&name)].concat();
        match module.content {
            Some((_, items)) => collect(modules, inner, file, &folder.join(name), items),
            None => {
                let named = attribute_path(&module.attrs).map(|path| file.with_file_name(path));
                let candidates = [folder.join(format!("{name}.rs")), folder.join(&name).join("mod.rs")];
                let found = named.into_iter().chain(candidates).find(|file| file.is_file());
                let found: PathBuf = found.unwrap_or_else(|| panic!("{}: no file for mod {name}", file.display()));
                let items = parsed(&found);
                collect(modules, inner, &found, &folder.join(name), items);
            }
        }
    }
    modules.insert(path, Module { file: relative(file), items: own });
}

fn parsed(file: &Path) -> Vec<syn::Item> {
    let parsed = syn::parse_file(&text(file));
    parsed.unwrap_or_else(|error| panic!("{}: {error}", file.display())).items
}

/// What `#[path = "…"]` says.
fn attribute_path(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("path")).find_map(|attribute| {
        let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(path), .. }) = &pair.value else { return None };
        Some(path.value())
    })
}

/// Whether something is compiled for tests alone.
pub(crate) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        let is_cfg = |list: &syn::MetaList| list.path.is_ident("cfg") && list.tokens.to_string() == "test";
        path.segments.last().is_some_and(|last| last.ident == "test") || attribute.meta.require_list().is_ok_and(is_cfg)
    })
}

pub(crate) fn attributes(item: &syn::Item) -> &[syn::Attribute] {
    use syn::Item::*;
    match item {
        Const(item) => &item.attrs,
        Enum(item) => &item.attrs,
        ExternCrate(item) => &item.attrs,
        Fn(item) => &item.attrs,
        ForeignMod(item) => &item.attrs,
        Impl(item) => &item.attrs,
        Macro(item) => &item.attrs,
        Mod(item) => &item.attrs,
        Static(item) => &item.attrs,
        Struct(item) => &item.attrs,
        Trait(item) => &item.attrs,
        Type(item) => &item.attrs,
        Union(item) => &item.attrs,
        Use(item) => &item.attrs,
        _ => &[],
    }
}
