//! The documents are true: links and anchors resolve, references from the code resolve, and commands work.

mod example_settings;
mod markdown;
mod operator_commands;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use markdown::{Document, list_files};

/// Returns the root folder of the repository.
fn repository_root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("variable is set by cargo"))
}

/// Reads every Markdown file of the repository. Each comes with its path from the root.
fn read_all_documents() -> Vec<(PathBuf, Document)> {
    let mut paths = list_files(&repository_root().join("docs"), &["md"]);
    for folder in ["crates/simulator", "examples"] {
        paths.extend(list_files(&repository_root().join(folder), &["md"]));
    }
    let top = std::fs::read_dir(repository_root()).expect("repository is read");
    paths.extend(
        top.map(|entry| entry.expect("folder entry is read").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "md")),
    );
    assert!(paths.len() > 10, "the documents were not found");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("document is read");
        let name = path
            .strip_prefix(repository_root())
            .expect("path is in the folder")
            .to_owned();
        (name, Document::parse(&text))
    };
    paths.into_iter().map(read).collect()
}

/// Returns what is wrong with a link of a document, or `None`.
fn find_link_problem(from: &Path, link: &str) -> Option<String> {
    let is_external = link.contains("://") || link.starts_with("mailto:");
    if is_external {
        return None;
    }
    let (file, anchor) = link
        .split_once('#')
        .map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let folder = repository_root()
        .join(from)
        .parent()
        .expect("path has a parent")
        .to_owned();
    let target = if file.is_empty() {
        repository_root().join(from)
    } else {
        folder.join(file)
    };
    if !target.exists() {
        return Some(format!("{}: {link} does not exist", from.display()));
    }
    let anchor = anchor?;
    let text = std::fs::read_to_string(&target).ok()?;
    let known = Document::parse(&text).anchors;
    (!known.contains(anchor)).then(|| format!("{}: {link} has no such anchor", from.display()))
}

/// A merge of two branches can leave two versions of one list entry.
#[test]
fn no_two_entries_of_a_list_begin_with_the_same_sixty_characters() {
    for (name, _) in read_all_documents() {
        let text =
            std::fs::read_to_string(repository_root().join(&name)).expect("document is read");
        let mut seen = BTreeSet::new();
        for entry in text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("- "))
        {
            let beginning: String = entry.chars().take(60).collect();
            let is_long = beginning.chars().count() == 60;
            assert!(
                !is_long || seen.insert(beginning),
                "{}: {entry}",
                name.display()
            );
        }
    }
}

