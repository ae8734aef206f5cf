//! The settings that documents show as an example are valid.

use std::process::Command;

use crate::markdown::Document;
use crate::repository_root;

/// A valid value of `SALLYPORT_SECRET_KEY`.
pub const SECRET_KEY: &str =
    "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAhIiMkJSYnKCkqKywtLi8wMTIzNDU2Nzg5Ojs8PT4/QA==";

#[test]
fn configuration_check_accepts_the_production_settings_of_the_documents() {
    let digits = "0123456789abcdef0123456789abcdef";
    for page in ["docs/deployment.md", "docs/production.md"] {
        let text = std::fs::read_to_string(repository_root().join(page)).expect("page is read");
        let mut blocks = Document::parse(&text).blocks.into_iter();
        let block = blocks.find(|block| block.text.starts_with("SALLYPORT_MODE=production"));
        let example = block.expect("page has production settings").text;
        let folder = tempfile::tempdir().expect("temporary directory is created");
        let path = folder.path().display().to_string();
        let settings = example
            .replace("/etc/sallyport", &path)
            .replace("/run/secrets", &path)
            .replacen("VA…", "VAfedcba9876543210fedcba9876543210", 1)
            .replace('…', digits);
        for (name, secret) in [
            ("environment", settings.as_str()),
            ("secret_key", SECRET_KEY),
            ("sallyport_key", SECRET_KEY),
            ("twilio_auth_token", "fedcba98fedcba98fedcba98fedcba98"),
            ("smtp_url", "smtp://ann:password@mail.example.com:587"),
            (
                "database_url",
                "postgres://sallyport:secret@db.example.com/sallyport",
            ),
        ] {
            std::fs::write(folder.path().join(name), secret).expect("file is written");
        }
        // The shell reads the settings as the command `sallyport-admin` of the deployment page does.
        let output = Command::new("/bin/sh")
            .args(["-aec", r#". ./environment; exec "$0" config check"#])
            .arg(env!("CARGO_BIN_EXE_sallyport"))
            .current_dir(folder.path())
            .env_clear()
            .output()
            .expect("shell starts");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{page}: {errors}");
    }
}
