//! Reads Markdown documents: links, anchors and blocks of commands.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// The parts of a document that tests check.
#[derive(Default)]
pub struct Document {
    /// Targets of links and images in Markdown, and of images in HTML.
    pub links: Vec<String>,
    /// Images of Markdown and HTML.
    pub pictures: Vec<Picture>,
    /// Headings as GitHub and mdBook name them, and explicit ids.
    pub anchors: BTreeSet<String>,
    pub blocks: Vec<Block>,
}

/// An image.
#[derive(Default)]
pub struct Picture {
    pub target: String,
    pub alternative_text: String,
}

/// A fenced block.
pub struct Block {
    /// The text after the fence, for example `sh,slow`.
    pub kind: String,
    pub text: String,
}

impl Document {
    /// Parses a Markdown document.
    pub fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut heading: Option<String> = None;
        let mut block: Option<Block> = None;
        let mut picture: Option<Picture> = None;
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. }) => {
                    document.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    document.links.push(dest_url.to_string());
                    picture = Some(Picture {
                        target: dest_url.into_string(),
                        ..Picture::default()
                    });
                }
                Event::End(TagEnd::Image) => document.pictures.extend(picture.take()),
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    document
                        .anchors
                        .extend(heading.take().map(|text| heading_anchor(&text)));
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => {
                    block = Some(Block {
                        kind: kind.into_string(),
                        text: String::new(),
                    });
                }
                Event::End(TagEnd::CodeBlock) => document.blocks.extend(block.take()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(block) = &mut block {
                        block.text.push_str(&text);
                    } else if let Some(picture) = &mut picture {
                        picture.alternative_text.push_str(&text);
                    } else if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    document.anchors.extend(id_attributes(&html));
                    document.add_html_pictures(&html);
                }
                _ => {}
            }
        }
        document
    }

    /// Adds the images of a line of HTML, and their variants for the dark theme.
    fn add_html_pictures(&mut self, html: &str) {
        for tag in html.split('<') {
            if tag.starts_with("source ") {
                self.links.extend(find_attribute(tag, "srcset"));
            } else if tag.starts_with("img ") {
                let target = find_attribute(tag, "src").unwrap_or_default();
                self.links.push(target.clone());
                self.pictures.push(Picture {
                    target,
                    alternative_text: find_attribute(tag, "alt").unwrap_or_default(),
                });
            }
        }
    }
}

/// Returns the value of an attribute of an HTML tag.
fn find_attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

/// Returns the anchor of a heading: lower case, spaces as dashes, punctuation dropped.
fn heading_anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter_map(|character| match character {
            ' ' => Some('-'),
            '-' | '_' => Some(character),
            character => character.is_alphanumeric().then_some(character),
        })
        .collect()
}

/// Returns the values of `id` attributes.
fn id_attributes(html: &str) -> Vec<String> {
    let after = html.split("id=\"").skip(1);
    after
        .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
        .collect()
}

/// Lists the files below a folder with one of these extensions. Skips generated files.
pub fn list_files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return found;
    };
    for entry in entries {
        let path = entry.expect("folder entry is read").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() && !["node_modules", "target", "__pycache__"].contains(&name) {
            found.extend(list_files(&path, extensions));
        } else if path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|e| extensions.contains(&e))
        {
            found.push(path);
        }
    }
    found
}

/// Finds references like `docs/security.md#sm-05` in a source file.
pub fn find_references(text: &str) -> Vec<String> {
    let is_part = |character: char| character.is_alphanumeric() || "/._-#".contains(character);
    text.match_indices("docs/")
        .map(|(start, _)| {
            let end = text[start..]
                .find(|character| !is_part(character))
                .unwrap_or(text.len() - start);
            text[start..start + end].trim_end_matches('.').to_owned()
        })
        .filter(|reference| reference.contains(".md"))
        .collect()
}

/// Finds ids like `docs/security.md#sm-05`.
pub fn requirement_ids(text: &str) -> Vec<&str> {
    text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '-'))
        .filter(|word| {
            word.split_once('-').is_some_and(|(kind, number)| {
                (2..=4).contains(&kind.len())
                    && kind.bytes().all(|byte| byte.is_ascii_uppercase())
                    && number.len() == 2
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
        .collect()
}

/// Returns the quotations in a text: the parts in double quotes and in code spans.
pub fn find_quotations(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['"', '`']) {
        rest = &rest[start..];
        let fence = &rest[..rest.len() - rest.trim_start_matches('`').len()];
        if !fence.is_empty() {
            let code = rest[fence.len()..].split_once(fence);
            let (code, after) = code.expect("a code span that ends");
            found.push(code.to_owned());
            rest = after;
            continue;
        }
        let mut quoted = String::new();
        let mut characters = rest[1..].chars();
        while let Some(character) = characters.next() {
            match character {
                '"' => break,
                '\\' => quoted.extend(characters.next()),
                character => quoted.push(character),
            }
        }
        found.push(quoted);
        rest = characters.as_str();
    }
    found
}
