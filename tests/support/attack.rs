//! The size of the attacks that tests run, and the table of their figures.
//!
//! `make attack` runs the same tests as `make http`, with more connections and more repetitions, and prints one line
//! of figures for each attack.

/// How long and how hard an attack is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttackSize {
    /// A few seconds, for each run of the tests.
    Ci,
    /// The size at which the attack was first seen to succeed. Chosen by `SALLYPORT_ATTACK_SIZE=full`.
    Full,
}

impl AttackSize {
    /// The size that the environment chooses.
    pub fn chosen() -> Self {
        match std::env::var("SALLYPORT_ATTACK_SIZE").as_deref() {
            Ok("full") => Self::Full,
            _ => Self::Ci,
        }
    }

    /// `ci` or `full`, by the size.
    pub fn pick<T>(self, ci: T, full: T) -> T {
        match self {
            Self::Ci => ci,
            Self::Full => full,
        }
    }
}

/// Prints the figures of an attack as a row of the table that `make attack` shows.
///
/// `attack` names the attack in a few words, for example "hash flood in one registration".
pub fn report(attack: &str, figures: &str) {
    println!("| {attack} | {figures} |");
}
