//! Tests that the code has the structure that ARCHITECTURE.md draws.
//!
//! No crate contains a cycle of imports, no folder imports from a layer above its own, and only modules have feature
//! gates.
//!
//! A file imports another when one of its paths (`use`, or a path inside an expression, a type or a macro) leads to an
//! item that the other file defines. Re-exports are followed to the definition. Test modules are left out.

mod source_graph;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use source_graph::{SourceGraph, collect_source_files, find_cycles};

/// The layers of the root package, from the top.
///
/// A file may import from its own folder and from lower layers. Folders on the same layer do not import each other.
const LAYERS: &[&[&str]] = &[
    &["boot"],
    &["web", "json_api", "webhooks", "cli"],
    &["event_stream"],
    &["auth::entry"],
    &["auth::purposes"],
    &["auth::engine"],
    &["auth"],
    &["notifications"],
    &["context"],
    &["payments", "hashing"],
    &["store"],
    &["verification", "http"],
    &["metrics"],
    &["security"],
    &["config"],
];

/// The files that select modules by feature.
const FILES_WITH_FEATURE_GATES: &[&str] = &[
    "lib.rs",
    "web/islands/flow_id.rs",
    "web/islands/mod.rs",
    "web/islands/texts.rs",
];

/// The functions and SQL that create a session or renew its token, each with the only files that contain it.
const CREATORS_OF_SESSIONS: &[(&str, &[&str])] = &[
    ("INTO sessions", &["store/sessions.rs"]),
    ("SET token_hash", &["store/session_renewals.rs"]),
    ("insert_session", &["auth/session.rs", "store/sessions.rs"]),
    (
        "open_session",
        &[
            "auth/entry/sign_in.rs",
            "auth/purposes/registration.rs",
            "auth/purposes/set_up.rs",
            "auth/purposes/sign_in.rs",
            "auth/session.rs",
        ],
    ),
    (
        "renew_session_token",
        &[
            "auth/entry/deletion.rs",
            "auth/purposes/step_up.rs",
            "auth/session.rs",
            "store/session_renewals.rs",
        ],
    ),
    (
        "renew_session_and_end_others",
        &[
            "auth/entry/authenticator.rs",
            "auth/entry/password_change.rs",
            "auth/purposes/email_proof.rs",
            "auth/purposes/phone_change.rs",
            "auth/session.rs",
        ],
    ),
];

/// The files that define these functions and belong to no route.
const DEFINITIONS_OF_SESSION_FUNCTIONS: &[&str] = &[
    "auth/session.rs",
    "store/session_renewals.rs",
    "store/sessions.rs",
];

/// Returns the source folder of a crate.
fn crate_root(folder: &str) -> PathBuf {
    let repository = std::env::var_os("CARGO_MANIFEST_DIR").expect("variable is set by cargo");
    Path::new(&repository).join(folder)
}

#[test]
fn no_crate_has_circular_imports_between_files() {
    for folder in [
        "src",
        "crates/domain/src",
        "crates/verify/src",
        "crates/simulator/src",
    ] {
        let graph = SourceGraph::read(&crate_root(folder));
        assert!(graph.count_files() > 1, "no source files found in {folder}");
        let found = find_cycles(&graph);
        assert!(
            found.is_empty(),
            "{} cycles of files in {folder}:\n{}",
            found.len(),
            found.join("\n")
        );
    }
}

