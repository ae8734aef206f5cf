mod islands;
mod notifications;
mod pages;
mod payments;
mod problems;

pub use islands::WORDS;
pub use notifications::letter;
pub use pages::PAGES;

/// "1 day", "2 days".
fn count(count: u64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
