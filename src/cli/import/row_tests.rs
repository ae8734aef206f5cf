use super::*;

pub(in super::super) const HASH: &str =
    "$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG";

pub(in super::super) fn create_raw_row(change: &[(Column, &str)]) -> RawRow {
    let mut raw = RawRow::default();
    let valid = [
        (Column::Username, "ann"),
        (Column::Email, "ann@example.com"),
        (Column::FullName, "Ann Lee"),
        (Column::Phone, "(415) 555-0142"),
        (Column::PasswordHash, HASH),
    ];
    for (column, text) in valid.iter().chain(change) {
        raw.set_column_text(*column, (*text).to_owned());
    }
    raw
}

pub(in super::super) fn create_phone_rules() -> PhoneRules {
    PhoneRules::new("US", None).expect("a country")
}

/// Returns the problems of a valid import row after these columns are changed.
fn find_problems_of_changed_row(change: &[(Column, &str)]) -> Vec<RowProblem> {
    Row::parse_import_row(&create_raw_row(change), &create_phone_rules())
        .expect_err("import row is refused")
}

#[test]
fn valid_import_row_is_parsed_to_an_account_in_canonical_form() {
    let row = Row::parse_import_row(
        &create_raw_row(&[(Column::PhoneVerified, "True")]),
        &create_phone_rules(),
    )
    .expect("valid import row");
    let (phone, verified) = row.phone.expect("a number");
    assert_eq!((phone.as_e164(), verified), ("+14155550142", true));
    assert_eq!(row.password_hash.as_str(), HASH);
    let none = Row::parse_import_row(
        &create_raw_row(&[(Column::Phone, " \u{200b}")]),
        &create_phone_rules(),
    )
    .expect("valid import row");
    assert!(none.phone.is_none());
}

#[test]
fn all_problems_of_an_import_row_are_reported_without_the_password_hash() {
    let found = find_problems_of_changed_row(&[
        (Column::Username, "a"),
        (Column::Email, "ann"),
        (Column::FullName, ""),
        (Column::Phone, "12"),
        (Column::PhoneVerified, "yes"),
        (Column::PasswordHash, "$2x$05$secret"),
    ]);
    assert_eq!(found.len(), 6, "{found:?}");
    let texts: Vec<String> = found.iter().map(RowProblem::to_string).collect();
    assert!(!texts.concat().contains("secret"), "{texts:?}");
}

#[test]
fn import_row_that_breaks_one_rule_is_refused() {
    for (column, text, expected) in [
        (
            Column::Username,
            "ann@example.com",
            RowProblem::Field(Column::Username, Problem::UsernameInvalid),
        ),
        (
            Column::FullName,
            "Ann\nbob,b@x.com",
            RowProblem::Field(Column::FullName, Problem::NameInvalid),
        ),
        (
            Column::Phone,
            "+1 800 555 0100",
            RowProblem::Field(Column::Phone, Problem::PhoneUnsupported),
        ),
        (
            Column::PasswordHash,
            "",
            RowProblem::Field(Column::PasswordHash, Problem::Missing),
        ),
        (
            Column::PasswordHash,
            "5f4dcc3b5aa765d61d8327deb882cf99",
            RowProblem::Hash(InvalidHash::UnknownScheme),
        ),
        (
            Column::PasswordHash,
            "$2b$13$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
            RowProblem::Hash(InvalidHash::TooCostly),
        ),
        (Column::PhoneVerified, "2", RowProblem::NotBoolean),
    ] {
        assert_eq!(
            find_problems_of_changed_row(&[(column, text)]),
            [expected],
            "{text}"
        );
    }
    let without_phone =
        find_problems_of_changed_row(&[(Column::Phone, ""), (Column::PhoneVerified, "true")]);
    assert_eq!(without_phone, [RowProblem::VerifiedWithoutPhone]);
}

