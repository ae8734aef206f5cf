//! Finds which file of a crate imports which, by parsing the sources with `syn`.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use imports::{Found, read_file};

/// A module path without the leading `crate`.
type ModulePath = Vec<String>;

/// The files of one crate and the imports between them.
pub struct SourceGraph {
    /// File name relative to the crate's `src`, by module path.
    files: BTreeMap<ModulePath, String>,
    imports: BTreeSet<(String, String)>,
}

impl SourceGraph {
    /// Reads every `.rs` file under `root` except test modules.
    pub fn read(root: &Path) -> Self {
        let mut sources = Vec::new();
        collect_source_files(root, root, &mut sources);
        let parsed: BTreeMap<ModulePath, (String, Found)> = sources
            .into_iter()
            .map(|(name, text)| (parse_module_path(&name), (name, read_file(&text))))
            .collect();
        let mut imports = BTreeSet::new();
        for (module, (name, found)) in &parsed {
            for (inner, path) in &found.paths {
                let here: ModulePath = module.iter().chain(inner).cloned().collect();
                let Some(target) = resolve_path(&here, path, &parsed) else {
                    continue;
                };
                if let Some(file) = find_defining_file(&target, &parsed, 8)
                    && file != *name
                {
                    imports.insert((name.clone(), file));
                }
            }
        }
        let files = parsed
            .into_iter()
            .map(|(module, (name, _))| (module, name))
            .collect();
        Self { files, imports }
    }

    /// Returns the number of files read.
    pub fn count_files(&self) -> usize {
        self.files.len()
    }

    /// Iterates over the imports as (importing file, imported file).
    pub fn imports(&self) -> impl Iterator<Item = (&str, &str)> {
        self.imports
            .iter()
            .map(|(from, to)| (from.as_str(), to.as_str()))
    }

    /// Returns the module path of a file, written with `::`.
    pub fn module(file: &str) -> String {
        parse_module_path(file).join("::")
    }

    /// Returns the folders and files directly under `src`, except `lib.rs` and the files of the binary.
    pub fn top_modules(&self) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self
            .files
            .iter()
            .filter(|(_, file)| file.contains('/'))
            .filter_map(|(module, _)| module.first().map(String::as_str))
            .collect();
        names.into_iter()
    }
}

/// Adds every `.rs` file below a folder to `sources`.
pub fn collect_source_files(root: &Path, folder: &Path, sources: &mut Vec<(String, String)>) {
    let entries = std::fs::read_dir(folder).expect("source folder is read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("folder entry is read").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path
            .strip_prefix(root)
            .expect("path is in the folder")
            .to_string_lossy()
            .replace('\\', "/");
        let is_test = name.contains("tests")
            || name.ends_with("properties.rs")
            || name.ends_with("testing.rs");
        if is_test {
            continue;
        }
        if path.is_dir() {
            collect_source_files(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push((
                name,
                std::fs::read_to_string(&path).expect("source file is read"),
            ));
        }
    }
}

/// Returns the module path of a source file.
fn parse_module_path(file: &str) -> ModulePath {
    let stem = file.trim_end_matches(".rs");
    let mut parts: ModulePath = stem.split('/').map(str::to_owned).collect();
    if matches!(parts.last().map(String::as_str), Some("mod" | "lib")) {
        parts.pop();
    }
    parts
}

/// Returns the path from the crate's root, or `None` if it leads out of the crate.
fn resolve_path(
    here: &ModulePath,
    path: &[String],
    parsed: &BTreeMap<ModulePath, (String, Found)>,
) -> Option<ModulePath> {
    let mut base = here.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                base.pop()?;
                rest = &rest[1..];
            }
        }
        first => {
            let mut child = base.clone();
            child.push(first.to_owned());
            let is_child = parsed.contains_key(&child)
                || parsed
                    .get(&base)
                    .is_some_and(|(_, found)| found.reexports.contains_key(first));
            if !is_child {
                return None;
            }
        }
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// Returns the file that defines the item `target`. Follows re-exports at most `depth` times.
fn find_defining_file(
    target: &ModulePath,
    parsed: &BTreeMap<ModulePath, (String, Found)>,
    depth: usize,
) -> Option<String> {
    let known = (0..=target.len())
        .rev()
        .find(|length| parsed.contains_key(&target[..*length]))?;
    let (name, found) = &parsed[&target[..known]];
    let Some(item) = target.get(known) else {
        return Some(name.clone());
    };
    if depth == 0 || found.items.contains(item) {
        return Some(name.clone());
    }
    let module: ModulePath = target[..known].to_vec();
    let followed = |path: &[String], rest: &[String]| {
        let mut next = resolve_path(&module, path, parsed)?;
        next.extend(rest.iter().cloned());
        find_defining_file(&next, parsed, depth - 1)
    };
    if let Some(path) = found.reexports.get(item) {
        return followed(path, &target[known + 1..]);
    }
    for glob in &found.globs {
        let Some(source) = resolve_path(&module, glob, parsed) else {
            continue;
        };
        if parsed
            .get(&source)
            .is_some_and(|(_, found)| found.items.contains(item))
        {
            return followed(glob, &target[known..]);
        }
    }
    Some(name.clone())
}

/// Finds every cycle of imports, as a list of its imports (Tarjan's strongly connected components).
pub fn find_cycles(graph: &SourceGraph) -> Vec<String> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in graph.imports() {
        next.entry(from).or_default().push(to);
        next.entry(to).or_default();
    }
    let mut search = Search {
        next: &next,
        index: BTreeMap::new(),
        low: BTreeMap::new(),
        stack: Vec::new(),
        found: Vec::new(),
    };
    for file in next.keys() {
        if !search.index.contains_key(file) {
            search.visit(file);
        }
    }
    search
        .found
        .into_iter()
        .map(|cycle| {
            let arrows = graph
                .imports()
                .filter(|(from, to)| cycle.contains(from) && cycle.contains(to))
                .map(|(from, to)| format!("  {from} imports {to}"));
            format!(
                "cycle of {} files:\n{}",
                cycle.len(),
                arrows.collect::<Vec<_>>().join("\n")
            )
        })
        .collect()
}

struct Search<'a> {
    next: &'a BTreeMap<&'a str, Vec<&'a str>>,
    index: BTreeMap<&'a str, usize>,
    low: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    found: Vec<BTreeSet<&'a str>>,
}

impl<'a> Search<'a> {
    fn visit(&mut self, file: &'a str) {
        let number = self.index.len();
        self.index.insert(file, number);
        self.low.insert(file, number);
        self.stack.push(file);
        for target in &self.next[file] {
            if !self.index.contains_key(target) {
                self.visit(target);
                let low = self.low[file].min(self.low[target]);
                self.low.insert(file, low);
            } else if self.stack.contains(target) {
                let low = self.low[file].min(self.index[target]);
                self.low.insert(file, low);
            }
        }
        if self.low[file] == number {
            let mut cycle = BTreeSet::new();
            while let Some(member) = self.stack.pop() {
                cycle.insert(member);
                if member == file {
                    break;
                }
            }
            if cycle.len() > 1 {
                self.found.push(cycle);
            }
        }
    }
}
