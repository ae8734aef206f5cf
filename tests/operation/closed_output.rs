//! Commands whose standard output is a closed pipe, such as `sallyport openapi | head -1`.

use crate::support::sallyport_command;

#[test]
fn command_with_a_closed_standard_output_fails_with_a_message() {
    for arguments in [
        &["openapi"][..],
        &["config", "reference"],
        &["config", "example"],
        &["config", "check"],
        &["migrate"],
    ] {
        let (command, rest) = arguments.split_first().expect("command has a name");
        let directory = tempfile::tempdir().expect("temporary directory is created");
        let (reader, writer) = std::io::pipe().expect("pipe is created");
        drop(reader);
        let output = sallyport_command(directory.path(), command, &[])
            .args(rest)
            .stdout(writer)
            .output()
            .expect("program starts");
        let error_text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {error_text}");
        assert!(
            error_text.contains("sallyport: writing to standard output failed"),
            "{arguments:?}: {error_text}"
        );
    }
}

#[test]
fn invalid_configuration_with_a_closed_standard_error_ends_without_a_panic() {
    let directory = tempfile::tempdir().expect("temporary directory is created");
    let (reader, writer) = std::io::pipe().expect("pipe is created");
    drop(reader);
    let settings = [("SALLYPORT_LOG".to_owned(), "inof".to_owned())];
    let output = sallyport_command(directory.path(), "config", &settings)
        .arg("check")
        .stderr(writer)
        .output()
        .expect("program starts");
    assert_eq!(output.status.code(), Some(1));
}
