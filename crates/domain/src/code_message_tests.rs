//! Tests that the digits of amounts in a message do not count as its one-time code.

use super::*;

/// Returns the code of `digits` digits in a pasted message.
pub(super) fn find_code_in_message(message: &str, digits: u8) -> Option<String> {
    let length = CodeLength::new(digits).expect("valid code length");
    let code = OneTimeCode::parse(message, length)?;
    Some(code.expose().to_owned())
}

#[test]
fn amount_with_as_many_digits_as_the_code_does_not_count() {
    for amount in [
        "150000 JPY",
        "150000 KRW",
        "150000\u{a0}jpy",
        "USD 250000",
        "usd 250000",
        "¥125000",
        "￥125000",
        "$250000",
        "＄２５００００",
        "R$ 250000",
        "US$250000",
        "250000 US$",
        "250000円",
        "250000 円",
        "250000원",
        "250000元",
        "250000 €",
        "250000€",
        "125000 kr",
        "kr. 125000",
        "Rs. 250000",
        "250 000 EUR",
        "EUR 250 000",
        "125\u{202f}000 zł",
        "125\u{a0}000 złotych",
        "250000,- EUR",
        "250000 euros",
        "250000 Yen",
        "250.000 €",
        "CHF 250'000",
        "CHF 250’000",
        "250,000 USD",
        "150000đ",
        "150000 đồng",
        "150000 TL",
        "TL 150000",
        "150000 руб.",
        "150000 рублей",
        "150000 р.",
        "150 000 грн",
        "150000 лв.",
        "150000 lei",
        "150000 ر.س",
        "١٥٠٠٠٠ ر.س.\u{200f}",
        "150000 د.إ",
        "150000 ريال",
        "150000 บาท",
        "150000บาท",
        "Rp 150000",
        "Rp150000",
        "Rp. 150000",
        "RM 150000",
    ] {
        for message in [
            format!("Your Acme verification code is: 861256 to pay {amount} to Acme Inc. 2000"),
            format!("{amount}: 861-256"),
            format!("Code 861256\n{amount}"),
            format!("{amount}\n861256 is your code"),
            format!("Pay {amount}, code 861 256, ref. 12"),
        ] {
            let found = find_code_in_message(&message, 6);
            assert_eq!(found.as_deref(), Some("861256"), "{message}");
        }
        assert_eq!(find_code_in_message(&format!("Pay {amount}"), 6), None);
    }
}

#[test]
fn amount_does_not_count_beside_a_code_of_another_length() {
    for (digits, message, code) in [
        (4, "Code 0830 to pay 1500 JPY to Acme", "0830"),
        (4, "Pay ¥1234: 0830", "0830"),
        (4, "0830, 30 EUR, $1234", "0830"),
        (4, "1234 JPY. 0830 is your code", "0830"),
        (8, "12345678 to pay 10000000 KRW", "12345678"),
        (10, "0123456789: 1 000 000 000 VND", "0123456789"),
    ] {
        let found = find_code_in_message(message, digits);
        assert_eq!(found.as_deref(), Some(code), "{message}");
    }
}

#[test]
fn currency_between_two_numbers_belongs_to_the_number_that_it_touches() {
    for (message, code) in [
        ("861256 $250000", Some("861256")),
        ("250000€ 861256", Some("861256")),
        ("861256 ¥125000", Some("861256")),
        ("250000円 861256", Some("861256")),
        ("1500.00 USD 861256", Some("861256")),
        ("861256 EUR 5", Some("861256")),
        ("861256 EUR 250000", None),
        ("861256$250000", None),
        ("EUR 861256 EUR 250000", None),
        ("EUR 250 000 USD 861256", None),
    ] {
        let found = find_code_in_message(message, 6);
        assert_eq!(found.as_deref(), code, "{message}");
    }
    assert_eq!(find_code_in_message("1234 EUR 0830", 4), None);
    assert_eq!(find_code_in_message("Pay 1234 EUR 0830 to Acme", 4), None);
}

#[test]
fn word_that_looks_like_a_currency_makes_no_amount() {
    for (message, code) in [
        ("TRY 861256 OR CALL 250000", None),
        ("ENTER 861256 TOP LEFT, REF 250000", None),
        ("OTP 861256", Some("861256")),
        ("Pay 250000 TRY, code 861256", Some("861256")),
        ("Pay in euros. 861256 is your code", Some("861256")),
        ("012345 EUR", Some("012345")),
        ("Code 861256 or 250000 TRYING", None),
    ] {
        let found = find_code_in_message(message, 6);
        assert_eq!(found.as_deref(), code, "{message}");
    }
}
