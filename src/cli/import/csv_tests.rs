use super::*;

const HEADER: &str = "username,email,full_name,phone,phone_verified,password_hash";

/// Reads all rows of a CSV text.
fn read_rows(text: &str) -> Vec<NumberedRow<RawRow>> {
    let csv = CsvRows::open_csv_and_read_header(FileLines::new(text.as_bytes()));
    csv.unwrap_or_else(|error| panic!("{error}"))
        .map(|row| row.expect("read"))
        .collect()
}

/// Returns the error message for a CSV text with an invalid header.
fn read_header_error(text: &str) -> String {
    let csv = CsvRows::open_csv_and_read_header(FileLines::new(text.as_bytes()));
    csv.err().expect("CSV file is refused").to_string()
}

/// Returns line number and full name of each row of a CSV text.
fn read_full_names(text: &str) -> Vec<(u64, Result<String, Vec<RowProblem>>)> {
    let name = |raw: RawRow| raw.get_column_text(Column::FullName).to_owned();
    let rows = read_rows(text).into_iter();
    rows.map(|(line, raw)| (line, raw.map(name))).collect()
}

#[test]
fn csv_with_quotes_crlf_byte_order_mark_and_blank_lines_is_accepted() {
    let text = format!(
        "\u{feff}{HEADER}\r\n\r\nann,a@x.com,\"Lee, \"\"Ann\"\"\",,,h\r\n\r\n\r\n\
         bob,b@x.com,Bob,,,h\r\ncat,c@x.com,\"Cat\",,,h"
    );
    assert_eq!(
        read_full_names(&text),
        [
            (3, Ok("Lee, \"Ann\"".into())),
            (6, Ok("Bob".into())),
            (7, Ok("Cat".into())),
        ]
    );
}

#[test]
fn csv_with_semicolons_tabs_or_a_separator_line_is_accepted() {
    let rows = "username,email,full_name,password_hash\nann,a@x.com,Ann Lee,h\n";
    for text in [
        rows.replace(',', ";"),
        rows.replace(',', "\t"),
        format!("\u{feff}sep=;\r\n{}", rows.replace(',', ";")),
        format!("SEP=\t\n{}", rows.replace(',', "\t")),
        format!("\"sep=;\"\n\n{}", rows.replace(',', ";")),
        format!("sep=,\n{rows}"),
    ] {
        let names: Vec<_> = read_full_names(&text)
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(names, [Ok("Ann Lee".to_owned())], "{text:?}");
    }
    // The header decides the separator. Other separators are part of the values.
    let text = "username;email;full_name;password_hash\nann;a@x.com;\"Lee; Ann\";$a$m=1,t=2,p=3\n";
    let (2, Ok(raw)) = &read_rows(text)[0] else {
        panic!("{text}");
    };
    assert_eq!(raw.get_column_text(Column::FullName), "Lee; Ann");
    assert_eq!(raw.get_column_text(Column::PasswordHash), "$a$m=1,t=2,p=3");
}

#[test]
fn csv_with_cr_line_endings_is_accepted() {
    let text =
        format!("\u{feff}sep=,\r{HEADER}\r\rann,a@x.com,\"Lee, \rAnn\",,,h\rbob,b@x.com,Bob,,,h");
    assert_eq!(
        read_full_names(&text),
        [(4, Ok("Lee, \nAnn".into())), (6, Ok("Bob".into()))]
    );
}

#[test]
fn csv_rows_without_any_value_are_skipped() {
    let text = format!(
        ",,,,,\n{HEADER}\n,,,,,\nann,a@x.com,Ann,,,h\n , ,,,,\n\"\",,,,,\nbob,b@x.com,Bob,,,h\n,,,,,\n\
         \u{a0}\n\u{200b},\u{a0},,,,\nNULL,NULL,\\N,NULL,NULL,NULL\n\u{1a}"
    );
    assert_eq!(
        read_full_names(&text),
        [(4, Ok("Ann".into())), (7, Ok("Bob".into()))]
    );
}

