//! Parses what one source file defines, re-exports and refers to.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, UseTree};

/// The parts of a file that decide which files it imports.
#[derive(Default)]
pub struct Found {
    /// Names of the items that the file defines itself.
    pub items: BTreeSet<String>,
    /// Re-exported or imported names, each with its path.
    pub reexports: BTreeMap<String, Vec<String>>,
    /// Paths that are re-exported with `*`.
    pub globs: Vec<Vec<String>>,
    /// Every path that may lead into the crate, with the inline modules around it.
    pub paths: Vec<(Vec<String>, Vec<String>)>,
}

/// Parses a source file. Skips items behind `#[cfg(test)]` and `#[test]`.
pub fn read_file(text: &str) -> Found {
    let file = syn::parse_file(text).expect("valid Rust source");
    let mut reader = Reader::default();
    reader.visit_file(&file);
    reader.found
}

#[derive(Default)]
struct Reader {
    found: Found,
    inline: Vec<String>,
}

impl Reader {
    fn record_path(&mut self, path: Vec<String>) {
        self.found.paths.push((self.inline.clone(), path));
    }

    fn record_use_tree(&mut self, tree: &UseTree, prefix: &mut Vec<String>, is_public: bool) {
        match tree {
            UseTree::Path(part) => {
                prefix.push(part.ident.to_string());
                self.record_use_tree(&part.tree, prefix, is_public);
                prefix.pop();
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.record_use_tree(tree, prefix, is_public);
                }
            }
            UseTree::Name(name) => {
                self.record_use(prefix, &name.ident.to_string(), None, is_public);
            }
            UseTree::Rename(rename) => {
                let alias = rename.rename.to_string();
                self.record_use(prefix, &rename.ident.to_string(), Some(alias), is_public);
            }
            UseTree::Glob(_) if is_public => self.found.globs.push(prefix.clone()),
            UseTree::Glob(_) => self.record_path(prefix.clone()),
        }
    }

    fn record_use(
        &mut self,
        prefix: &[String],
        name: &str,
        alias: Option<String>,
        is_public: bool,
    ) {
        let mut path = prefix.to_vec();
        if name != "self" {
            path.push(name.to_owned());
        }
        // A re-export is not an import of the file itself.
        if is_public {
            let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
            self.found.reexports.insert(name, path);
        } else {
            self.record_path(path);
        }
    }

    fn visit_tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.end_of_path(&mut path);
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.end_of_path(&mut path);
                    colons = 0;
                    self.visit_tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.end_of_path(&mut path);
                    colons = 0;
                }
            }
        }
        self.end_of_path(&mut path);
    }

    fn end_of_path(&mut self, path: &mut Vec<String>) {
        if path.len() > 1 && matches!(path[0].as_str(), "crate" | "super" | "self") {
            self.record_path(path.clone());
        }
        path.clear();
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !has_test_attribute(attributes_of_item(item)) {
            if self.inline.is_empty()
                && let Some(name) = item_name(item)
            {
                self.found.items.insert(name);
            }
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.content.is_some() {
            self.inline.push(module.ident.to_string());
            visit::visit_item_mod(self, module);
            self.inline.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.record_use_tree(&item.tree, &mut Vec::new(), is_public);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if parts.len() > 1 {
            self.record_path(parts);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast Macro) {
        self.visit_tokens(invocation.tokens.clone());
    }
}

/// Returns the attributes of an item.
fn attributes_of_item(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns whether the attributes mark a test.
fn has_test_attribute(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        syn::Meta::NameValue(_) => false,
    })
}

fn item_name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        _ => return None,
    };
    Some(ident.to_string())
}
