//! Compares the responses and the response times of classes of requests, for example of known and unknown accounts.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom as _;

use super::attack::{AttackSize, print_attack_figures};
use super::wire::{Request, Response};

/// The number of samples from which the ranks of the times show a small difference.
const MANY_SAMPLES: usize = 100;

/// Returns the number of requests of each class whose times a test compares.
pub fn select_rounds() -> usize {
    AttackSize::from_environment().select(200, 1_000)
}

/// The differences of response times that a comparison accepts.
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// The maximum difference of the typical times.
    pub typical: Duration,
    /// Two times count as equal if they differ by at most this. It is less than one fixed response time, so a class
    /// that exceeds this time more often than another is found.
    pub resolution: Duration,
}

impl Tolerance {
    /// The tolerance for forms that answer after a fixed time of at least 25 ms.
    pub const FIXED_TIME: Self = Self {
        typical: Duration::from_millis(5),
        resolution: Duration::from_millis(2),
    };
}

/// The parts of a response that a client can see: status, body, and the names and lengths of the headers. A cookie with
/// a message is encrypted, so only its length counts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VisibleParts {
    pub status: u16,
    body: String,
    headers: Vec<(String, usize)>,
}

impl VisibleParts {
    /// Reads the parts of a response. Removes `typed`, the text that the client has typed, from the body.
    pub fn from_response(response: &Response, typed: &str) -> Self {
        let headers = response.headers.iter().map(|(name, value)| {
            // The length of the body depends on the typed text. The body itself is compared.
            let is_length = name == "content-length";
            (name.clone(), if is_length { 0 } else { value.len() })
        });
        Self {
            status: response.status,
            // A wait of less than a second is rounded to 0 or 1.
            body: response
                .text()
                .replace(typed, "")
                .replace("\"resend_after\":1}", "\"resend_after\":0}"),
            headers: headers.collect(),
        }
    }
}

/// The response times of a class of requests.
struct Class {
    name: &'static str,
    times: Vec<Duration>,
}

impl Class {
    fn median(&self) -> Duration {
        let mut sorted = self.times.clone();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    }

    /// Returns how far the typical times of two classes are apart.
    ///
    /// Of many samples it is the median of the differences between each time of one class and each time of the other.
    /// Of a few samples it is the difference of the shortest times, which other work of the machine disturbs least.
    fn typical_difference(&self, other: &Self) -> Duration {
        if self.times.len() < MANY_SAMPLES {
            let shortest = |class: &Self| class.times.iter().copied().min().unwrap_or_default();
            return shortest(self).abs_diff(shortest(other));
        }
        let seconds = |time: &Duration| time.as_secs_f64();
        let pairs = self.times.iter().flat_map(|mine| {
            let theirs = other.times.iter();
            theirs.map(move |theirs| seconds(mine) - seconds(theirs))
        });
        let mut differences: Vec<f64> = pairs.collect();
        differences.sort_unstable_by(f64::total_cmp);
        Duration::from_secs_f64(differences[differences.len() / 2].abs())
    }

    /// Returns the probability that a request of this class takes longer than one of the other: 0.5 if the classes do
    /// not differ. Times that differ by at most `resolution` count as equal.
    fn chance_to_be_slower(&self, other: &Self, resolution: Duration) -> f64 {
        let pairs = self
            .times
            .iter()
            .flat_map(|mine| other.times.iter().map(move |theirs| (mine, theirs)));
        let halves: u32 = pairs
            .map(|(mine, theirs)| {
                if mine.abs_diff(*theirs) <= resolution {
                    1
                } else if mine < theirs {
                    0
                } else {
                    2
                }
            })
            .sum();
        let all =
            u32::try_from(2 * self.times.len() * other.times.len()).expect("number fits the type");
        f64::from(halves) / f64::from(all)
    }
}

/// The response times of several classes of requests to one form or API operation.
pub struct TimedClasses {
    /// The first class is the one that the others are compared with.
    classes: Vec<Class>,
    /// The first response of any class.
    first: Option<VisibleParts>,
}

impl TimedClasses {
    /// Creates classes without samples. All are compared with the first one.
    pub fn new(names: &[&'static str]) -> Self {
        let class = |name: &&'static str| Class {
            name,
            times: Vec::new(),
        };
        Self {
            classes: names.iter().map(class).collect(),
            first: None,
        }
    }