#[test]
fn no_folder_imports_from_a_higher_layer() {
    let graph = SourceGraph::read(&crate_root("src"));
    let layer_of = |module: &str| {
        LAYERS
            .iter()
            .enumerate()
            .flat_map(|(layer, folders)| folders.iter().map(move |folder| (layer, *folder)))
            .filter(|(_, folder)| module == *folder || module.starts_with(&format!("{folder}::")))
            .max_by_key(|(_, folder)| folder.len())
    };
    let mut upward = BTreeMap::new();
    for (from, to) in graph.imports() {
        let (Some((from_layer, from_folder)), Some((to_layer, to_folder))) = (
            layer_of(&SourceGraph::module(from)),
            layer_of(&SourceGraph::module(to)),
        ) else {
            continue;
        };
        if from_folder != to_folder && from_layer >= to_layer {
            upward.insert(format!("{from} imports {to}"), (from_folder, to_folder));
        }
    }
    assert!(
        upward.is_empty(),
        "imports from a higher layer (see LAYERS):\n{}",
        upward
            .iter()
            .map(|(arrow, (from, to))| format!("  {arrow}: {from} must not import {to}"))
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn every_folder_of_the_root_package_has_a_layer() {
    let graph = SourceGraph::read(&crate_root("src"));
    let missing: Vec<&str> = graph
        .top_modules()
        .filter(|module| {
            !LAYERS
                .iter()
                .flat_map(|folders| folders.iter())
                .any(|folder| folder == module)
        })
        .collect();
    assert!(missing.is_empty(), "folders without a layer: {missing:?}");
}

#[test]
fn feature_gates_stand_only_at_modules_and_imports_of_four_files() {
    let root = crate_root("src");
    let mut sources = Vec::new();
    collect_source_files(&root, &root, &mut sources);
    let mut misplaced = Vec::new();
    for (name, text) in &sources {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate() {
            let is_gate = line.contains("cfg!(feature")
                || line.contains("cfg!(not(feature")
                || (line.starts_with("#[cfg(") && line.contains("feature = \""));
            if !is_gate {
                continue;
            }
            let gated = lines.get(number + 1).copied().unwrap_or_default();
            let is_module_or_import = ["mod ", "pub mod ", "pub use ", "pub(crate) use "]
                .iter()
                .any(|start| gated.starts_with(start));
            // `lib.rs` also has the entry point of the browser code.
            let is_permitted = FILES_WITH_FEATURE_GATES.contains(&name.as_str())
                && line.starts_with("#[cfg(")
                && (is_module_or_import || name == "lib.rs");
            if !is_permitted {
                misplaced.push(format!("{name}:{}: {line}", number + 1));
            }
        }
    }
    assert!(misplaced.is_empty(), "{}", misplaced.join("\n"));
}

/// Returns whether the code of a source file contains a name or text, outside comments and not as a part of a longer
/// name.
fn contains_whole_name(source: &str, name: &str) -> bool {
    let is_name_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.match_indices(name).map(move |(at, _)| (line, at)))
        .any(|(line, at)| {
            let before = line[..at].chars().next_back();
            let after = line[at + name.len()..].chars().next();
            !before.is_some_and(is_name_part) && !after.is_some_and(is_name_part)
        })
}

/// Tests docs/security.md#log-12.
#[test]
fn only_the_documented_modules_create_sessions_or_renew_their_tokens() {
    let root = crate_root("src");
    let mut sources = Vec::new();
    collect_source_files(&root, &root, &mut sources);
    let page = std::fs::read_to_string(crate_root("docs/security.md")).expect("document is read");
    let (_, section) = page
        .split_once("<a id=\"session-routes\"></a>")
        .expect("document lists the routes");
    let (section, _) = section
        .split_once("\n<a id=")
        .expect("another section follows");
    for (name, expected) in CREATORS_OF_SESSIONS {
        let mut found: Vec<&str> = sources
            .iter()
            .filter(|(_, text)| contains_whole_name(text, name))
            .map(|(file, _)| file.as_str())
            .collect();
        found.sort_unstable();
        assert_eq!(found, *expected, "files with {name}");
        for file in found {
            assert!(
                DEFINITIONS_OF_SESSION_FUNCTIONS.contains(&file)
                    || section.contains(&format!("`src/{file}`")),
                "docs/security.md#session-routes does not name src/{file}"
            );
        }
    }
}
