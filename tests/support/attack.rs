//! The size of the attacks that tests run, and the table of their results.
//!
//! `make attack` runs the same tests as `make http`, with more connections and repetitions. It prints one table row for
//! each attack.

/// The duration and the intensity of the attacks in a test run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttackSize {
    /// A few seconds, small enough for every test run.
    Ci,
    /// The size at which the attack first succeeded against an earlier version. Selected by
    /// `SALLYPORT_ATTACK_SIZE=full`.
    Full,
}

impl AttackSize {
    /// Reads the size from `SALLYPORT_ATTACK_SIZE`. The default is [`Self::Ci`].
    pub fn from_environment() -> Self {
        match std::env::var("SALLYPORT_ATTACK_SIZE").as_deref() {
            Ok("full") => Self::Full,
            _ => Self::Ci,
        }
    }

    /// Returns `ci` or `full`, depending on the size.
    pub fn select<T>(self, ci: T, full: T) -> T {
        match self {
            Self::Ci => ci,
            Self::Full => full,
        }
    }
}

/// Lists every sequence of this many steps of the chains. The steps of one chain keep their order, and a chain can stay
/// unfinished.
pub fn list_interleavings<T: Copy + PartialEq>(chains: &[&[T]], length: usize) -> Vec<Vec<T>> {
    let mut sequences: Vec<Vec<T>> = vec![Vec::new()];
    for _ in 0..length {
        let mut longer = Vec::new();
        for sequence in &sequences {
            for chain in chains {
                let next = chain.iter().find(|step| !sequence.contains(step));
                longer.extend(next.map(|step| [sequence.as_slice(), &[*step]].concat()));
            }
        }
        sequences = longer;
    }
    sequences
}

/// Prints the results of an attack as a table row for `make attack`: what must hold, the database, the attack and its
/// figures. What must hold is the name of the test, which the test runner gives to the thread.
///
/// `attack` is a short title, for example "hash flood in one registration". The row begins on a new line, because the
/// test runner prints the name of a test without a line break.
pub fn print_attack_figures(attack: &str, figures: &str) {
    let thread = std::thread::current();
    let path = thread.name().unwrap_or_default();
    let (test, database) = path.rsplit_once("::on_").unwrap_or((path, "any"));
    let test = test.rsplit("::").next().unwrap_or(test).replace('_', " ");
    println!("\n| {test} | {database} | {attack} | {figures} |");
}