    /// Returns the names of the classes in random order, so that no class always has the same place or follows the same
    /// class.
    pub fn in_random_order(&self) -> Vec<&'static str> {
        let mut names: Vec<&str> = self.classes.iter().map(|class| class.name).collect();
        names.shuffle(&mut rand::rng());
        names
    }

    /// Sends a request of a class and records its response time.
    pub async fn send(&mut self, class: &str, request: &Request, to: SocketAddr) -> Response {
        let class = self.classes.iter_mut().find(|known| known.name == class);
        let class = class.expect("class is known");
        let began = Instant::now();
        let response = request.send(to).await;
        class.times.push(began.elapsed());
        response
    }

    /// Sends a request of a class and records its response time. Panics if the response differs from the first one of
    /// all classes. `typed` is the text that the client has typed and the response may repeat.
    pub async fn send_and_compare(
        &mut self,
        class: &str,
        request: &Request,
        typed: &str,
        to: SocketAddr,
    ) -> VisibleParts {
        let response = self.send(class, request, to).await;
        let parts = VisibleParts::from_response(&response, typed);
        let first = self.first.get_or_insert_with(|| parts.clone());
        assert_eq!(first, &parts, "{class}: {typed}");
        parts
    }

    /// Panics if the times of a class differ from those of the first class. `attack` is the title of the printed
    /// figures.
    ///
    /// A few samples show a large difference only. With many samples the ranks show the smallest difference: the
    /// chance to be slower has a standard deviation of about 1 / √(6 n).
    ///
    /// At the size of CI other tests run at the same time and delay single responses, so larger differences are
    /// accepted than in `make attack`, which runs one test at a time.
    pub fn assert_indistinguishable(&self, attack: &str, tolerance: Tolerance) {
        let reference = self.classes.first().expect("a class");
        let samples = reference.times.len();
        let size = AttackSize::from_environment();
        let accepted = if samples >= MANY_SAMPLES {
            tolerance.typical * size.select(3, 1)
        } else {
            tolerance.typical
        };
        let deviation =
            1.0 / f64::from(6 * u32::try_from(samples).expect("number fits the type")).sqrt();
        for class in &self.classes {
            let difference = class.typical_difference(reference);
            let chance = class.chance_to_be_slower(reference, tolerance.resolution);
            print_attack_figures(
                attack,
                &format!(
                    "{}: {samples} requests, median {:.1} ms, {:.1} ms from {}, slower with a chance of {chance:.2}",
                    class.name,
                    class.median().as_secs_f64() * 1000.0,
                    difference.as_secs_f64() * 1000.0,
                    reference.name,
                ),
            );
            assert!(difference <= accepted, "{}: {difference:?}", class.name);
            if samples >= MANY_SAMPLES {
                let is_far = (chance - 0.5).abs() > size.select(6.0, 4.0) * deviation;
                assert!(!is_far, "{}: slower with a chance of {chance}", class.name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a class of 200 responses in which `late` of 100 times are twice the fixed time.
    fn class_with_late_responses(late: usize) -> Class {
        let time = |at: usize| Duration::from_millis(if at % 100 < late { 50 } else { 25 });
        Class {
            name: "class",
            times: (0..200).map(time).collect(),
        }
    }

    fn compare(classes: [Class; 2]) {
        TimedClasses {
            classes: classes.into(),
            first: None,
        }
        .assert_indistinguishable("unit test", Tolerance::FIXED_TIME);
    }

    #[test]
    fn equal_times_are_indistinguishable() {
        compare([class_with_late_responses(10), class_with_late_responses(15)]);
    }

    #[test]
    #[should_panic(expected = "slower with a chance")]
    fn class_that_often_exceeds_the_fixed_time_is_found_although_its_shortest_time_is_equal() {
        compare([class_with_late_responses(0), class_with_late_responses(40)]);
    }

    #[test]
    #[should_panic(expected = "20ms")]
    fn class_that_is_always_slower_is_found() {
        let mut slow = class_with_late_responses(0);
        for time in &mut slow.times {
            *time += Duration::from_millis(20);
        }
        compare([class_with_late_responses(0), slow]);
    }
}
