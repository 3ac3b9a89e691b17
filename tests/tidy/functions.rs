//! No function of the product is longer than a screen.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::product::{is_test, targets};
use crate::rule::hold;

/// In lines, from the signature to the closing brace.
const LONGEST: usize = 60;

#[test]
fn functions_fit_on_a_screen() {
    let mut broken = Vec::new();
    for target in targets() {
        for module in target.modules.values() {
            let mut reader = Reader { file: &module.file, long: vec![] };
            module.items.iter().for_each(|item| reader.visit_item(item));
            broken.extend(reader.long);
        }
    }
    hold(
        &format!("no function of the product is longer than {LONGEST} lines"),
        "give its steps names, and functions of their own",
        broken,
    );
}

struct Reader<'a> {
    file: &'a str,
    long: Vec<String>,
}

impl Reader<'_> {
    fn measure(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let first = signature.span().start().line;
        let lines = body.brace_token.span.close().end().line + 1 - first;
        if lines > LONGEST {
            self.long.push(format!("{}:{first}: {} has {lines} lines", self.file, signature.ident));
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        if !is_test(&function.attrs) {
            self.measure(&function.sig, &function.block);
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            self.measure(&function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig, body);
            visit::visit_trait_item_fn(self, function);
        }
    }
}
