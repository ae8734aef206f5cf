//! Property tests of the Twilio state machine: its limits hold for random sequences of actions.

use proptest::prelude::*;

use super::state::*;
use super::state_tests::{LIFETIME, Machine, TO, wrong_code_for};
use super::verification::*;

#[derive(Clone, Debug)]
enum Action {
    Send(bool),
    Check { verification: usize, correct: bool },
    Advance(i64),
    Cancel,
}

/// Generates random sequences of sends, checks, clock advances and cancellations.
fn action_sequences() -> impl Strategy<Value = Vec<Action>> {
    let step = prop_oneof![
        3 => any::<bool>().prop_map(Action::Send),
        6 => (0_usize..4, prop::bool::weighted(0.15))
            .prop_map(|(verification, correct)| Action::Check { verification, correct }),
        2 => prop_oneof![0_i64..20_000, Just(LIFETIME / 2), Just(LIFETIME)].prop_map(Action::Advance),
        1 => Just(Action::Cancel),
    ];
    prop::collection::vec(step, 0..80)
}

/// Expected state of a verification, which the test computes from the actions that it has executed.
struct ExpectedTwilioVerification {
    sent: TwilioVerification,
    sends: usize,
    wrong: usize,
    over: bool,
}

proptest! {
    #[test]
    fn limits_hold_for_any_sequence_of_actions(steps in action_sequences()) {
        let mut machine = Machine::new();
        let mut expected: Vec<ExpectedTwilioVerification> = Vec::new();
        for step in steps {
            match step {
                Action::Advance(millis) => { machine.advance_clock(millis); }
                Action::Cancel => {
                    let live = expected.last_mut().filter(|verification| {
                        !verification.over && machine.now_millis < verification.sent.created_at + LIFETIME
                    });
                    prop_assert_eq!(machine.set_status_of(TO, NewStatus::Canceled), live.is_some());
                    if let Some(verification) = live { verification.over = true; }
                }
                Action::Send(call) => {
                    let channel = if call { Channel::Call } else { Channel::Sms };
                    let Ok(sent) = machine.send_code(channel) else { continue };
                    match expected.iter_mut().find(|verification| verification.sent.sid == sent.sid) {
                        Some(verification) => {
                            prop_assert!(!verification.over && verification.wrong < MAX_WRONG_CHECKS);
                            prop_assert_eq!(&verification.sent.code, &sent.code);
                            verification.sends += 1;
                            prop_assert!(verification.sends <= MAX_SENDS);
                        }
                        None => expected.push(ExpectedTwilioVerification { sent, sends: 1, wrong: 0, over: false }),
                    }
                }
                Action::Check { verification, correct } => {
                    let Some(verification) = expected.iter_mut().rev().nth(verification) else { continue };
                    let code = if correct { verification.sent.code.as_str() } else { wrong_code_for(&verification.sent.code) };
                    let in_time = machine.now_millis < verification.sent.created_at + LIFETIME;
                    match machine.check_code(&verification.sent.sid, code) {
                        Ok(CheckResult::Correct) => {
                            prop_assert!(correct && in_time && !verification.over);
                            prop_assert!(verification.wrong < MAX_WRONG_CHECKS);
                            verification.over = true;
                        }
                        Ok(CheckResult::Wrong) => {
                            prop_assert!(!correct && in_time && !verification.over);
                            verification.wrong += 1;
                            prop_assert!(verification.wrong <= MAX_WRONG_CHECKS);
                        }
                        Err(CheckError::Exhausted { .. }) => {
                            prop_assert_eq!(verification.wrong, MAX_WRONG_CHECKS);
                            prop_assert!(in_time);
                        }
                        Err(CheckError::NotFound) => prop_assert!(verification.over || !in_time),
                    }
                }
            }
        }
    }
}
