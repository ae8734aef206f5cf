//! Tests that the digits of phone numbers in a message do not count as its one-time code.

use super::message_tests::find_code_in_message;

#[test]
fn phone_number_with_a_group_of_six_digits_does_not_count() {
    for number in [
        "(01632) 960123",
        "(01632)960123",
        "( 01632 ) 960123",
        "(01632)-960123",
        "(01632) / 960123",
        "（01632）960123",
        "(0 30) 123456",
        "(030) 123456",
        "(30) 123456",
        "(495) 123-456",
        "(4842) 123456",
        "8 (4842) 123456",
        "+49 (30) 123456",
        "+49(30)123456",
        "(+49) 30 123456",
        "+49 (0) 30 123456",
        "+49 (0)30 123456",
        "+49 (0) 30-123456",
        "0049 (30) 123456",
        "030 / 123456",
        "030/ 123456",
        "030 - 123456",
        "030 – 123456",
        "030·123456",
        "030  123456",
        "0 30 / 123456",
        "+49 - 30 - 123456",
        "0800 123456",
        "0800-123456",
        "800-123456",
        "800 123456",
        "1800 123456",
        "1 800 123456",
        "1-800-123456",
        "8-800-123456",
        "900 123456",
        "495-123456",
        "495 123456",
        "22-123456",
        "49 30 123456",
        "٠٣٠ / ١٢٣٤٥٦",
    ] {
        for message in [
            format!("Not you? Call {number}"),
            format!("Tel. {number}."),
            format!("{number} is our number"),
        ] {
            assert_eq!(find_code_in_message(&message, 6), None, "{message}");
        }
        for message in [
            format!("568185 Questions? Call {number}"),
            format!("Code 568 185, tel. {number}."),
            format!("Fax: {number}. 568-185 is your code"),
            format!("{number}: 568185"),
        ] {
            let found = find_code_in_message(&message, 6);
            assert_eq!(found.as_deref(), Some("568185"), "{message}");
        }
    }
}

#[test]
fn phone_number_with_a_group_of_four_digits_does_not_count() {
    for number in [
        "1-800-555-0142",
        "1 800 555 0142",
        "(800) 555-0142",
        "1 (800) 555 0142",
        "800 555 0142",
        "555-0142",
        "555 0142",
        "2345 6789",
        "2345-6789",
        "(2) 2345 6789",
        "55 1234 5678",
        "400-123-4567",
        "1588-1234",
        "0800-1234",
        "1300 654 321",
        "11 91234-5678",
    ] {
        let message = format!("Not you? Call {number}");
        assert_eq!(find_code_in_message(&message, 4), None, "{message}");
        let message = format!("1188 is your code. Call {number}");
        let found = find_code_in_message(&message, 4);
        assert_eq!(found.as_deref(), Some("1188"), "{message}");
    }
}

#[test]
fn phone_number_does_not_count_beside_a_code_of_another_length() {
    for (digits, number) in [
        (5, "(11) 91234-5678"),
        (5, "98765 43210"),
        (7, "(415) 555-0142"),
        (8, "(11) 12345678"),
        (10, "91-9876543210"),
    ] {
        let message = format!("Call {number}");
        assert_eq!(find_code_in_message(&message, digits), None, "{message}");
    }
}

#[test]
fn code_beside_another_number_counts() {
    for (digits, message, code) in [
        (6, "28 Nov 2026 568185 is your code", "568185"),
        (6, "28 11 2026 568185 is your code", "568185"),
        (6, "Message 2 568185", "568185"),
        (6, "(1) 568185 is your code", "568185"),
        (6, "(2026) 568185 is your code", "568185"),
        (6, "Your code (568185) expires in 10 min", "568185"),
        (6, "Code: 568185 300 seconds", "568185"),
        (6, "Code: 568185 10 min", "568185"),
        (6, "Code 1-568185", "568185"),
        (6, "22395\n568185 is your code", "568185"),
        (6, "Ref 4711\n568185 is your code", "568185"),
        (6, "Sallyport (12)\n568185 is your code", "568185"),
        (6, "+49 170 1234567\n568185 is your code", "568185"),
        (6, "From +49 170 1234567 568185 is your code", "568185"),
        (6, "From +491701234567 568185 is your code", "568185"),
        (6, "+1-415-555-0142 568185 is your code", "568185"),
        (6, "0049 170 1234567 568185 is your code", "568185"),
        (6, "0170 12345678 568185 is your code", "568185"),
        (4, "From +49 170 1234567 1188 is your code", "1188"),
        (6, "Your code:\n5\n6\n8\n1\n8\n5", "568185"),
        (6, "Your code: 568\n185", "568185"),
        (6, "568185 is your code\n568185 ist Ihr Code", "568185"),
        (6, "Code: 012 - 345", "012345"),
        (4, "Your code (0830) 10 min", "0830"),
        (4, "Your code (0830) 2026-11-28", "0830"),
        (4, "Code: 0830 - 10 min", "0830"),
        (4, "Code: 1188 10 min", "1188"),
        (4, "Code 1188 250 EUR", "1188"),
        (5, "Your code (12345) 10 min", "12345"),
        (6, "EUR 250000 for 568185", "568185"),
        (6, "250 000 EUR/568185", "568185"),
    ] {
        let found = find_code_in_message(message, digits);
        assert_eq!(found.as_deref(), Some(code), "{message}");
    }
}

#[test]
fn group_of_digits_that_can_belong_to_the_phone_number_before_it_does_not_count() {
    for (digits, message) in [
        (6, "From +49 30 1234 568185 is your code"),
        (6, "From 030 1234 568185 is your code"),
        (6, "From +49 170 1234567 568 185 is your code"),
        (6, "Call +49 170 1234567 0170 654321"),
        (4, "Call +1 415 555 0142 415 555 0143"),
        (4, "Call 0049 1512 3456 7890"),
    ] {
        assert_eq!(find_code_in_message(message, digits), None, "{message}");
    }
}

#[test]
fn second_phone_number_after_a_complete_one_does_not_hide_the_code() {
    for message in [
        "Help: +49 170 1234567 030 654321. Code 123456",
        "Help: +1 415 555 0142 030 654321. Code 123456",
    ] {
        let found = find_code_in_message(message, 6);
        assert_eq!(found.as_deref(), Some("123456"), "{message}");
    }
}
