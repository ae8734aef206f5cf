//! Tests of the proof of work: responses solved as a browser does, and invalid ones.

use super::*;
use domain::proof_of_work::{Solver, encode_payload};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const LIFETIME: Duration = Duration::from_mins(5);

/// Creates a CAPTCHA with this difficulty. The bytes of its key all equal `key_byte`.
fn create_captcha_with(key_byte: u8, cost: u32, key_prefix: &str) -> ProofOfWork {
    let difficulty = Difficulty {
        cost,
        key_prefix: key_prefix.into(),
    };
    ProofOfWork::new(&[key_byte; 32], difficulty, LIFETIME).expect("sound")
}

/// Creates a CAPTCHA with a low difficulty.
fn create_captcha() -> ProofOfWork {
    create_captcha_with(7, 3, "0")
}

/// Creates a challenge and returns its JSON.
fn create_challenge(captcha: &ProofOfWork, action: Action) -> String {
    match captcha.create_challenge(action, Work::Normal, NOW) {
        Widget::ProofOfWork { challenge_json } => challenge_json,
        Widget::Vendor { .. } | Widget::None => panic!("a challenge was expected"),
    }
}

/// Solves a new challenge and returns the encoded response, as a browser sends it.
fn solve_challenge(captcha: &ProofOfWork, action: Action) -> String {
    let json = create_challenge(captcha, action);
    let mut solver =
        Solver::new(&serde_json::from_str(&json).expect("a challenge")).expect("solvable");
    encode_payload(
        &json,
        &solver.search_next_counters(u32::MAX).expect("found"),
    )
}

/// Returns a correct response in which the text `old_text` is replaced by `new_text`.
fn solve_and_replace_text(old_text: &str, new_text: &str) -> String {
    let honest = solve_challenge(&create_captcha(), Action::Registration);
    let json = BASE64_STANDARD.decode(honest).expect("base64");
    let json = String::from_utf8(json).expect("text");
    assert!(json.contains(old_text), "{old_text} is not in {json}");
    encode_response(&json.replacen(old_text, new_text, 1))
}

/// Encodes the JSON of a response, as a browser sends it.
fn encode_response(json: &str) -> String {
    BASE64_STANDARD.encode(json)
}

/// Verifies a response in the registration form.
async fn verify_registration_response(
    response: &str,
    now: Timestamp,
) -> Result<AcceptedResponse, CaptchaFailure> {
    create_captcha()
        .verify_response(Action::Registration, response, now)
        .await
}

#[tokio::test]
async fn solved_captcha_challenge_is_accepted() {
    let response = solve_challenge(&create_captcha(), Action::Registration);
    let passed = verify_registration_response(&response, NOW)
        .await
        .expect("honest");
    assert_eq!(passed.expires_at, NOW + LIFETIME);
    // The same challenge has the same id, however it is solved or written.
    let again = verify_registration_response(&response, NOW)
        .await
        .expect("honest");
    assert_eq!(again, passed);
    assert_eq!(passed.single_use_id.expect("an id").len(), 32);
}

#[tokio::test]
async fn every_captcha_challenge_is_different() {
    let (one, two) = (
        create_challenge(&create_captcha(), Action::SignIn),
        create_challenge(&create_captcha(), Action::SignIn),
    );
    assert_ne!(one, two);
}

#[tokio::test]
async fn captcha_challenge_of_another_form_is_refused() {
    for (issued, used) in [
        (Action::SignIn, Action::Registration),
        (Action::Registration, Action::SignIn),
    ] {
        let response = solve_challenge(&create_captcha(), issued);
        let refused = create_captcha().verify_response(used, &response, NOW).await;
        assert_eq!(refused, Err(CaptchaFailure::WrongAction));
        assert!(
            create_captcha()
                .verify_response(issued, &response, NOW)
                .await
                .is_ok()
        );
    }
}

#[tokio::test]
async fn captcha_response_is_accepted_until_its_challenge_expires() {
    let response = solve_challenge(&create_captcha(), Action::Registration);
    let end = NOW + LIFETIME;
    assert!(
        verify_registration_response(&response, end - Duration::from_millis(1))
            .await
            .is_ok()
    );
    assert_eq!(
        verify_registration_response(&response, end).await,
        Err(CaptchaFailure::Expired)
    );
}

