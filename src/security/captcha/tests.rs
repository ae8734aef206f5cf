//! Proof of work from both ends: solved as the browser does, refused for every kind of garbage.

use super::*;
use domain::proof_of_work::{Solver, encode_payload};

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const LIFETIME: Duration = Duration::from_mins(5);

fn captcha_with(key: u8, cost: u32, key_prefix: &str) -> ProofOfWork {
    let difficulty = Difficulty {
        cost,
        key_prefix: key_prefix.into(),
    };
    ProofOfWork::new(&[key; 32], difficulty, LIFETIME).expect("sound")
}

fn captcha() -> ProofOfWork {
    captcha_with(7, 3, "0")
}

fn challenge(captcha: &ProofOfWork, action: Action) -> String {
    match captcha.challenge(action, Work::Normal, NOW) {
        Widget::ProofOfWork { challenge_json } => challenge_json,
        Widget::Vendor { .. } | Widget::None => panic!("a challenge was expected"),
    }
}

/// A response as an honest browser sends it.
fn solved(captcha: &ProofOfWork, action: Action) -> String {
    let json = challenge(captcha, action);
    let mut solver =
        Solver::new(&serde_json::from_str(&json).expect("a challenge")).expect("solvable");
    encode_payload(&json, &solver.search(u32::MAX).expect("found"))
}

/// An honest response with some of its JSON changed.
fn tampered(from: &str, to: &str) -> String {
    let honest = solved(&captcha(), Action::Registration);
    let json = BASE64_STANDARD.decode(honest).expect("base64");
    let json = String::from_utf8(json).expect("text");
    assert!(json.contains(from), "{from} is not in {json}");
    encoded(&json.replacen(from, to, 1))
}

fn encoded(json: &str) -> String {
    BASE64_STANDARD.encode(json)
}

async fn check(response: &str, now: Timestamp) -> Result<Passed, CaptchaFailure> {
    captcha().verify(Action::Registration, response, now).await
}

#[tokio::test]
async fn an_honest_response_passes_once_it_is_solved() {
    let response = solved(&captcha(), Action::Registration);
    let passed = check(&response, NOW).await.expect("honest");
    assert_eq!(passed.expires_at, NOW + LIFETIME);
    // The same challenge has the same id, however it is solved or written.
    let again = check(&response, NOW).await.expect("honest");
    assert_eq!(again, passed);
    assert_eq!(passed.single_use_id.expect("an id").len(), 32);
}

#[tokio::test]
async fn every_challenge_is_another() {
    let (one, two) = (
        challenge(&captcha(), Action::SignIn),
        challenge(&captcha(), Action::SignIn),
    );
    assert_ne!(one, two);
}

#[tokio::test]
async fn a_challenge_of_one_action_is_refused_for_the_other() {
    for (issued, used) in [
        (Action::SignIn, Action::Registration),
        (Action::Registration, Action::SignIn),
    ] {
        let response = solved(&captcha(), issued);
        let refused = captcha().verify(used, &response, NOW).await;
        assert_eq!(refused, Err(CaptchaFailure::WrongAction));
        assert!(captcha().verify(issued, &response, NOW).await.is_ok());
    }
}

#[tokio::test]
async fn a_response_is_accepted_until_its_last_millisecond() {
    let response = solved(&captcha(), Action::Registration);
    let end = NOW + LIFETIME;
    assert!(
        check(&response, end - Duration::from_millis(1))
            .await
            .is_ok()
    );
    assert_eq!(check(&response, end).await, Err(CaptchaFailure::Expired));
}

#[tokio::test]
async fn what_is_no_payload_is_refused() {
    use CaptchaFailure::{Malformed, Missing, TooLong};
    let honest = solved(&captcha(), Action::Registration);
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
        (encoded("null"), Malformed),
        (encoded("[]"), Malformed),
        (encoded("{}"), Malformed),
        (encoded(&"[".repeat(3000)), Malformed),
        (encoded(r#"{"challenge":null,"solution":null}"#), Malformed),
        (encoded("\0\u{1}"), Malformed),
        (BASE64_STANDARD.encode([0xff; 64]), Malformed),
        (challenge(&captcha(), Action::Registration), Malformed),
    ] {
        assert_eq!(check(&response, NOW).await, Err(why), "{response}");
    }
}

#[tokio::test]
async fn what_was_tampered_with_is_refused() {
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
            check(&tampered(from, to), NOW).await,
            Err(why),
            "{from} {to}"
        );
    }
    assert!(check(&tampered("SHA-256", "SHA-256"), NOW).await.is_ok());
}

#[tokio::test]
async fn a_challenge_of_another_key_or_difficulty_is_refused() {
    for (issuer, why) in [
        (captcha_with(8, 3, "0"), CaptchaFailure::BadSignature),
        (captcha_with(7, 2, "0"), CaptchaFailure::ForeignChallenge),
        (captcha_with(7, 3, "1"), CaptchaFailure::ForeignChallenge),
    ] {
        let response = solved(&issuer, Action::Registration);
        assert_eq!(check(&response, NOW).await, Err(why));
    }
}

#[test]
fn a_difficulty_without_bounds_is_refused() {
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

/// An answer in parts, as `public/proof-of-work.js` sends it.
fn in_parts(captcha: &ProofOfWork, change: impl Fn(&mut Vec<u32>)) -> String {
    let json = challenge(captcha, Action::Registration);
    let parameters: Value = serde_json::from_str(&json).expect("JSON");
    let text = |name: &str| parameters["parameters"][name].as_str().expect("a text");
    let prefix = parameters["parameters"]["data"]["partPrefix"].as_str();
    let prefix = prefix.expect("a search that has parts");
    let keys =
        Keys::new(text("salt"), text("nonce"), captcha.difficulty.cost).expect("hexadecimal");
    let solved = (0..).filter(|counter| keys.key_in_hex(*counter).starts_with(prefix));
    let mut counters = solved.take(Difficulty::PARTS).collect();
    change(&mut counters);
    encoded(&format!(
        r#"{{"challenge":{json},"counters":{counters:?}}}"#
    ))
}

#[tokio::test]
async fn an_answer_in_parts_passes_only_with_as_many_different_solutions_as_asked_for() {
    let captcha = captcha_with(7, 3, "00");
    let check = async |change: fn(&mut Vec<u32>)| {
        let response = in_parts(&captcha, change);
        captcha.verify(Action::Registration, &response, NOW).await
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
async fn a_search_for_one_digit_has_no_parts() {
    let json = challenge(&captcha_with(7, 3, "0"), Action::Registration);
    assert!(!json.contains("part"), "{json}");
    let response = encoded(&format!(r#"{{"challenge":{json},"counters":[1,2,3]}}"#));
    let refused = check(&response, NOW).await;
    assert_eq!(refused, Err(CaptchaFailure::WrongSolution));
}