#[test]
fn column_names_may_contain_capitals_spaces_and_dashes() {
    let text =
        "User Name, E-Mail ,FULL_NAME,Phone-Verified,PasswordHash\nann,a@x.com,Ann,false,h\n";
    let rows = read_rows(text);
    let (2, Ok(raw)) = &rows[0] else {
        panic!("{rows:?}");
    };
    assert_eq!(raw.get_column_text(Column::Username), "ann");
    assert_eq!(raw.get_column_text(Column::Email), "a@x.com");
    assert_eq!(raw.get_column_text(Column::PhoneVerified), "false");
    assert_eq!(raw.get_column_text(Column::PasswordHash), "h");
}

#[test]
fn column_names_may_contain_invisible_characters() {
    let text = "username,email\u{200b},\u{a0}full_name,password_hash\u{feff}\nann,a@x.com,Ann,h\n";
    assert_eq!(read_full_names(text), [(2, Ok("Ann".into()))]);
}

#[test]
fn markers_of_absent_values_are_empty_and_formulas_of_texts_are_read() {
    for (field, expected) in [
        ("NULL", ""),
        ("\\N", ""),
        ("\"NULL\"", "NULL"),
        ("Null", "Null"),
        ("\"=\"\"Ann Lee\"\"\"", "Ann Lee"),
        ("=\"Ann Lee\"", "Ann Lee"),
    ] {
        let text = format!("{HEADER}\nann,a@x.com,{field},,,h\n");
        assert_eq!(
            read_full_names(&text),
            [(2, Ok(expected.into()))],
            "{field}"
        );
    }
}

#[test]
fn white_space_around_quotes_is_ignored() {
    let text = format!("{HEADER}\n\"ann\", \"a@x.com\",\t\"Lee, Ann\" ,, ,\"h\"\n").replacen(
        "username,",
        "\"username\", ",
        1,
    );
    let rows = read_rows(&text);
    let (2, Ok(raw)) = &rows[0] else {
        panic!("{rows:?}");
    };
    assert_eq!(raw.get_column_text(Column::Email), "a@x.com");
    assert_eq!(raw.get_column_text(Column::FullName).trim(), "Lee, Ann");
    assert_eq!(raw.get_column_text(Column::PasswordHash), "h");
}

#[test]
fn import_stops_at_a_quote_that_is_not_doubled() {
    for field in [
        "\"Ann \\\"A\\\" Lee\"",
        "\"Ann \"A\" Lee\"",
        "\"Ann\\\"\nevil,e@x.com,Evil,,,h\n\"",
    ] {
        let text = format!("{HEADER}\nann,a@x.com,{field},,,h\nbob,b@x.com,Bob,,,h\n");
        assert_eq!(
            read_full_names(&text),
            [(2, Err(vec![RowProblem::MisplacedQuote]))],
            "{field}"
        );
    }
}

#[test]
fn columns_have_any_order_and_optional_ones_may_be_missing() {
    let rows = read_rows("password_hash, full_name ,email,username\nh,Ann,a@x.com,ann\n");
    let (2, Ok(raw)) = &rows[0] else {
        panic!("{rows:?}");
    };
    assert_eq!(raw.get_column_text(Column::Username), "ann");
    assert_eq!(raw.get_column_text(Column::PasswordHash), "h");
    assert_eq!(raw.get_column_text(Column::Phone), "");
}

#[test]
fn invalid_csv_header_is_refused() {
    for (text, expected) in [
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        ("username,email,full_name,password_hash,role\n", "\"role\""),
        ("username,email,full_name\n", "no column password_hash"),
        (
            "username,email,email,full_name\n",
            "the column `email` twice",
        ),
        ("ann,a@x.com,Ann,h\n", "\"ann\""),
        (
            "username,email,full_name,password_hash,role\n",
            "columns are username, email",
        ),
        (
            "username|email|full_name|password_hash\n",
            "separated by commas",
        ),
        ("sep=|\nusername|email\n", "separated by commas"),
        ("sep=\nusername,email\n", "separated by commas"),
        ("E-mail,email,username\n", "the column `email` twice"),
        ("username,email,full_name,\n", "column 4 has no name"),
        ("username,,email,full_name\n", "column 2 has no name"),
        ("\0\0\0\0", "save the file as UTF-8"),
        (
            "\"username,email,full_name,password_hash\n",
            "a quote that is not closed",
        ),
        (
            "\"username\"x,email,full_name,password_hash\n",
            "text after a closing quote",
        ),
        (
            "{\"username\": \"ann\", \"email\": \"a@x.com\"}\n",
            "Add `--format jsonl`",
        ),
        (
            "[{\"username\": \"ann\", \"email\": \"a@x.com\"}]\n",
            "Add `--format jsonl`",
        ),
        (
            "\"username,email,full_name,password_hash\"\n",
            "in quotes as a whole",
        ),
    ] {
        assert!(
            read_header_error(text).contains(expected),
            "{text:?}: {}",
            read_header_error(text)
        );
    }
}