#[tokio::test]
async fn malformed_captcha_response_is_refused() {
    use CaptchaFailure::{Malformed, Missing, TooLong};
    let honest = solve_challenge(&create_captcha(), Action::Registration);
    for (response, why) in [
        (String::new(), Missing),
        ("A".repeat(4097), TooLong),
        (format!("{honest}{}", " ".repeat(4096)), TooLong),
        (" ".into(), Malformed),
        ("true".into(), Malformed),
        ("not base64!".into(), Malformed),
        (format!("{honest}="), Malformed),
        (format!(" {honest}"), Malformed),
        (honest.replace('e', "\u{435}"), Malformed),
        (honest[..honest.len() / 2].into(), Malformed),
        (encode_response("null"), Malformed),
        (encode_response("[]"), Malformed),
        (encode_response("{}"), Malformed),
        (encode_response(&"[".repeat(3000)), Malformed),
        (
            encode_response(r#"{"challenge":null,"solution":null}"#),
            Malformed,
        ),
        (encode_response("\0\u{1}"), Malformed),
        (BASE64_STANDARD.encode([0xff; 64]), Malformed),
        (
            create_challenge(&create_captcha(), Action::Registration),
            Malformed,
        ),
    ] {
        assert_eq!(
            verify_registration_response(&response, NOW).await,
            Err(why),
            "{response}"
        );
    }
}

#[tokio::test]
async fn changed_captcha_response_is_refused() {
    use CaptchaFailure::{
        BadSignature, Expired, ForeignChallenge, Malformed, WrongAction, WrongSolution,
    };
    for (from, to, why) in [
        ("SHA-256", "SHA-512", ForeignChallenge),
        ("SHA-256", "sha-256", ForeignChallenge),
        ("SHA-256", "PBKDF2/SHA-256", ForeignChallenge),
        (r#""cost":3"#, r#""cost":1"#, ForeignChallenge),
        (r#""cost":3"#, r#""cost":4294967295"#, ForeignChallenge),
        (r#""cost":3"#, r#""cost":1e300"#, Malformed),
        (r#""cost":3"#, r#""cost":-3"#, Malformed),
        (r#""cost":3"#, r#""cost":3,"cost":3"#, Malformed),
        (r#""keyPrefix":"0""#, r#""keyPrefix":"""#, ForeignChallenge),
        (
            r#""keyPrefix":"0""#,
            r#""keyPrefix":"zz""#,
            ForeignChallenge,
        ),
        (r#""keyLength":32"#, r#""keyLength":1"#, ForeignChallenge),
        (r#""data":"#, r#""dada":"#, ForeignChallenge),
        (r#""action":"#, r#""act":"#, ForeignChallenge),
        (r#""registration""#, "7", ForeignChallenge),
        (r#""registration""#, r#""sign_in""#, WrongAction),
        (":17000003", ":-17000003", Expired),
        (":17000003", ":99000003", BadSignature),
        (":1700000300000", ":\"1700000300000\"", ForeignChallenge),
        (r#""action":"#, r#""extra":1,"action":"#, BadSignature),
        (r#""nonce":""#, r#""nonce":"00"#, BadSignature),
        (r#""salt":""#, r#""salt":"zz"#, BadSignature),
        (r#""salt":"#, r#""memoryCost":9,"salt":"#, BadSignature),
        (r#""salt":"#, r#""keySignature":"00","salt":"#, BadSignature),
        (r#""salt":"#, r#""expiresAt":1,"salt":"#, BadSignature),
        (r#""signature":""#, r#""signature":"0"#, BadSignature),
        (r#""signature":"#, r#""unsigned":"#, BadSignature),
        (r#""counter":"#, r#""counter":9"#, WrongSolution),
        (r#""counter":"#, r#""counter":-9"#, Malformed),
        (r#""derivedKey":""#, r#""derivedKey":"0"#, WrongSolution),
        (r#""derivedKey":""#, r#""derivedKey":"zz"#, WrongSolution),
    ] {
        assert_eq!(
            verify_registration_response(&solve_and_replace_text(from, to), NOW).await,
            Err(why),
            "{from} {to}"
        );
    }
    assert!(
        verify_registration_response(&solve_and_replace_text("SHA-256", "SHA-256"), NOW)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn captcha_challenge_with_another_key_or_difficulty_is_refused() {
    for (issuer, why) in [
        (create_captcha_with(8, 3, "0"), CaptchaFailure::BadSignature),
        (
            create_captcha_with(7, 2, "0"),
            CaptchaFailure::ForeignChallenge,
        ),
        (
            create_captcha_with(7, 3, "1"),
            CaptchaFailure::ForeignChallenge,
        ),
    ] {
        let response = solve_challenge(&issuer, Action::Registration);
        assert_eq!(verify_registration_response(&response, NOW).await, Err(why));
    }
}

#[test]
fn proof_of_work_difficulty_outside_its_bounds_is_refused() {
    for (cost, key_prefix) in [
        (0, "00"),
        (20_001, "00"),
        (1, ""),
        (1, "0000000"),
        (1, "0G"),
        (1, "0A"),
        (1, "é"),
    ] {
        let difficulty = Difficulty {
            cost,
            key_prefix: key_prefix.into(),
        };
        let made = ProofOfWork::new(&[7; 32], difficulty, LIFETIME);
        assert!(
            matches!(made, Err(InvalidDifficulty)),
            "{cost} {key_prefix}"
        );
    }
    assert!(ProofOfWork::new(&[7; 32], Difficulty::default(), LIFETIME).is_ok());
}

/// Solves a new challenge in parts, as `public/proof-of-work.js` does. `change` may modify the counters.
fn solve_challenge_in_parts(captcha: &ProofOfWork, change: impl Fn(&mut Vec<u32>)) -> String {
    let json = create_challenge(captcha, Action::Registration);
    let parameters: Value = serde_json::from_str(&json).expect("JSON");
    let text = |name: &str| parameters["parameters"][name].as_str().expect("a text");
    let prefix = parameters["parameters"]["data"]["partPrefix"].as_str();
    let prefix = prefix.expect("a search that has parts");
    let keys = KeyDerivation::new(text("salt"), text("nonce"), captcha.difficulty.cost)
        .expect("hexadecimal");
    let solved = (0..).filter(|counter| keys.derive_key_in_hex(*counter).starts_with(prefix));
    let mut counters = solved
        .take(Difficulty::SMALL_PUZZLES_PER_CHALLENGE)
        .collect();
    change(&mut counters);
    encode_response(&format!(
        r#"{{"challenge":{json},"counters":{counters:?}}}"#
    ))
}

#[tokio::test]
async fn captcha_response_in_parts_requires_the_demanded_number_of_different_solutions() {
    let captcha = create_captcha_with(7, 3, "00");
    let check = async |change: fn(&mut Vec<u32>)| {
        let response = solve_challenge_in_parts(&captcha, change);
        captcha
            .verify_response(Action::Registration, &response, NOW)
            .await
    };
    check(|_| ()).await.expect("solved");
    let changes: [fn(&mut Vec<u32>); 6] = [
        Vec::clear,
        |counters| counters.truncate(15),
        |counters| counters.push(u32::MAX),
        |counters| counters[1] = counters[0],
        |counters| counters.reverse(),
        |counters| counters[15] += 1,
    ];
    for change in changes {
        // The next counter solves a part by chance in 1 of 16 cases.
        let refused = loop {
            if let Err(refused) = check(change).await {
                break refused;
            }
        };
        assert_eq!(refused, CaptchaFailure::WrongSolution);
    }
}

#[tokio::test]
async fn proof_of_work_for_a_prefix_of_one_digit_has_no_parts() {
    let json = create_challenge(&create_captcha_with(7, 3, "0"), Action::Registration);
    assert!(!json.contains("part"), "{json}");
    let response = encode_response(&format!(r#"{{"challenge":{json},"counters":[1,2,3]}}"#));
    let refused = verify_registration_response(&response, NOW).await;
    assert_eq!(refused, Err(CaptchaFailure::WrongSolution));
}
