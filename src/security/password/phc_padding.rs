//! Base64 padding in hashes of the PHC string format, which some systems write although the format has none.

/// Removes the base64 padding `=` of salt and output, the last two fields of a PHC string.
///
/// Source: <https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md>.
pub(super) fn remove_base64_padding(phc_hash: &str) -> String {
    let mut fields: Vec<&str> = phc_hash.split('$').collect();
    for field in fields.iter_mut().rev().take(2) {
        *field = field.trim_end_matches('=');
    }
    fields.join("$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_salt_and_output_lose_their_padding() {
        for (given, expected) in [
            ("$x$ln=1$c2FsdA==$b3V0cHU=", "$x$ln=1$c2FsdA$b3V0cHU"),
            ("$x$ln=1$c2FsdA$b3V0cHU", "$x$ln=1$c2FsdA$b3V0cHU"),
            ("$x$ln=$c2FsdA==$b3V0cHU=", "$x$ln=$c2FsdA$b3V0cHU"),
            ("", ""),
        ] {
            assert_eq!(remove_base64_padding(given), expected);
        }
    }
}