#[test]
fn phone_number_changed_by_a_spreadsheet_is_refused_with_a_hint() {
    for phone in ["1.41556E+10", "4,91511234567E+11", "4155550142.0"] {
        assert_eq!(
            find_problems_of_changed_row(&[(Column::Phone, phone)]),
            [RowProblem::PhoneDecimalOrExponent],
            "{phone}"
        );
    }
    let without_plus = find_problems_of_changed_row(&[(Column::Phone, "491511234567")]);
    assert_eq!(
        without_plus,
        [RowProblem::PhoneMayLackPlus(Problem::PhoneInvalid)]
    );
    let text = without_plus[0].to_string();
    assert!(text.contains("write `+` before it"), "{text}");
    for phone in ["12", "0151", "+49151"] {
        assert_eq!(
            find_problems_of_changed_row(&[(Column::Phone, phone)]),
            [RowProblem::Field(Column::Phone, Problem::PhoneInvalid)],
            "{phone}"
        );
    }
}

#[test]
fn decimal_number_is_never_read_as_a_longer_phone_number() {
    let rules = PhoneRules::new("DE", None).expect("a country");
    let raw = create_raw_row(&[(Column::Phone, "1512345678.0")]);
    let problems = Row::parse_import_row(&raw, &rules).expect_err("import row is refused");
    assert_eq!(problems, [RowProblem::PhoneDecimalOrExponent]);
}

#[test]
fn account_without_password_is_refused_with_its_reason() {
    for text in [
        "!",
        "!!",
        "*",
        "!aBcDeFgHiJkLmNoPqRsTuVwXyZ",
        "!$6$salt$hash",
    ] {
        assert_eq!(
            find_problems_of_changed_row(&[(Column::PasswordHash, text)]),
            [RowProblem::NoPassword],
            "{text}"
        );
    }
    // The form of MySQL is a hash.
    let mysql = "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19";
    assert_eq!(
        find_problems_of_changed_row(&[(Column::PasswordHash, mysql)]),
        [RowProblem::Hash(InvalidHash::UnknownScheme)]
    );
}

#[test]
fn scheme_in_braces_before_a_hash_is_removed() {
    for scheme in ["{bcrypt}", "{CRYPT}", "{BLF-CRYPT}", "{bcrypt@v2}"] {
        let text = format!("{scheme}{HASH}");
        let raw = create_raw_row(&[(Column::PasswordHash, text.as_str())]);
        let row = Row::parse_import_row(&raw, &create_phone_rules());
        let row = row.expect("valid import row");
        assert_eq!(row.password_hash.as_str(), HASH, "{scheme}");
    }
    for text in [
        "{noop}secret",
        "{bcrypt}secret",
        "{MD5}$2b$05$abcdefghijklmnopqrstuuz3WqlWckoLQ8MnKfCxlS2dLHT7MY2lG",
        "{bcrypt",
    ] {
        assert_eq!(
            find_problems_of_changed_row(&[(Column::PasswordHash, text)]),
            [RowProblem::Hash(InvalidHash::UnknownScheme)],
            "{text}"
        );
    }
}

#[test]
fn phone_verified_has_the_truth_values_of_databases_and_spreadsheets() {
    for (text, verified) in [
        ("TRUE", true),
        ("t", true),
        ("1", true),
        ("WAHR", true),
        ("VRAI", true),
        ("VERDADERO", true),
        ("VERDADEIRO", true),
        ("PRAWDA", true),
        ("FALSE", false),
        ("f", false),
        ("0", false),
        ("FALSCH", false),
        ("FAUX", false),
        ("FALSO", false),
        ("FAŁSZ", false),
        (" \u{200b}", false),
    ] {
        let raw = create_raw_row(&[(Column::PhoneVerified, text)]);
        let row = Row::parse_import_row(&raw, &create_phone_rules()).expect(text);
        assert_eq!(row.phone.map(|(_, yes)| yes), Some(verified), "{text}");
    }
}