#[test]
fn every_link_and_anchor_of_the_documents_resolves() {
    let mut wrong = Vec::new();
    for (name, document) in read_all_documents() {
        wrong.extend(
            document
                .links
                .iter()
                .filter_map(|link| find_link_problem(&name, link)),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_reference_from_the_code_to_a_document_resolves() {
    let mut wrong = BTreeSet::new();
    for folder in [
        "src",
        "crates",
        "tests",
        "migrations",
        "end2end/tests",
        "end2end/support",
        "scripts",
    ] {
        for path in list_files(
            &repository_root().join(folder),
            &["rs", "sql", "ts", "py", "toml"],
        ) {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            for reference in markdown::find_references(&text) {
                wrong.extend(
                    find_link_problem(Path::new("README.md"), &reference)
                        .map(|error| format!("{}: {error}", path.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{}", Vec::from_iter(wrong).join("\n"));
}

/// Reads a document without its white space, because code examples have line breaks.
fn read_without_white_space(path: &str) -> String {
    let text = std::fs::read_to_string(repository_root().join(path)).expect("document is read");
    text.split_whitespace().collect()
}

#[test]
fn every_row_of_the_table_of_differences_quotes_the_original_document() {
    let product = std::fs::read_to_string(repository_root().join("docs/product.md"))
        .expect("docs/product.md is read");
    let mut wrong = Vec::new();
    for name in ["mfa-flow-guide", "telnyx-verify-guide"] {
        let original = read_without_white_space(&format!("docs/original/{name}.md"));
        let anchor = format!("<a id=\"differences-{name}\"></a>");
        let (_, table) = product
            .split_once(&anchor)
            .expect("page has the table of differences");
        let (table, _) = table.split_once("<a id=").unwrap_or((table, ""));
        let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
        // The first two lines are the heading.
        let rows: Vec<&str> = rows.skip(2).collect();
        assert!(rows.len() > 15, "{name}: the table was not found");
        for row in rows {
            let (sentence, _) = row.split_once(" | ").expect("table row has a cell");
            let quotations = markdown::find_quotations(sentence);
            if quotations.is_empty() {
                wrong.push(format!("{name}: no quotation in {sentence}"));
            }
            for quotation in quotations {
                let quotation = quotation.replace("[…]", "…");
                let mut parts = quotation.split('…').map(|part| {
                    let part: String = part.split_whitespace().collect();
                    part
                });
                if !parts.all(|part| original.contains(&part)) {
                    wrong.push(format!("{name}: not in the document: {quotation}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_requirement_id_in_a_migration_has_an_anchor() {
    let text = std::fs::read_to_string(repository_root().join("docs/security.md"))
        .expect("docs/security.md is read");
    let known = Document::parse(&text).anchors;
    let mut checked = 0;
    for path in list_files(&repository_root().join("migrations"), &["sql"]) {
        let text = std::fs::read_to_string(&path).expect("migration is read");
        for id in markdown::requirement_ids(&text) {
            checked += 1;
            assert!(
                known.contains(&id.to_lowercase()),
                "{}: {id}",
                path.display()
            );
        }
    }
    assert!(checked > 0, "no requirement id found");
}

#[test]
fn readme_is_short_and_shows_the_product() {
    let text =
        std::fs::read_to_string(repository_root().join("README.md")).expect("README is read");
    assert!(
        text.lines().count() <= 150,
        "{} lines",
        text.lines().count()
    );
    assert!(text.contains("docs/images/"), "no picture");
}

#[test]
fn every_picture_is_shown_and_has_an_alternative_text() {
    let mut shown = BTreeSet::new();
    for (name, document) in read_all_documents() {
        for picture in &document.pictures {
            assert!(
                !picture.alternative_text.trim().is_empty(),
                "{}: {} has no alternative text",
                name.display(),
                picture.target
            );
        }
        let targets = document.links.iter();
        shown.extend(
            targets
                .filter_map(|link| link.rsplit_once("images/"))
                .map(|(_, file)| file.to_owned()),
        );
    }
    let pictures = list_files(&repository_root().join("docs/images"), &["png"]);
    assert!(!pictures.is_empty(), "no picture found");
    for path in pictures {
        let file = path.file_name().and_then(|file| file.to_str());
        let file = file.unwrap_or_default();
        assert!(shown.contains(file), "no document shows {file}");
    }
}

/// Returns the rows of the tables of a page whose header begins with `header`.
fn table_rows<'a>(page: &'a str, header: &str) -> Vec<&'a str> {
    let mut rows = Vec::new();
    for table in page.split(header).skip(1) {
        let lines = table.lines().skip(1);
        rows.extend(lines.take_while(|line| line.starts_with('|')));
    }
    rows
}

/// Returns the texts between backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_log_message_and_event_of_the_monitoring_page_is_in_the_code() {
    let page = std::fs::read_to_string(repository_root().join("docs/monitoring.md"))
        .expect("docs/monitoring.md is read");
    let mut code = String::new();
    for folder in ["src", "crates/verify/src"] {
        for path in list_files(&repository_root().join(folder), &["rs"]) {
            code.push_str(&std::fs::read_to_string(&path).expect("source file is read"));
        }
    }
    let mut checked = 0;
    for row in table_rows(&page, "| Message begins with |") {
        let first_cell = row.split('|').nth(1).unwrap_or_default();
        for message in code_spans(first_cell) {
            checked += 1;
            assert!(code.contains(&format!("\"{message}")), "{message}");
        }
    }
    for row in table_rows(&page, "| Question | Events |") {
        for event in code_spans(row).filter(|name| name.contains('_')) {
            checked += 1;
            assert!(code.contains(&format!("=> \"{event}\"")), "{event}");
        }
    }
    assert!(checked > 30, "{checked} messages and events found");
}

/// A development server with its simulator, on free ports.
struct Server {
    process: Child,
    app: String,
    simulator: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_sallyport"))
            .arg("serve")
            .current_dir(folder)
            .env("SALLYPORT_LISTEN", "127.0.0.1:0")
            .env("SALLYPORT_SIMULATOR_LISTEN", "127.0.0.1:0")
            .env("SALLYPORT_SIMULATOR_SMTP_LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut lines =
            BufReader::new(process.stdout.take().expect("standard output is piped")).lines();
        let mut address = |name: &str| {
            let prefix = format!("{name} is listening on http://");
            let line = lines.find_map(|line| Some(line.ok()?.strip_prefix(&prefix)?.to_owned()));
            line.expect("the server names its address")
        };
        let app = address("Sallyport");
        let simulator = address("Phone simulator");
        Self {
            process,
            app,
            simulator,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs the commands of a block in a shell. The error is the output of the shell.
fn run_commands(script: &str, folder: &Path, server: &Server) -> Result<(), String> {
    let script = script
        .replace("127.0.0.1:3000", &server.app)
        .replace("127.0.0.1:4010", &server.simulator);
    let binaries = Path::new(env!("CARGO_BIN_EXE_sallyport"))
        .parent()
        .expect("path has a parent");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", binaries.display()))
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    Err(format!("{script}\n{}", String::from_utf8_lossy(&printed)))
}

/// Checks commands that are too slow to run, or that serve until they are stopped.
///
/// The shell must parse them, and `make` must know their targets.
fn check_commands_without_running(script: &str) -> Result<(), String> {
    let parsed = Command::new("bash").args(["-n", "-c", script]).status();
    if !parsed.is_ok_and(|status| status.success()) {
        return Err(format!("not a valid script: {script}"));
    }
    let makefile = std::fs::read_to_string(repository_root().join("Makefile")).unwrap_or_default();
    for line in script.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| *word == "make") else {
            continue;
        };
        let Some(target) = words.get(at + 1).filter(|word| !word.starts_with('#')) else {
            continue;
        };
        if !makefile
            .lines()
            .any(|line| line.starts_with(&format!("{target}:")))
        {
            return Err(format!("make has no target {target}"));
        }
    }
    Ok(())
}

#[test]
fn commands_of_the_documents_work() {
    let folder = tempfile::tempdir().expect("temporary directory is created");
    let server = Server::start(folder.path());
    let mut wrong = Vec::new();
    let mut ran = 0;
    for (name, document) in read_all_documents() {
        for block in &document.blocks {
            let result = match block.kind.as_str() {
                "sh" => {
                    ran += 1;
                    run_commands(&block.text, folder.path(), &server)
                }
                "sh,slow" | "sh,server" => check_commands_without_running(&block.text),
                _ => continue,
            };
            if let Err(error) = result {
                wrong.push(format!("{}: {error}", name.display()));
            }
        }
    }
    assert!(ran > 0, "no commands found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