#[test]
fn csv_header_in_utf_16_is_refused_with_a_hint() {
    for (text, encode) in [
        (
            "\u{feff}username,email\n",
            u16::to_le_bytes as fn(u16) -> [u8; 2],
        ),
        ("\u{feff}username,email\n", u16::to_be_bytes),
        ("username,email\n", u16::to_le_bytes),
        ("username,email\n", u16::to_be_bytes),
    ] {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(encode).collect();
        let refused = CsvRows::open_csv_and_read_header(FileLines::new(bytes.as_slice())).err();
        let text = refused.expect("CSV file is refused").to_string();
        assert!(text.contains("save the file as UTF-8"), "{text}");
    }
}

#[test]
fn quoted_field_may_contain_several_lines() {
    let text = format!(
        "{HEADER}\nann,a@x.com,\"Ann\nevil,e@x.com,Evil,,true,h\n\",,,h\nbob,b@x.com,Bob,,,h\n"
    );
    assert_eq!(
        read_full_names(&text),
        [
            (2, Ok("Ann\nevil,e@x.com,Evil,,true,h\n".into())),
            (5, Ok("Bob".into())),
        ]
    );
}

#[test]
fn row_with_wrong_field_count_or_encoding_is_refused_and_the_next_is_read() {
    let mut bytes = format!("{HEADER}\na,b\n").into_bytes();
    bytes.extend(b"ann,a@x.com,Ann \xff,,,h\nbob,b@x.com,Bob,,,h\n");
    let csv = CsvRows::open_csv_and_read_header(FileLines::new(bytes.as_slice()));
    let rows: Vec<_> = csv
        .unwrap_or_else(|error| panic!("{error}"))
        .map(|row| row.expect("read"))
        .collect();
    let count = RowProblem::FieldCount {
        found: 2,
        expected: 6,
    };
    assert_eq!(rows[0], (2, Err(vec![count])));
    assert_eq!(rows[1], (3, Err(vec![RowProblem::NotUtf8])));
    assert!(rows[2].1.is_ok());
}

#[test]
fn error_of_a_wrong_field_count_says_where_quotes_are_needed() {
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA";
    let text = format!(
        "username,email,full_name,password_hash\nann,a@x.com,Ann,{hash}\n\"bob,b@x.com,Bob,h\"\n"
    );
    let problems: Vec<String> = read_rows(&text)
        .into_iter()
        .map(|(_, raw)| raw.expect_err("row is refused")[0].to_string())
        .collect();
    assert!(
        problems[0].starts_with("the row has 6 fields, but the file has 4 columns")
            && problems[0].contains("in quotes, such as Argon2 hashes"),
        "{problems:?}"
    );
    assert!(
        problems[1].contains("no quotes around the whole row"),
        "{problems:?}"
    );
}

#[test]
fn import_stops_at_a_quote_that_is_never_closed() {
    let rest = "bob,b@x.com,Bob,,,h\n".repeat(10_000);
    for after in ["", "bob,b@x.com,Bob,,,h\n", rest.as_str()] {
        let text = format!("{HEADER}\nann,a@x.com,\"Ann,,,h\n{after}");
        assert_eq!(
            read_full_names(&text),
            [(2, Err(vec![RowProblem::UnclosedQuote]))]
        );
    }
}

#[test]
fn errors_of_long_lines_state_the_limit() {
    assert_eq!(MAX_LINE_BYTES, 65_536);
    for error in [
        RowProblem::TooLong.to_string(),
        CommandError::LongHeader.to_string(),
    ] {
        assert!(error.contains("more than 65,536 bytes"), "{error}");
    }
}
