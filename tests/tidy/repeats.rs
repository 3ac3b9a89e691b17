//! No logic stands twice in the product: neither word for word nor with other names for its variables.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

use crate::product::{is_test, targets};
use crate::rule::hold;

/// So many lines of code may be the same in two places.
const LONGEST: usize = 12;
/// Shorter runs of words are not looked for: twelve lines have more.
const WINDOW: usize = 48;

/// What no variable is called.
const KEYWORDS: [&str; 27] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "false", "fn", "for", "if", "impl",
    "in", "let", "loop", "match", "move", "mut", "ref", "return", "self", "super", "true", "unsafe", "while",
];

#[test]
fn logic_stands_in_one_place() {
    let mut bodies = Vec::new();
    for target in targets() {
        for module in target.modules.values() {
            let mut reader = Reader { file: &module.file, bodies: &mut bodies };
            module.items.iter().for_each(|item| reader.visit_item(item));
        }
    }
    // Two targets of one crate may share a file.
    bodies.sort_by(|one, other| (&one.file, one.words[0].line).cmp(&(&other.file, other.words[0].line)));
    bodies.dedup_by(|one, other| (&one.file, one.words[0].line) == (&other.file, other.words[0].line));

    hold(
        &format!("no two places of the product have the same logic over {LONGEST} lines"),
        "give it a name, and let both call it",
        repeats(&bodies),
    );
}

/// The body of a function.
struct Body {
    file: String,
    words: Vec<Word>,
}

/// A word of code, the names of variables left out.
struct Word {
    text: String,
    line: usize,
}

/// Each run of words that stands in two bodies, or twice in one.
fn repeats(bodies: &[Body]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen: HashMap<u64, (&Body, usize)> = HashMap::new();
    for body in bodies {
        let mut at = 0;
        while at + WINDOW <= body.words.len() {
            let Some(&(other, from)) = seen.get(&hash(&body.words[at..at + WINDOW])) else {
                seen.insert(hash(&body.words[at..at + WINDOW]), (body, at));
                at += 1;
                continue;
            };
            let pairs = body.words[at..].iter().zip(&other.words[from..]);
            let mut length = pairs.take_while(|(ours, theirs)| ours.text == theirs.text).count();
            if std::ptr::eq(body, other) {
                length = length.min(at - from); // a run does not repeat itself
            }
            let (ours, theirs) = (Run::new(body, at, length), Run::new(other, from, length));
            if ours.lines.min(theirs.lines) > LONGEST {
                found.push(format!("{} and {}, {} lines", ours.place, theirs.place, ours.lines));
                at += length;
            } else {
                at += 1;
            }
        }
    }
    found
}

/// A part of a body.
struct Run {
    place: String,
    /// How many lines have a word of it.
    lines: usize,
}

impl Run {
    fn new(body: &Body, from: usize, length: usize) -> Self {
        let lines: BTreeSet<usize> = body.words[from..from + length].iter().map(|word| word.line).collect();
        Self { place: format!("{}:{}", body.file, body.words[from].line), lines: lines.len() }
    }
}

fn hash(words: &[Word]) -> u64 {
    let mut hasher = DefaultHasher::new();
    words.iter().for_each(|word| word.text.hash(&mut hasher));
    hasher.finish()
}

struct Reader<'a> {
    file: &'a str,
    bodies: &'a mut Vec<Body>,
}

impl Reader<'_> {
    fn read(&mut self, attributes: &[syn::Attribute], body: &syn::Block) {
        let mut words = Vec::new();
        add(&mut words, body.to_token_stream());
        if !is_test(attributes) {
            self.bodies.push(Body { file: self.file.to_owned(), words });
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.read(&function.attrs, &function.block);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.read(&function.attrs, &function.block);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.read(&function.attrs, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

/// Adds the words of some code. A name that may be a variable's is like every other.
fn add(words: &mut Vec<Word>, tokens: TokenStream) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let line = token.span().start().line;
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                words.push(Word { text: open.into(), line });
                add(words, group.stream());
                words.push(Word { text: close.into(), line: group.span_close().start().line });
            }
            TokenTree::Ident(name) => {
                let name = name.to_string();
                let text = if is_variable(&name, words.last(), tokens.peek()) { "a variable".into() } else { name };
                words.push(Word { text, line });
            }
            TokenTree::Punct(mark) => words.push(Word { text: mark.to_string(), line }),
            TokenTree::Literal(literal) => words.push(Word { text: literal.to_string(), line }),
        }
    }
}

/// Whether a name may be a variable's: it is no function's, field's, method's, module's or type's.
fn is_variable(name: &str, before: Option<&Word>, after: Option<&TokenTree>) -> bool {
    let before = before.map_or("", |word| &word.text);
    let is_bound = ["let", "mut", "for", "|"].contains(&before);
    let is_called = match after {
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
        Some(TokenTree::Punct(mark)) => "!:".contains(mark.as_char()) && !is_bound,
        _ => false,
    };
    name.starts_with(char::is_lowercase) && !KEYWORDS.contains(&name) && !is_called && ![".", ":"].contains(&before)
}

#[test]
fn logic_with_other_names_is_the_same_and_with_other_calls_it_is_not() {
    let body = |file: &str, code: &str| {
        let mut words = Vec::new();
        add(&mut words, code.parse().expect("it is code"));
        Body { file: file.to_owned(), words }
    };
    let code: String = (0..15).map(|step| format!("let next = first.step({step}) + second[next];\n")).collect();
    let renamed = code.replace("next", "following").replace("first", "begin");
    let changed = code.replace("step(7)", "leap(7)");
    assert_eq!(repeats(&[body("a", &code), body("b", &renamed)]), ["b:1 and a:1, 15 lines"]);
    assert!(repeats(&[body("a", &code), body("b", &changed)]).is_empty(), "seven lines, and seven");
    assert_eq!(repeats(&[body("a", &[&*code, &*code].concat())]), ["a:16 and a:1, 15 lines"]);
}
